"""The order of messages as a contract writes it, read into steps and, for an example, built into a pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.contract.fields import Fields, is_variable, one_or_more
from harness.contract.source import Mapping, Node, Scalar, kind_of, place
from harness.contract.source import Sequence as SequenceNode
from harness.contract.templates import TemplateError, compile_expression, compile_template
from harness.expressions.cel import Environment, EvaluationError
from harness.temporal.patterns import One, Pattern, either, repeat, sequence
from harness.trace.events import CLOSE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Names

    from harness.contract.problems import Problems
    from harness.contract.templates import Template
    from harness.expressions.cel import Expression
    from harness.trace.verdicts import Place

COMBINATORS = ("either", "optional", "repeat", "for_each")
MAX_ITEMS = 100_000


@dataclass(frozen=True, slots=True)
class KindStep:
    """One message of a kind, containing `where`."""

    kind: str
    where: Template | None
    place: Place


@dataclass(frozen=True, slots=True)
class CloseStep:
    """The server's close, with any of these codes; none for any code."""

    codes: tuple[int, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class SequenceStep:
    """Steps one after another."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class EitherStep:
    """Any one of the alternatives."""

    alternatives: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class RepeatStep:
    """The body between `at_least` and `at_most` times; None for no limit."""

    body: Step
    at_least: int
    at_most: int | None


@dataclass(frozen=True, slots=True)
class ForEachStep:
    """The body once for each item of a list, or for 0, 1, ... below a number, in that order."""

    variable: str
    over: Expression
    body: Step


Step: TypeAlias = KindStep | CloseStep | SequenceStep | EitherStep | RepeatStep | ForEachStep


class OrderReader:
    """Reads steps; kinds and names are checked, what is wrong is noted in `problems`."""

    def __init__(self, kinds: Iterable[str], names: Iterable[str], problems: Problems) -> None:
        self._kinds = frozenset(kinds)
        self._environment = Environment(names)
        self._problems = problems

    def read(self, node: Node) -> Step:
        """A step, or a list of steps."""
        if isinstance(node, SequenceNode):
            return SequenceStep(tuple(self.read(item) for item in node.items))
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return self._kind(node.value, node, None)
        if isinstance(node, Mapping) and node.entries:
            return self._combinator(node)
        self._problems.add(node.span, f"a step of the order is expected here; found {kind_of(node)}", self._help())
        return SequenceStep(())

    def _combinator(self, node: Mapping) -> Step:
        key = next((key for key in COMBINATORS if key in node.entries), next(iter(node.entries)))
        span, value = node.entries[key]
        others = [other for name, (other, _) in node.entries.items() if name != key]
        if others and key not in ("repeat", "for_each"):
            message = f"the step {key!r} stands alone; put each step in an item of its own"
            self._problems.add(others[0], message, self._help())
        match key:
            case "either":
                return self._either(value)
            case "optional":
                return EitherStep((self.read(value), SequenceStep(())))
            case "repeat":
                return self._repeat(node)
            case "for_each":
                return self._for_each(node)
            case "close":
                return self._close(value)
        return self._kind(key, Scalar(key, span), value)

    def _either(self, value: Node) -> Step:
        alternatives = one_or_more(value)
        if not alternatives:
            self._problems.add(value.span, "either needs at least one alternative")
        return EitherStep(tuple(self.read(item) for item in alternatives))

    def _kind(self, kind: str, node: Node, where: Node | None) -> Step:
        if kind == CLOSE:
            return CloseStep((), place(node.span))
        if kind not in self._kinds:
            self._problems.unknown(node.span, "kind", kind, self._kinds)
        template = None
        if isinstance(where, Mapping):
            template = compile_template(where, self._environment, self._problems)
        elif where is not None and not (isinstance(where, Scalar) and where.value is None):
            message = f"what this {kind} contains is expected, a map; found {kind_of(where)}"
            self._problems.add(where.span, message)
        return KindStep(kind, template, place(node.span))

    def _close(self, value: Node) -> Step:
        codes: list[int] = []
        for item in one_or_more(value):
            if isinstance(item, Scalar) and isinstance(item.value, int) and 1000 <= item.value <= 4999:
                codes.append(item.value)
            else:
                self._problems.add(item.span, f"a close code from 1000 to 4999 is expected; found {kind_of(item)}")
        return CloseStep(tuple(codes), place(value.span))

    def _repeat(self, node: Mapping) -> Step:
        fields = Fields(node, "a repeat", self._problems)
        body = fields.need("repeat")
        at_least, at_most = self._count(fields.take("at_least")), self._count(fields.take("at_most"))
        fields.done()
        if at_most is not None and at_most < (at_least or 0):
            self._problems.add(node.span, f"at_most {at_most} is less than at_least {at_least}")
        return RepeatStep(self.read(body) if body else SequenceStep(()), at_least or 0, at_most)

    def _count(self, node: Node | None) -> int | None:
        if node is None:
            return None
        if isinstance(node, Scalar) and type(node.value) is int and 0 <= node.value <= MAX_ITEMS:
            return node.value
        self._problems.add(node.span, f"a number of times, up to {MAX_ITEMS:,}, is expected; found {kind_of(node)}")
        return None

    def _for_each(self, node: Mapping) -> Step:
        fields = Fields(node, "a for_each", self._problems)
        head, body = fields.need("for_each"), fields.need("body")
        fields.done()
        if not isinstance(head, Mapping) or len(head.entries) != 1:
            example = "for example {i: size(shelf.images)}"
            self._problems.add(head.span if head else node.span, "one name and what it goes over is expected", example)
            return SequenceStep(())
        ((variable, (span, over_node)),) = head.entries.items()
        if not is_variable(variable):
            self._problems.add(span, f"expressions cannot call anything {variable!r}", "use another name, such as i")
            variable = "_"
        over = compile_expression(over_node, self._environment, self._problems)
        inner = OrderReader(self._kinds, (*self._environment.names, variable), self._problems)
        steps = inner.read(body) if body else SequenceStep(())
        return ForEachStep(variable, over, steps) if over is not None else SequenceStep(())

    def _help(self) -> str:
        return f"a step is a kind ({', '.join(sorted(self._kinds))}), close, or one of {', '.join(COMBINATORS)}"


def build(step: Step, names: Names[str, Any]) -> Pattern:
    """The pattern of a step for one example's names.

    Raises:
        TemplateError: an expression has no value, or none that can be gone over.
    """
    match step:
        case KindStep(kind, where, at):
            return One(kind, None if where is None else where.render(names), at)
        case CloseStep(codes, at):
            return either(One(CLOSE, {"code": code}, at) for code in codes) if codes else One(CLOSE, None, at)
        case SequenceStep(steps):
            return sequence(build(item, names) for item in steps)
        case EitherStep(alternatives):
            return either(build(item, names) for item in alternatives)
        case RepeatStep(body, at_least, at_most):
            return repeat(build(body, names), at_least, at_most)
        case ForEachStep(variable, over, body):
            return sequence(build(body, {**names, variable: item}) for item in _items(over, names))


def _items(over: Expression, names: Names[str, Any]) -> Iterable[Any]:
    try:
        value = over.evaluate(names)
    except EvaluationError as error:
        message = f"for_each over {over.source}: {error}"
        raise TemplateError(message) from error
    if isinstance(value, list):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_ITEMS:
        return range(value)
    message = f"for_each over {over.source} needs a list or a number up to {MAX_ITEMS:,}, not {value!r}"
    raise TemplateError(message)
