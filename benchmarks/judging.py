"""How fast events are judged, beside how fast the same messages are parsed from JSON text.

    python benchmarks/judging.py [--events 100000]

Every figure is events a second on one core, and its ratio to parsing the same messages with `json.loads` in the same
run: machines differ, ratios hold.
"""

from __future__ import annotations

import argparse
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.contract.judge import Judge
from harness.contract.loading import load
from harness.trace.events import Event, What

CONTRACT = """
language: 1
contract: steps
inputs: {n: {integer: 0..10000000}}
request: {method: POST, path: /jobs}
accepted: {status: 202, within: 2s}
socket:
  connect: /jobs
  within: 2s
  messages:
    step: {type: step}
    done: {type: done}
  schemas:
    step:
      type: object
      required: [type, jobId, number, total, note, tags]
      properties:
        jobId: {type: string, minLength: 1}
        number: {type: integer, minimum: 0}
        total: {type: integer, minimum: 0}
        note: {type: string}
        tags: {type: array, items: {type: string}}
  order: [{repeat: step}, done, close: 1000]
deadlines:
  first: {from: [accepted, open], to: step, within: 5s}
  gap: {between: received, from: step, to: done, within: 10s}
  finished: {from: [accepted, open], to: done, within: 1000m}
  closed: {from: done, to: close, within: 2s}
RELATIONS
cases: {works: {}}
"""
RELATIONS = """always:
  right-job: {for: [step], expect: msg.jobId == "job-1"}
  counts: {for: [step], expect: msg.number < msg.total}
  grows: {for: [step], expect: msg.number > prev.number}
"""


class AnyInput:
    """Takes any parameters."""

    def check(self, parameters: object) -> None:
        """Nothing is wrong with them."""


def judge(relations: str) -> Judge:
    """A judge for the benchmark's contract, past the 202 and the open socket."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "steps.contract.yaml"
        path.write_text(CONTRACT.replace("RELATIONS", relations), "utf-8")
        (case,) = load(path, {"integer": AnyInput()}).cases
    made = Judge(case, {"n": 1})
    made.feed(Event(0.0, What.REQUEST, "request", {}))
    made.feed(Event(0.0, What.ANSWER, "", {"status": 202, "headers": {}, "body": {}}))
    made.feed(Event(0.0, What.CONNECT, "connect", {}))
    made.feed(Event(0.0, What.OPEN, "open"))
    return made


def messages(count: int) -> Iterator[str]:
    """Typical progress messages as they come over the wire."""
    for number in range(count):
        message = {"type": "step", "jobId": "job-1", "number": number, "total": count, "note": "working", "tags": ["a"]}
        yield json.dumps(message)


def seconds(work: Callable[[], None]) -> float:
    """How long `work` takes in time of this process alone; the best of three."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def feed(count: int, relations: str) -> Callable[[], None]:
    """Work: judge `count` messages that are parsed already."""
    events = [Event(i * 1e-5, What.RECEIVED, "", json.loads(text)) for i, text in enumerate(messages(count))]

    def work() -> None:
        made = judge(relations)
        for event in events:
            made.feed(event)
            made.watch.next_deadline()
        assert not made.watch.violations(), made.watch.violations()

    return work


def memory(count: int) -> str:
    """What judging `count` messages holds on to at most, and how many of them are no longer there in the end."""
    tracemalloc.start()
    made = judge("")
    for at, text in enumerate(messages(count)):
        made.feed(Event(at * 1e-5, What.RECEIVED, "", json.loads(text)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    dropped = ", ".join(f"{number:,} of {kind}" for kind, number in made.dropped.items())
    return f"memory for {count:,} events: {most / 1e6:.2f} MB; dropped: {dropped}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    count = parser.parse_args().events
    texts = list(messages(count))
    parse = count / seconds(lambda: [json.loads(text) for text in texts] and None)
    print(f"json.loads                     {parse:12,.0f} events/s   1.00")
    for name, relations in (("order, deadlines, schema", ""), ("... and three relations", RELATIONS)):
        rate = count / seconds(feed(count, relations))
        print(f"{name:30} {rate:12,.0f} events/s   {rate / parse:.2f}")
    short = seconds(feed(count // 10, ""))
    long = seconds(feed(count, ""))
    print(f"cost of {count:,} events / 10 x cost of {count // 10:,}: {long / (10 * short):.2f}")
    for number in (count, 10 * count):
        print(memory(number))


if __name__ == "__main__":
    main()
