"""What a client does in one example: the ranges of its case, with the values that were drawn.

Pure data, for whoever drives, whoever describes and whoever judges a recording. What an example does not say is the
plainest: no delay, the least of a range, each message once, a close frame rather than a reset.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.contract.client import Connect, Ending, Sending
from harness.errors import HarnessError
from harness.trace.events import END, What
from harness.trace.units import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.contract.client import Act, Client, Drop
    from harness.contract.model import Aside
    from harness.contract.templates import Template
    from harness.trace.events import Event, Json


@dataclass(frozen=True, slots=True)
class Dropping:
    """The first connection is dropped after so many messages of the order; the client returns so many seconds later."""

    after_messages: int
    by: Ending
    return_after: float


@dataclass(frozen=True, slots=True)
class Manner:
    """A message is sent so often, so many seconds late, or so long after an action's answer if it waits for one."""

    times: int = 1
    after: float = 0.0
    once_done: str = ""

    @property
    def at_once(self) -> bool:
        """Whether it waits for nothing."""
        return not self.after and not self.once_done


@dataclass(frozen=True, slots=True)
class Acting:
    """An action is requested at a point, the nth message if that is a kind, so many seconds later, so often."""

    action: Aside
    at: str
    nth: int
    after: float
    times: int


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the client of one example does.

    Connections are numbered from 0 in the order in which they are made: the watchers, then those that return.

    Attributes:
        connect: when it connects first.
        connect_after: seconds between the answer, or the end, and the connect.
        watchers: connections that watch the job from the beginning.
        slow: seconds for which the last watcher pauses before it reads each message.
        first: what is sent on each connection before all else; None for nothing.
        drop: None if the client stays.
        sends: by name, for the messages that it does not simply send once and at once.
        acts: what it does while the job runs.
    """

    connect: Connect
    connect_after: float
    watchers: int = 1
    slow: float = 0.0
    first: Template | None = None
    drop: Dropping | None = None
    sends: Mapping[str, Manner] | None = None
    acts: tuple[Acting, ...] = ()

    def manner(self, name: str) -> Manner:
        """How the message of this name is sent."""
        return (self.sends or {}).get(name, Manner())

    def pause(self, number: int) -> float:
        """Seconds for which connection `number` pauses before it reads each message."""
        return self.slow if number == self.watchers - 1 else 0.0

    @property
    def restarts(self) -> bool:
        """Whether the target is restarted."""
        return self.drop is not None and self.drop.by is Ending.RESTART

    def outran(self, received: int, events: Sequence[Event], ended: float | None = None) -> str:
        """Which part of it the job was too quick for, in words; empty if the client did all of it.

        Args:
            received: how many messages of the order came on the first connection.
            events: of the whole job.
            ended: the instant at which the first connection saw the end; None if none did.
        """
        if self.drop is not None and received < self.drop.after_messages:
            wanted = count(self.drop.after_messages, "message")
            what = "the target was to be restarted" if self.restarts else "the client was to drop its connection"
            return f"{what} after {wanted}, and {received} came"
        done = Counter((event.what, event.point) for event in events if event.what in (What.ACTION, What.SENT))
        wanted_acts: Counter[str] = Counter()
        for act in self.acts:
            wanted_acts[act.action.name] += act.times
        for name, times in wanted_acts.items():
            if done[What.ACTION, name] < times:
                return f"the moment for {name} never came"
        for act in self.acts:
            if act.at != END and ended is not None and not _asked_before(ended, act.action.name, events):
                return f"the job was over before {act.action.name} was asked for"
        for name, manner in (self.sends or {}).items():
            if manner.times and not manner.at_once and not done[What.SENT, name]:
                return f"the job was over before {name} was sent"
        return ""


def _asked_before(end: float, action: str, events: Iterable[Event]) -> bool:
    """Whether an action was requested before this instant, however late it was answered."""
    asked = (one for one in events if one.what is What.ACTION and one.point == action)
    return any(one.at - one.value.get("seconds", 0.0) <= end for one in asked)


def behaviour_of(client: Client, spec: Json) -> Behaviour:
    """The behaviour that an example's spec says, in a case with this client.

    Raises:
        HarnessError: the spec says what the case does not have.
    """
    drawn = spec.get("client", {})
    if client.drop is None and drawn.get("drop"):
        raise HarnessError("the example's client drops its connection, and the case's does not")
    sends = drawn.get("sends", {})
    if not sends.keys() <= client.sends.keys():
        raise HarnessError(f"the example's client sends {', '.join(sends)}, and the case has nothing to say of that")
    return Behaviour(
        client.connect,
        float(spec["connect_after"]),
        int(drawn.get("watchers", client.watchers[0])),
        float(drawn.get("slow", client.slow[0])),
        _first(client, drawn),
        _dropping(client.drop, drawn.get("drop", {})) if client.drop is not None else None,
        {name: _manner(sending, sends.get(name, {})) for name, sending in client.sends.items()},
        _actings(client.acts, drawn.get("acts", [])),
    )


def each_job(spec: Json) -> list[Json]:
    """The spec from the view of each of the jobs that are made at once: its own inputs first, the others beside."""
    inputs = [spec["inputs"], *(one["inputs"] for one in spec.get("beside", []))]
    if len(inputs) == 1:
        return [spec]
    return [
        {**spec, "inputs": own, "beside": [{"inputs": other} for other in (*inputs[:number], *inputs[number + 1 :])]}
        for number, own in enumerate(inputs)
    ]


def _first(client: Client, drawn: Mapping[str, Any]) -> Template | None:
    if not client.first:
        return None
    number = int(drawn.get("first", 0))
    if not 0 <= number < len(client.first):
        raise HarnessError(f"the example's first frame is number {number}, and the case has {len(client.first)}")
    return client.first[number]


def _dropping(drop: Drop, drawn: Mapping[str, Any]) -> Dropping:
    return Dropping(
        int(drawn.get("after_messages", drop.after_messages[0])),
        Ending(drawn.get("by", drop.by[0])),
        float(drawn.get("return_after", drop.return_after[0])),
    )


def _manner(sending: Sending, drawn: Mapping[str, Any]) -> Manner:
    once = sending.times[0] <= 1 <= sending.times[1]
    times, after = drawn.get("times", 1 if once else sending.times[0]), drawn.get("after", sending.after[0])
    return Manner(int(times), float(after), sending.once_done)


def _actings(acts: tuple[Act, ...], drawn: list[Mapping[str, Any]]) -> tuple[Acting, ...]:
    if len(drawn) > len(acts):
        raise HarnessError(f"the example has {count(len(drawn), 'act')}, and the case {len(acts)}")
    told: list[Mapping[str, Any]] = [*drawn, *({} for _ in acts[len(drawn) :])]
    return tuple(
        Acting(
            act.action,
            act.at,
            int(one.get("nth", act.nth[0])),
            float(one.get("after", act.after[0])),
            int(one.get("times", act.times[0])),
        )
        for act, one in zip(acts, told, strict=True)
    )
