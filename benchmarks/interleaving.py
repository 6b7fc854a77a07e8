"""What an event costs where few and where thousands of items are interleaved.

    python benchmarks/interleaving.py [--items 5000]

Every item starts, then every item finishes, in an order that is mixed up the same way each time. The figures are of one
run on one core: machines differ, the ratio holds. It is to be at most 2.
"""

from __future__ import annotations

import argparse
import random
import time
from functools import reduce

from harness.temporal.order import OrderMonitor
from harness.temporal.patterns import EMPTY, One, Pattern, derive, either, for_each, sequence
from harness.trace.events import Event, What
from harness.trace.verdicts import Place, Verdict

FEW = 5


def item(number: int) -> Pattern:
    """A photo that starts, and is done or fails."""
    ends = either(One(kind, {"currentPhoto": number}) for kind in ("photo_done", "photo_failed"))
    return sequence([One("photo_started", {"currentPhoto": number}), ends])


def events(count: int) -> list[Event]:
    """All starts and then all ends, mixed up."""
    mixed = random.Random(1)
    found = []
    for kind in ("photo_started", "photo_done"):
        numbers = list(range(count))
        mixed.shuffle(numbers)
        found += [Event(0.0, What.RECEIVED, kind, {"currentPhoto": number}) for number in numbers]
    return found


def microseconds(count: int, times: int, *, monitored: bool) -> float:
    """What one event costs with `count` items; the best of three."""
    pattern, trace, taken = for_each({number: item(number) for number in range(count)}), events(count), []
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(times):
            if monitored:
                monitor = OrderMonitor("order", Place("c.yaml", 1), pattern, {})
                for event in trace:
                    monitor.feed(event)
                assert monitor.verdict is Verdict.PASSED
            else:
                assert reduce(derive, trace, pattern) == EMPTY
        taken.append(time.perf_counter() - start)
    return min(taken) / (times * len(trace)) * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=5000)
    many = parser.parse_args().items
    for what, monitored in (("derivative", False), ("monitor", True)):
        few, lots = (microseconds(count, max(many // count, 1), monitored=monitored) for count in (FEW, many))
        print(f"{what:12} {few:6.2f} us/event with {FEW} items, {lots:6.2f} with {many:,}: ratio {lots / few:.2f}")


if __name__ == "__main__":
    main()
