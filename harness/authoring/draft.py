"""One job in, a draft of a contract out: all the guesses, and no text yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.authoring.kinds import Kinds, find_anytime, find_kinds
from harness.authoring.loops import Tagged, build_loop, find_loop
from harness.authoring.observed import leaves
from harness.authoring.quantities import Input, best, make_input, quantities, with_inputs
from harness.authoring.relations import (
    Relation,
    Seen,
    answer_relations,
    end_relations,
    is_total_name,
    message_relations,
)
from harness.authoring.shapes import shape
from harness.authoring.steps import One, Step, compressed, first_kinds
from harness.authoring.timing import UNSEEN, Limit, limits, within
from harness.authoring.words import is_keep_alive, snake
from harness.trace.events import END
from harness.trace.ndjson import Header, Trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.authoring.asked import Asked
    from harness.authoring.loops import Loop
    from harness.authoring.observed import Observed
    from harness.trace.events import Json

CASE = "works"
MOST_TOTAL = 100
"""Up to which a number that no loop goes over is varied: a larger one may be a width or a price."""
NO_STATUS = (1005, 1006)
"""Codes that say that there was none (RFC 6455 7.1.5)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the author said of the contract to be.

    Attributes:
        name: the contract's.
        asked: the request; None if it is not known.
        socket: the template of the socket's address; empty if it is not known.
        sends: what the client sends, by name, as templates.
        before: requests made before, by name; each with how often (`run`, `example`, `connection`).
        multiple: how much longer than seen a deadline is.
        body_known: whether `asked` has the body and the headers too.
    """

    name: str
    asked: Asked | None
    socket: str = ""
    sends: Mapping[str, Json] = field(default_factory=dict)
    before: Mapping[str, tuple[Asked, str]] = field(default_factory=dict)
    multiple: float = 3.0
    body_known: bool = True


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract to be: what was wanted, and each guess.

    Attributes:
        wanted: see `Wanted`.
        observed: the job that was seen.
        request: the request's tree with inputs in it; None if it is not known.
        inputs: what differs from example to example.
        kinds: the kinds of message.
        schemas: a schema by kind.
        answer_schema: of the body of the 202; empty if it was not seen.
        anytime: kinds that are no part of the order, each with why.
        after_the_end: those of them that came behind the terminal message too.
        order: the steps, without the close.
        terminal: the kind that ends the job; empty if there is none of which that is clear.
        close: the code; None if no close was seen; 0 if it had no code.
        limits: the deadlines.
        accepted_within: a duration for the answer, and the seconds seen; None if it was not seen.
        open_within: the same for the socket.
        answer_relations: conditions on the answer.
        always: conditions on messages.
        at_end: conditions at the end.
    """

    wanted: Wanted
    observed: Observed
    request: Mapping[str, Json] | None
    inputs: tuple[Input, ...]
    kinds: Kinds
    schemas: Mapping[str, Json]
    answer_schema: Json
    anytime: Mapping[str, str]
    after_the_end: frozenset[str]
    order: tuple[Step, ...]
    terminal: str
    close: int | None
    limits: tuple[Limit, ...]
    accepted_within: tuple[str, float | None]
    open_within: tuple[str, float | None]
    answer_relations: tuple[Relation, ...]
    always: tuple[Relation, ...]
    at_end: tuple[Relation, ...]


def draft(observed: Observed, wanted: Wanted) -> Draft:
    """Guess a contract; at least one message of the job must have come."""
    kinds = find_kinds(observed, wanted.before)
    anytime = find_anytime(observed, kinds)
    places = [number for number, kind in enumerate(kinds.of) if kind not in anytime]
    tagged = [Tagged(kinds.of[number], observed.messages[number]) for number in places]
    asked = wanted.asked
    fresh = tuple(Input(name, "fresh", "uuid", value) for name, value in (asked.fresh if asked else {}).items())
    loop, steps, looped = _order(tagged, asked.request if asked else {}, {one.name for one in fresh})
    terminal = tagged[-1].kind if isinstance(steps[-1], One) else ""
    inputs = (*looped, *_totals(tagged, asked.request if asked else {}, [*fresh, *looped]))
    by_kind = {
        kind: [m for own, m in zip(kinds.of, observed.messages, strict=True) if own == kind] for kind in kinds.fields
    }
    order = tuple(dict.fromkeys(one.kind for one in tagged))
    counted = loop.path if loop and inputs else ()
    seen = Seen(observed, kinds.of, by_kind, order, terminal, inputs, {one.name: one.spec for one in fresh}, counted)
    end = terminal if kinds.of.count(terminal) == 1 else END if terminal else ""
    acks = [kind for kind in anytime if not is_keep_alive(kind) and observed.sent]
    body = (observed.answer or {}).get("body")
    return Draft(
        wanted=wanted,
        observed=observed,
        request=with_inputs(asked.request, inputs) if asked else None,
        inputs=(*fresh, *inputs),
        kinds=kinds,
        schemas={
            kind: shape([m.value for m in messages], kinds.told_by) for kind, messages in by_kind.items() if messages
        },
        answer_schema=shape([body]) if isinstance(body, dict) else {},
        anytime=anytime,
        after_the_end=frozenset(kinds.of[places[-1] + 1 :]),
        order=steps,
        terminal=terminal,
        close=_close(observed),
        limits=limits(observed, order, kinds.of, acks, (first_kinds(steps), end), wanted.multiple),
        accepted_within=_within(observed, "request", "answer", wanted.multiple),
        open_within=_within(observed, "connect", "open", wanted.multiple),
        answer_relations=tuple(answer_relations(seen)),
        always=tuple(message_relations(seen)),
        at_end=tuple(end_relations(seen)),
    )


def recorded(trace: Trace, made: Draft, contract: str) -> Trace:
    """The trace as one of the draft's contract: with the header that says what was drawn."""
    drawn = {one.name: one.spec for one in made.inputs if one.type_name != "fresh"}
    fresh = {one.name: one.spec for one in made.inputs if one.type_name == "fresh"}
    header = Header(contract, CASE, {"inputs": drawn, "connect_after": 0.0}, fresh)
    return Trace(header, trace.events, trace.end, trace.stalls)


def _order(
    tagged: Sequence[Tagged], request: Mapping[str, Json], taken: set[str]
) -> tuple[Loop | None, tuple[Step, ...], tuple[Input, ...]]:
    """The loop over what was asked for, if there is one; the steps; the inputs that they need."""
    known = quantities(request)
    loop = find_loop(tagged, lambda items: any(one.count == items for one in known))
    if loop is None:
        return None, compressed([one.kind for one in tagged]), ()
    quantity = best(known, loop.items, (*loop.path, *loop.kinds))
    if quantity is None:
        raise TypeError("a loop over a number that nobody asked for")
    told = ".".join(loop.path)
    taken_over = make_input(quantity, taken, f"the messages' {told} goes over it")
    before = compressed([one.kind for one in tagged[: loop.start]])
    behind = compressed([one.kind for one in tagged[loop.stop :]])
    return loop, (*before, *build_loop(tagged, loop, taken_over.size), *behind), (taken_over,)


def _totals(tagged: Sequence[Tagged], request: Mapping[str, Json], known: Sequence[Input]) -> tuple[Input, ...]:
    """An input for a number of the request that a message has under the same name."""
    taken = {one.name for one in known}
    paths = {one.path for one in known}
    found: list[Input] = []
    for quantity in quantities(request):
        named = snake(quantity.path[-1])
        if quantity.is_list or not 2 <= quantity.count <= MOST_TOTAL or quantity.path in paths:
            continue
        if is_total_name(named) and any(
            snake(path[-1]) == named and leaf == quantity.count for path, leaf in _all_leaves(tagged)
        ):
            one = make_input(quantity, taken, f"messages have a {named} of the same number")
            found.append(one)
            taken.add(one.name)
    return tuple(found)


def _all_leaves(tagged: Sequence[Tagged]) -> list[tuple[tuple[str, ...], Json]]:
    return [found for one in tagged for found in leaves(one.message.value)]


def _close(observed: Observed) -> int | None:
    if observed.close is None or observed.close["by"] != "server":
        return None
    code = observed.close["code"]
    return 0 if code in NO_STATUS or not 1000 <= code <= 4999 else int(code)


def _within(observed: Observed, start: str, end: str, multiple: float) -> tuple[str, float | None]:
    if start not in observed.instants or end not in observed.instants:
        return UNSEEN, None
    seconds = observed.instants[end] - observed.instants[start]
    return within(seconds, multiple), seconds
