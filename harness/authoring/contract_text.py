"""The draft as a contract: YAML with a remark on each line that was guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.authoring.asked import carried, pairs_text, path_text
from harness.authoring.draft import CASE
from harness.authoring.steps import Choice, Each, Mixed, One, Step, Times
from harness.authoring.timing import seen_note
from harness.authoring.yaml_text import Guess, Lines, flow
from harness.trace.units import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.authoring.asked import Asked
    from harness.authoring.draft import Draft
    from harness.authoring.observed import Path
    from harness.authoring.relations import Relation
    from harness.trace.events import Json

UNKNOWN_PATH = "/REPLACE-ME"
_LOOP = "i"


@dataclass(frozen=True, slots=True)
class Written:
    """A contract's text, and what in it was guessed."""

    text: str
    guesses: tuple[Guess, ...]


def contract_text(draft: Draft) -> Written:
    """The contract of a draft."""
    lines = Lines()
    _top(lines, draft)
    _before(lines, draft)
    _request(lines, draft)
    _accepted(lines, draft)
    _socket(lines, draft)
    _deadlines(lines, draft)
    _relations(lines, "always", draft.always, draft)
    _relations(lines, "at_end", draft.at_end, draft)
    _cases(lines, draft)
    return Written(lines.text, tuple(lines.guesses))


def _top(lines: Lines, draft: Draft) -> None:
    lines.comment(
        0,
        f"A first contract for {draft.wanted.name}, written from one job by `harness init`.",
        "What was guessed says so and what it rests on: confirm it or mend it, then take the remark away.",
    )
    lines.add(0, "language: 1")
    lines.value(0, "contract", draft.wanted.name)
    if draft.inputs:
        lines.blank()
        lines.add(0, "inputs:")
    for one in draft.inputs:
        comment = "" if one.note else "a new id at every execution"
        parameters = {one.type_name: one.parameters}
        if one.type_name == "integer":
            lines.add(2, f"{one.name}: {{integer: {one.parameters}}}", guess=one.note, label=f"input {one.name}")
        else:
            lines.value(2, one.name, parameters, comment, one.note, f"input {one.name}")


def _before(lines: Lines, draft: Draft) -> None:
    if not draft.wanted.before:
        return
    lines.blank()
    lines.add(0, "before:", "requests made first; they are not judged")
    for name, (asked, once) in draft.wanted.before.items():
        lines.add(2, f"{name}:")
        _asked(lines, 4, asked, asked.request, draft.wanted.asked)
        lines.add(4, f"once: {once}", f"made anew for each {once}" if once != "run" else "made once for the whole run")
        lines.add(4, "secret: true", "no text of its answer is shown or kept")


def _request(lines: Lines, draft: Draft) -> None:
    lines.blank()
    asked = draft.wanted.asked
    if asked is None or draft.request is None:
        lines.add(0, "request:", guess="the recording does not have it; write what is sent")
        lines.add(2, "method: POST")
        lines.add(2, f"path: {UNKNOWN_PATH}")
        return
    if draft.wanted.body_known:
        lines.add(0, "request:")
    else:
        lines.add(0, "request:", guess="the recording has no body and no headers; write what is sent")
    _asked(lines, 2, asked, draft.request, asked)


def _asked(lines: Lines, indent: int, asked: Asked, request: Mapping[str, Json], main: Asked | None) -> None:
    lines.value(indent, "method", asked.method)
    elsewhere = main is not None and asked.origin != main.origin
    lines.value(indent, "path", (asked.origin if elsewhere else "") + path_text(request))
    if request.get("headers"):
        lines.value(indent, "headers", request["headers"])
    for key in ("json", "multipart", "raw"):
        if key in request:
            lines.value(indent, key, request[key])
    if "pairs" in request:
        lines.value(indent, "raw", pairs_text(request["pairs"]))


def _accepted(lines: Lines, draft: Draft) -> None:
    lines.blank()
    lines.add(0, "accepted:")
    lines.add(2, "status: 202")
    within, seen = draft.accepted_within
    lines.add(2, f"within: {within}", guess=seen_note(seen, draft.wanted.multiple), label=f"the answer within {within}")
    if draft.answer_schema:
        lines.value(2, "schema", draft.answer_schema)
    if draft.answer_relations:
        lines.add(2, "expect:")
    for one in draft.answer_relations:
        lines.value(4, one.name, one.expect, guess=one.note, label=one.expect)


def _socket(lines: Lines, draft: Draft) -> None:
    lines.blank()
    lines.add(0, "socket:")
    if draft.wanted.socket:
        lines.value(2, "connect", draft.wanted.socket)
    else:
        lines.add(2, f"connect: {UNKNOWN_PATH}", guess="the recording does not have it; write where the socket is")
    headers = carried(draft.wanted.asked) if draft.wanted.asked else {}
    if headers:
        lines.value(
            2, "headers", headers, guess="the socket needs them as the request does", label="the socket's headers"
        )
    within, seen = draft.open_within
    lines.add(2, f"within: {within}", guess=seen_note(seen, draft.wanted.multiple), label=f"the socket within {within}")
    lines.comment(
        2,
        "One job does not show what a client gets that connects late. If it is first told how things stand, by a",
        "message of its own, say `late_join: {snapshot: KIND}` here; as it is, all messages come from the beginning.",
    )
    if draft.wanted.sends:
        lines.add(2, "sends:")
        for name, message in draft.wanted.sends.items():
            lines.value(4, name, {"json": message})
    _messages(lines, draft)
    lines.add(2, "order:")
    _steps(lines, 4, draft.order)
    if draft.close is not None:
        lines.add(4, f"- close: {draft.close}" if draft.close else "- close")
    elif draft.terminal:
        lines.remark(4, f"no close came after `{draft.terminal}`; so the client closes then", "no close")
    lines.add(2, "schemas:", guess="what all messages of a kind had is required", label="the schemas")
    for kind, schema in draft.schemas.items():
        lines.value(4, kind, schema)


def _messages(lines: Lines, draft: Draft) -> None:
    told_by = " and ".join(".".join(path) for path in draft.kinds.told_by)
    guess = f"told apart by {told_by}" if told_by else "no field tells them apart"
    lines.add(2, "messages:", guess=guess, label="the kinds of message")
    for kind, fields in draft.kinds.fields.items():
        times = draft.kinds.of.count(kind)
        lines.value(4, kind, nested(fields), f"seen {count(times, 'time')}")
    if not draft.anytime:
        return
    lines.add(2, "anytime:", "no part of the order")
    for kind, why in draft.anytime.items():
        window = {"until": "close"} if kind in draft.after_the_end else {}
        lines.add(4, f"{kind}: {flow(window)}", guess=why, label=f"{kind} at any time")


def nested(fields: Mapping[Path, Json]) -> Json:
    """Values by path as the object that has them."""
    found: dict[str, Json] = {}
    for path, value in fields.items():
        inner = found
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = value
    return found


def _steps(lines: Lines, indent: int, steps: Sequence[Step]) -> None:
    for step in steps:
        _step(lines, indent, step)


def _step(lines: Lines, indent: int, step: Step) -> None:
    match step:
        case One():
            lines.add(indent, f"- {flow(_short(step))}" if not step.where else f"- {flow(_short(step))[1:-1]}")
        case Choice(options):
            lines.add(indent, f"- either: {flow([_short(one) for one in options])}")
        case Times():
            _times(lines, indent, step)
        case Each(over, body, interleaved, note):
            lines.add(indent, f"- for_each: {flow({_LOOP: over})}", guess=note)
            if interleaved:
                lines.add(indent + 2, "interleaved: true", guess="the items' messages came in a mixture")
            lines.add(indent + 2, "body:")
            _steps(lines, indent + 4, body)
        case Mixed(parts, note):
            lines.add(indent, "- interleave:", guess=note)
            for part in parts:
                if len(part) > 1:
                    lines.add(indent + 4, "-")
                _steps(lines, indent + (6 if len(part) > 1 else 4), part)


def _times(lines: Lines, indent: int, step: Times) -> None:
    body = step.body
    if len(body) == 1 and isinstance(body[0], One | Choice):
        lines.add(indent, f"- repeat: {flow(_short(body[0]))}", guess=step.note)
    else:
        lines.add(indent, "- repeat:", guess=step.note)
        _steps(lines, indent + 4, body)
    if step.at_least:
        lines.add(indent + 2, f"at_least: {step.at_least}")


def _short(step: Step) -> Json:
    """A step as a value of its own."""
    match step:
        case One(kind, where):
            return {kind: nested(where)} if where else kind
        case Choice(options):
            return {"either": [_short(one) for one in options]}
    raise TypeError(f"{step!r} has no short form")


def _deadlines(lines: Lines, draft: Draft) -> None:
    lines.blank()
    lines.add(0, "deadlines:", f"{draft.wanted.multiple:g} times what was seen, at least 1 s, rounded up")
    for one in draft.limits:
        start = one.start[0] if len(one.start) == 1 else list(one.start)
        fields: dict[str, Json] = {"between": "received"} if one.gap else {}
        fields |= {"from": start, "to": one.to[0] if len(one.to) == 1 else list(one.to), "within": one.within}
        if one.or_end:
            fields["or_end"] = True
        lines.add(
            2,
            f"{one.name}: {flow(fields)}",
            guess=one.note(draft.wanted.multiple),
            label=f"{one.name} within {one.within}",
        )


def _relations(lines: Lines, key: str, relations: Sequence[Relation], draft: Draft) -> None:
    if not relations:
        return
    lines.blank()
    lines.add(0, f"{key}:")
    for one in relations:
        if one.kinds:
            lines.add(2, f"{one.name}:", guess=one.note, label=one.expect)
            lines.value(4, "for", one.kinds[0] if len(one.kinds) == 1 else list(one.kinds))
            lines.value(4, "expect", one.expect)
        else:
            lines.value(2, one.name, one.expect, guess=one.note, label=one.expect)


def _cases(lines: Lines, draft: Draft) -> None:
    lines.blank()
    lines.add(0, "cases:")
    lines.add(2, f"{CASE}: {{}}")
    late = "a client that comes up to 1 s late misses nothing"
    lines.add(2, "connects-late: {client: {connect_after: 0s..1s}}", guess=late, label="case connects-late")
    lines.comment(2, "What must be turned down, and how, is worth a case too; it costs no job. For example:")
    lines.comment(2, "refuses-nonsense:")
    changes = [f"  inputs: {{{one.name}: null}}" for one in draft.inputs if one.path]
    lines.comment(2, *changes, "  request: {json: {...}}", "  refused: {status: 400, within: 2s}")
