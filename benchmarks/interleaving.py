"""What an event costs where few and where thousands of items are interleaved.

    python benchmarks/interleaving.py [--items 5000]

Every item starts, then every item finishes, in an order that is mixed up the same way each time. The figures are of one
run on one core: machines differ, the ratio holds. It is to be at most 2.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from functools import reduce

from harness.temporal.order import OrderMonitor
from harness.temporal.patterns import EMPTY, One, Pattern, Ref, bind, derive, either, for_each, sequence
from harness.trace.events import Event, What
from harness.trace.verdicts import Place, Verdict

FEW = 5
ROUNDS = 4


def item(number: int) -> Pattern:
    """A photo that starts, and is done or fails."""
    ends = either(One(kind, {"currentPhoto": number}) for kind in ("photo_done", "photo_failed"))
    return sequence([One("photo_started", {"currentPhoto": number}), ends])


def capturing(number: int) -> Pattern:
    """A photo that is given an id when it starts, and is done or fails under that id."""
    ends = either(One(kind, {"id": Ref("id")}) for kind in ("photo_done", "photo_failed"))
    return bind(One("photo_started", {"currentPhoto": number}), {"id": ("id",)}, ends)


def events(count: int) -> list[Event]:
    """All starts and then all ends, mixed up."""
    mixed = random.Random(1)
    found = []
    for kind in ("photo_started", "photo_done"):
        numbers = list(range(count))
        mixed.shuffle(numbers)
        values = ({"currentPhoto": number, "id": f"id-{number}"} for number in numbers)
        found += [Event(0.0, What.RECEIVED, kind, value) for value in values]
    return found


def judged(count: int, of: Callable[[int], Pattern], *, monitored: bool) -> Callable[[], int]:
    """Work: judge a whole job with `count` items; says how many events that were."""
    pattern, trace = for_each({number: of(number) for number in range(count)}), events(count)

    def work() -> int:
        if monitored:
            monitor = OrderMonitor("order", Place("c.yaml", 1), pattern, {})
            for event in trace:
                monitor.feed(event)
            assert monitor.verdict is Verdict.PASSED
        else:
            assert reduce(derive, trace, pattern) == EMPTY
        return len(trace)

    return work


def microseconds(work: Callable[[], int], times: int) -> float:
    """What one event costs, in time of this process alone."""
    start = time.process_time()
    count = sum(work() for _ in range(times))
    return (time.process_time() - start) / count * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=5000)
    many = parser.parse_args().items
    for what, of, monitored in (
        ("derivative", item, False),
        ("monitor", item, True),
        ("captured", capturing, False),
        ("... monitor", capturing, True),
    ):
        works = [(judged(count, of, monitored=monitored), max(many // count, 1)) for count in (FEW, many)]
        rounds = [[microseconds(*work) for work in works] for _ in range(ROUNDS)]  # in turn: both have the same weather
        few, lots = map(min, zip(*rounds, strict=True))
        print(f"{what:12} {few:6.2f} us/event with {FEW} items, {lots:6.2f} with {many:,}: ratio {lots / few:.2f}")


if __name__ == "__main__":
    main()
