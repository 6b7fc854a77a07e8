"""Clauses that a case leaves out: `off`, by their names inside the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.fields import text
from harness.contract.problems import did_you_mean
from harness.contract.source import Node, Sequence, kind_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from harness.contract.model import Answer, Aside, Case
    from harness.contract.problems import Problems, Span

SAME_STORY = "same-story"
_HOLDS_EVERYTHING = ("/status", "/within", "/opens")


def read_off(node: Node | None, problems: Problems) -> dict[str, Span]:
    """The names under `off`, each with its place."""
    if node is None:
        return {}
    if not isinstance(node, Sequence):
        told = f"a list of clauses that are left out is expected; found {kind_of(node)}"
        problems.add(node.span, told, "for example off: [at_end/nothing-missed]")
        return {}
    named = ((text(item, "a clause", problems), item.span) for item in node.items)
    return {name: span for name, span in named if name is not None}


def check_off(off: dict[str, Span], clauses: Collection[str], problems: Problems) -> None:
    """Note each name that is no clause, or one that cannot be left out."""
    for name, span in off.items():
        if name == "order":
            problems.add(span, "'order' cannot be left out", "it says when the job has ended; write another order")
        elif name in clauses and name.endswith(_HOLDS_EVERYTHING) and name.count("/") == 1:
            problems.add(span, f"{name!r} cannot be left out", "everything else rests on it")
        elif name not in clauses and name != SAME_STORY:
            problems.add(span, f"there is no clause {name!r} to leave out", did_you_mean(name, clauses))


def without(case: Case, off: Collection[str]) -> Case:
    """The case without these clauses."""
    if not off:
        return case
    socket, client = case.socket, case.client
    if socket is not None:
        schemas = {kind: one for kind, one in socket.schemas.items() if f"schemas/{kind}" not in off}
        socket = socket._replace(schemas=schemas)
    acts = tuple(act._replace(action=_aside(act.action, off)) for act in client.acts)
    return case._replace(
        answer=_answer(case.answer, off),
        socket=socket,
        timed=tuple(one for one in case.timed if one.clause not in off),
        relations=tuple(one for one in case.relations if one.clause not in off),
        client=client._replace(acts=acts),
        actions=_asides(case.actions, off),
        afterwards=_asides(case.afterwards, off),
        same_story=case.same_story and SAME_STORY not in off,
    )


def _asides(asides: Iterable[Aside], off: Collection[str]) -> tuple[Aside, ...]:
    return tuple(_aside(one, off) for one in asides)


def _aside(aside: Aside, off: Collection[str]) -> Aside:
    return aside if aside.promise is None else aside._replace(promise=_answer(aside.promise, off))


def _answer(answer: Answer, off: Collection[str]) -> Answer:
    prefix = answer.prefix
    return answer._replace(
        schema=None if f"{prefix}/schema" in off else answer.schema,
        body=None if f"{prefix}/body" in off else answer.body,
        relations=tuple(one for one in answer.relations if one.clause not in off),
    )
