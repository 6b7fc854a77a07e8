"""Under which conditions a target is judged: when it is ready, what it is not held to, what it does not keep yet."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from harness.contract.fields import Fields, entries
from harness.contract.source import Node, Scalar, Sequence, kind_of, place
from harness.contract.templates import compile_condition, inside
from harness.expressions.cel import Environment
from harness.targets.reading import Reading, read_optional
from harness.targets.target import KnownFailure, Ready

if TYPE_CHECKING:
    from harness.expressions.cel import Expression

WITHIN = 300.0
READY_NAMES = ("status", "headers", "body", "env")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLAUSE = re.compile(r"[^\s/]+(?:/[^\s/]+)+")
_ENV_NAME = re.compile(r"env\.([A-Za-z_]\w*)", re.ASCII)


@cache
def ready_environment() -> Environment:
    """What a condition of readiness may name: the answer, and the environment."""
    return Environment(READY_NAMES)


def read_ready(node: Node, reading: Reading) -> Ready:
    """What to wait for before the first example."""
    fields = Fields(node, "what to wait for", reading.problems)
    path = read_optional(fields.need("path"), _ready_path, reading) or ""
    expect_node = fields.take("expect")
    expect, used = _ready_expect(expect_node, reading) if expect_node is not None else (None, {})
    within = fields.seconds("within", WITHIN)
    fields.done()
    return Ready(path, expect, within, used)


def _ready_path(node: Node, reading: Reading) -> str | None:
    path = reading.expanded(node, "'path'")
    if path is not None and not path.startswith("/"):
        reading.problems.add(
            node.span, f"'path' must begin with a slash; found {kind_of(node)}", "for example /version"
        )
    return path


def _ready_expect(node: Node, reading: Reading) -> tuple[Expression | None, dict[str, str]]:
    """The condition, and the variables of the environment that it uses."""
    expression = compile_condition(node, ready_environment(), reading.problems)
    if expression is None or not isinstance(node, Scalar):
        return None, {}
    names = sorted({found.group(1) for path in expression.mentions if (found := _ENV_NAME.match(path))})
    if "env" in expression.roots and not names:
        reading.problems.add(node.span, "a variable of the environment is written env.NAME", "for example env.GIT_SHA")
    used = {}
    for name in names:
        at = str(node.value).find(f"env.{name}")
        if reading.is_set(name, inside(node, at, len(name) + 4)) and reading.environment is not None:
            used[name] = reading.environment[name]
            reading.keep(used[name], credential=False)
    return expression, used


def read_waives(node: Node, reading: Reading) -> dict[str, str]:
    """The groups that this target is not held to, each with the reason."""
    if isinstance(node, Sequence):
        hint = "waives: {GROUP: why this target is not held to it}"
        reading.problems.add(node.span, "each group that is waived needs its reason", hint)
        return {}
    groups = entries(node, "'waives'", reading.problems)
    found = {name: reading.filled(value, f"the reason why {name!r} is waived") for name, _, value in groups}
    return {name: reason for name, reason in found.items() if reason is not None}


def read_known_failures(node: Node, reading: Reading) -> tuple[KnownFailure, ...]:
    """The clauses that this target does not keep yet, each at most once."""
    if not isinstance(node, Sequence):
        hint = "- {clause: CONTRACT/CLAUSE, reason: why, until: 2027-01-31}"
        reading.problems.add(node.span, f"'known_failures' must be a list; found {kind_of(node)}", hint)
        return ()
    found: dict[str, KnownFailure] = {}
    for item in node.items:
        failure = _known_failure(item, reading)
        if failure is not None and failure.clause in found:
            reading.problems.add(
                item.span, f"{failure.clause!r} is known already", f"see {found[failure.clause].place}"
            )
        elif failure is not None:
            found[failure.clause] = failure
    return tuple(found.values())


def _known_failure(node: Node, reading: Reading) -> KnownFailure | None:
    fields = Fields(node, "a known failure", reading.problems)
    clause = read_optional(fields.need("clause"), _clause, reading)
    reason_node = fields.need("reason")
    reason = reading.filled(reason_node, "'reason'") if reason_node is not None else None
    until = read_optional(fields.need("until"), _day, reading)
    fields.done()
    if clause is None or reason is None or until is None:
        return None
    return KnownFailure(clause, reason, until, place(node.span))


def _clause(node: Node, reading: Reading) -> str | None:
    clause = reading.filled(node, "'clause'")
    if clause is not None and not _CLAUSE.fullmatch(clause):
        message = f"'clause' must be CONTRACT/CLAUSE, such as renders/deadlines/finished; found {clause!r}"
        reading.problems.add(node.span, message, "as reports write it")
    return clause


def _day(node: Node, reading: Reading) -> date | None:
    value = node.value if isinstance(node, Scalar) else None
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # 31 February: told below, with whatever else is no day
    reading.problems.add(node.span, f"'until' must be a day of the calendar such as 2027-01-31; found {kind_of(node)}")
    return None
