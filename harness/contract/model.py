"""A contract, read and checked: what each of its cases sends, and every clause that it promises."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from harness.records import NamedTuple
from harness.trace.events import ACCEPTED, OPEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.contract.client import Client
    from harness.contract.drawn import InputUse
    from harness.contract.late import LateJoin
    from harness.contract.order import Step
    from harness.contract.templates import Template
    from harness.expressions.cel import Expression
    from harness.expressions.schema import Schema
    from harness.temporal.anytime import Anytime
    from harness.temporal.deadlines import Deadline, Gap
    from harness.temporal.keyed import KeyedDeadline
    from harness.trace.verdicts import Place


class FormField(NamedTuple):
    """One part of a multipart form; without a filename it is a plain field."""

    content: Template
    filename: Template | None
    content_type: Template | None


class Request(NamedTuple):
    """The request that a case makes; at most one of `json`, `form` and `raw` is its body."""

    method: str
    path: Template
    headers: Mapping[str, Template]
    json: Template | None
    form: Mapping[str, FormField] | None
    raw: Template | None

    @property
    def templates(self) -> tuple[Template, ...]:
        """Every template in it."""
        form = self.form.values() if self.form is not None else ()
        parts = [part for field in form for part in (field.content, field.filename, field.content_type)]
        found = [self.path, *self.headers.values(), self.json, self.raw, *parts]
        return tuple(template for template in found if template is not None)


class Once(StrEnum):
    """How often a step beforehand is made."""

    RUN = "run"
    EXAMPLE = "example"
    CONNECTION = "connection"


class Aside(NamedTuple):
    """A request beside the one that is judged: a step beforehand, an action, a step of a probe.

    Attributes:
        name: expressions know its answer by it, where they may use it.
        place: where it is written.
        request: what is sent.
        statuses: any one of these is right; any of 200 to 299 if there are none.
        once: for a step beforehand, how often it is made.
        secret: the texts in its answer are told to nobody.
        promise: what is promised of its answer, for a request that is judged.
        only_if: the probe that must have found its request answered, or this one is not made; empty for always.
    """

    name: str
    place: Place
    request: Request
    statuses: tuple[int, ...] = ()
    once: Once = Once.RUN
    secret: bool = False
    promise: Answer | None = None
    only_if: str = ""

    @property
    def roots(self) -> frozenset[str]:
        """The names that its request uses."""
        return frozenset[str]().union(*(template.roots for template in self.request.templates))

    @property
    def looked_at(self) -> frozenset[str]:
        """The kinds of which its request uses the last message."""
        return frozenset[str]().union(*(template.looked_at for template in self.request.templates))

    def is_right(self, status: int | None) -> bool:
        """Whether an answer with this status is what was wanted."""
        if status is None:
            return False
        return status in self.statuses if self.statuses else 200 <= status < 300

    def with_slack(self, seconds: float) -> Aside:
        """The same, with so many seconds added to the time in which its answer is promised."""
        return self if self.promise is None else self._replace(promise=self.promise.with_slack(seconds))


class Cleanup(NamedTuple):
    """An action that is made when an example is over; `unless_ended`: only if its job has not ended."""

    action: Aside
    unless_ended: bool = False


class Probe(NamedTuple):
    """What is asked after a failure, to tell where to look.

    Attributes:
        name: its name inside the contract.
        place: where it is written.
        steps: made one after another, until one is not answered as it should be.
        present: whether the other probes can be made at all depends on this one.
        if_works: what it means if every step is answered as it should be.
        if_not: what it means otherwise.
    """

    name: str
    place: Place
    steps: tuple[Aside, ...]
    present: bool
    if_works: str
    if_not: str


class Relation(NamedTuple):
    """A clause in the expression language.

    Attributes:
        clause: its name inside the contract, such as `always/total-never-falls`.
        place: where it is written.
        points: it is judged at each event of these points.
        expect: what must be true then.
        when: only judged where this is true.
        needs: kinds without which it has nothing to judge.
        group: a target may waive all clauses of a group; empty if it is in none.
    """

    clause: str
    place: Place
    points: frozenset[str]
    expect: Expression
    when: Expression | None
    needs: frozenset[str]
    group: str = ""


class Answer(NamedTuple):
    """What is promised of the answer to the request, accepted or refused.

    Attributes:
        prefix: the first part of its clauses' names: `accepted`, `refused`, `actions/NAME` or `afterwards/NAME`.
        place: where it is written.
        statuses: any one of these is right.
        within: seconds from the request's last byte.
        schema: of the body.
        body: what the body must contain.
        relations: over the answer as a whole.
    """

    prefix: str
    place: Place
    statuses: tuple[int, ...]
    within: float
    schema: Schema | None
    body: Template | None
    relations: tuple[Relation, ...]

    @property
    def clauses(self) -> tuple[str, ...]:
        """The name of every clause, inside the contract."""
        parts = ["within", "status", *["body"] * (self.body is not None), *["schema"] * (self.schema is not None)]
        return (*(f"{self.prefix}/{part}" for part in parts), *(relation.clause for relation in self.relations))

    def with_slack(self, seconds: float) -> Answer:
        """The same, with so many seconds added to the time in which it must come."""
        return self._replace(within=self.within + seconds)


class Send(NamedTuple):
    """A message that the client sends.

    Attributes:
        message: what is sent: JSON, or the text of a frame if it is `raw`.
        after: `open`, or the kind of message that it follows; `msg` in it is that message.
        each: it answers every message of that kind, not only the first.
        raw: it is sent as it is, whatever it is.
    """

    message: Template
    after: str = OPEN
    each: bool = False
    raw: bool = False


class Socket(NamedTuple):
    """What is promised of the progress socket.

    Attributes:
        place: where it is written.
        connect: a path with query, or an absolute ws:// or wss:// URL.
        headers: of the handshake, besides those of the target.
        within: seconds from the start of the handshake to its end.
        sends: messages that the client sends, by name.
        kinds: what a message must contain to be of each kind; the first that fits counts.
        schemas: by kind.
        anytime: kinds that are no part of the order.
        order: what comes, in which order.
        late_join: what comes instead where the client connects after the answer; None if it is the same.
        subprotocols: offered in the handshake, the first is preferred; the server must choose one of them.
        quiet: seconds for which the client stays after the terminal message, to see that nothing more comes.
    """

    place: Place
    connect: Template
    headers: Mapping[str, Template]
    within: float
    sends: Mapping[str, Send]
    kinds: Mapping[str, Template]
    schemas: Mapping[str, tuple[Schema, Place]]
    anytime: Mapping[str, Anytime]
    order: Step
    order_place: Place
    late_join: LateJoin | None = None
    subprotocols: tuple[Template, ...] = ()
    quiet: float = 0.0

    @property
    def handshake(self) -> tuple[Template, ...]:
        """What is needed to connect."""
        return (self.connect, *self.headers.values(), *self.subprotocols)


class Case(NamedTuple):
    """A contract with the differences of one case: what is drawn, what is sent, what is promised.

    Attributes:
        contract: the contract's name.
        name: the case's name.
        file: the contract's path, as the user knows it.
        inputs: what is drawn for each example, by name.
        fresh: names whose value is new at every execution (a UUID).
        request: what is sent.
        answer: what is promised of the answer.
        socket: what is promised of the socket; None for a case that expects a refusal.
        timed: every deadline and gap.
        relations: every clause in the expression language but those of the answer.
        client: how the client behaves.
        hints: what a class of failure most often meant here.
        before: requests made beforehand, in their order.
        cleanup: requests made when an example is over.
        probes: requests made after a failure, to tell where to look.
        afterwards: requests made once the job has ended, and judged.
        should: clauses that are only recommended: broken, they are reported and fail nothing.
        excused: clauses that need not be exercised, with the reason.
        examples: at most so many are drawn, whatever the run allows; None for as many as that.
        alone: whether no other example may run beside one of it.
        only_if: the probe that must find its request answered as it says, or the case is left out; empty for always.
        actions: what a client can do while its job runs, whether or not this one does: names for expressions.
        same_story: whether all connections of a job must be told the same.
    """

    contract: str
    name: str
    file: str
    inputs: Mapping[str, InputUse]
    fresh: tuple[str, ...]
    request: Request
    answer: Answer
    socket: Socket | None
    timed: tuple[Deadline | Gap | KeyedDeadline, ...]
    relations: tuple[Relation, ...]
    client: Client
    hints: Mapping[str, str]
    before: tuple[Aside, ...] = ()
    cleanup: tuple[Cleanup, ...] = ()
    probes: tuple[Probe, ...] = ()
    afterwards: tuple[Aside, ...] = ()
    should: frozenset[str] = frozenset()
    excused: Mapping[str, str] = MappingProxyType({})
    examples: int | None = None
    alone: bool = False
    only_if: str = ""
    actions: tuple[Aside, ...] = ()
    same_story: bool = True

    @property
    def can_connect_first(self) -> bool:
        """Whether the socket can be opened before the request: nothing on the way to it needs the answer."""
        if self.socket is None:
            return False
        greeting = [send.message for send in self.socket.sends.values() if send.after == OPEN]
        needed = list(self.socket.handshake)
        needed += [*greeting, *self.client.first]
        for step in self.before:
            needed += step.request.templates
        return all(ACCEPTED not in template.roots for template in needed)

    def examples_of(self, most: int) -> int:
        """How many examples are drawn where a run allows `most`."""
        return most if self.examples is None else min(most, self.examples)

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that its requests and messages name, as `env.NAME`."""
        asides = [*self.before, *(one.action for one in self.cleanup), *(one for p in self.probes for one in p.steps)]
        asides += [*(act.action for act in self.client.acts), *self.afterwards]
        templates = [*self.request.templates, *(one for aside in asides for one in aside.request.templates)]
        templates += self.client.first
        if self.socket is not None:
            sends = (send.message for send in self.socket.sends.values())
            templates += [*self.socket.handshake, *sends]
        return frozenset().union(*(template.variables for template in templates))

    @property
    def clauses(self) -> tuple[str, ...]:
        """The name of every clause, inside the contract."""
        socket, promises = self.socket, [aside.promise for aside in self.judged_asides if aside.promise is not None]
        names = list(self.answer.clauses)
        if socket is not None:
            names += ["order", "socket/within", "socket/opens", *(f"schemas/{kind}" for kind in socket.schemas)]
        names += [*(one.clause for one in self.timed), *(one.clause for one in self.relations)]
        names += [clause for promise in promises for clause in promise.clauses]
        told_twice = socket is not None and self.same_story and self.client.connects_twice
        if socket is not None and socket.late_join is not None and not self.client.before_request:
            told_twice = False  # who comes late is told a snapshot, each another one
        return (*names, *(["same-story"] if told_twice else []))

    @property
    def judged_asides(self) -> tuple[Aside, ...]:
        """What the client does while its job runs, and what it asks afterwards; each once."""
        return (*{act.action.name: act.action for act in self.client.acts}.values(), *self.afterwards)

    def with_slack(self, seconds: float) -> Case:
        """The case with so many seconds added to each deadline, for a target that is far away."""
        return self._replace(
            answer=self.answer.with_slack(seconds),
            socket=self.socket._replace(within=self.socket.within + seconds) if self.socket is not None else None,
            timed=tuple(one._replace(within=one.within + seconds) for one in self.timed),
            client=self.client._replace(
                acts=tuple(act._replace(action=act.action.with_slack(seconds)) for act in self.client.acts),
            ),
            actions=tuple(aside.with_slack(seconds) for aside in self.actions),
            afterwards=tuple(aside.with_slack(seconds) for aside in self.afterwards),
        )

    @property
    def full_name(self) -> str:
        """Contract and case: `reports/connects-late`."""
        return f"{self.contract}/{self.name}"


class Contract(NamedTuple):
    """One file: a name and its cases."""

    name: str
    title: str
    file: str
    cases: tuple[Case, ...]
