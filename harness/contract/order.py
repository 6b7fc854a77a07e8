"""The order of messages as a contract writes it, read into steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.fields import Fields, is_variable, one_or_more, read_path
from harness.contract.overlaps import check_items, check_parts
from harness.contract.problems import Problems
from harness.contract.source import Mapping, Node, Scalar, kind_of, place
from harness.contract.source import Sequence as SequenceNode
from harness.contract.steps import (
    MAX_ITEMS,
    CloseStep,
    EitherStep,
    ForEachStep,
    InterleaveStep,
    KindStep,
    RepeatStep,
    SequenceStep,
    Step,
)  # fmt: skip
from harness.contract.templates import TemplateError, compile_expression, compile_template
from harness.expressions.cel import Expression, environment
from harness.trace.events import CLOSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "COMBINATORS", "QUIET", "CloseStep", "EitherStep", "ForEachStep", "InterleaveStep", "KindStep", "OrderReader",
    "RepeatStep", "SequenceStep", "Step",
]  # fmt: skip

COMBINATORS = ("either", "optional", "repeat", "interleave", "for_each")
QUIET = "quiet"
"""The last step of an order, in the place of a close: nothing more comes. Whoever reads the socket takes it off."""


class OrderReader:
    """Reads steps; kinds and names are checked, what is wrong is noted in `problems`."""

    def __init__(
        self, kinds: Iterable[str], names: Iterable[str], problems: Problems, captured: Iterable[str] = ()
    ) -> None:
        """Steps may use `names`; of these, `captured` come from earlier messages."""
        self._kinds = frozenset(kinds)
        self._captured = frozenset(captured)
        self._environment = environment(frozenset(names))
        self._problems = problems

    def read(self, node: Node) -> Step:
        """A step, or a list of steps."""
        if isinstance(node, SequenceNode):
            return self._sequence(node)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return self._kind(node.value, node, None)
        if isinstance(node, Mapping) and node.entries:
            return self._combinator(node)
        self._problems.add(node.span, f"a step of the order is expected here; found {kind_of(node)}", self._help())
        return SequenceStep(())

    def _sequence(self, node: SequenceNode) -> Step:
        reader, steps = self, []
        for item in node.items:
            steps.append(reader.read(item))
            last = steps[-1]
            if isinstance(last, KindStep) and last.takes:
                reader = reader._knowing(name for name, _ in last.takes)
        return SequenceStep(tuple(steps))

    def _knowing(self, taken: Iterable[str]) -> OrderReader:
        """A reader of the steps behind a message that brought these names."""
        names = tuple(taken)
        return OrderReader(self._kinds, (*self._environment.names, *names), self._problems, (*self._captured, *names))

    def _combinator(self, node: Mapping) -> Step:
        key = next((key for key in COMBINATORS if key in node.entries), None) or next(
            (key for key in node.entries if key != "capture"), "capture"
        )
        span, value = node.entries[key]
        others = [other for name, (other, _) in node.entries.items() if name != key]
        if key == QUIET and QUIET not in self._kinds:
            message = "quiet is the last step of the whole order, in the place of a close"
            self._problems.add(span, message, "for example order: [..., done, {quiet: 2s}]")
            return SequenceStep(())
        if key not in (*COMBINATORS, "close") and "capture" in node.entries and key != "capture":
            return self._capturing(key, node)
        known = (*self._kinds, *COMBINATORS, CLOSE)
        if others and key not in ("repeat", "for_each") and key in known:
            message = f"the step {key!r} stands alone; put each step in an item of its own"
            self._problems.add(others[0], message, self._help())
        match key:
            case "either":
                return self._either(value)
            case "optional":
                return EitherStep((self.read(value), SequenceStep(())))
            case "interleave":
                return self._interleave(value)
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

    def _interleave(self, value: Node) -> Step:
        if not isinstance(value, SequenceNode) or not value.items:
            message = f"interleave needs a list of the parts to mix; found {kind_of(value)}"
            self._problems.add(value.span, message, "for example interleave: [[a, b], c]")
            return SequenceStep(())
        parts = tuple(self.read(item) for item in value.items)
        check_parts(parts, self._problems)
        return InterleaveStep(parts)

    def _capturing(self, kind: str, node: Mapping) -> Step:
        fields = Fields(node, f"a {kind}", self._problems)
        fields.take(kind)
        fields.take("capture")
        fields.done()
        takes = node.entries["capture"][1]
        span, where = node.entries[kind]
        step = self._kind(kind, Scalar(kind, span), where)
        return step._replace(takes=tuple(self._takes(takes))) if isinstance(step, KindStep) else step

    def _takes(self, node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
        if not isinstance(node, Mapping) or not node.entries:
            message = f"names, and where in the message their values stand, are expected; found {kind_of(node)}"
            self._problems.add(node.span, message, "for example {job: data.id}")
            return
        for name, (span, path) in node.entries.items():
            if not is_variable(name):
                self._problems.add(span, f"expressions cannot call anything {name!r}", "use another name, such as job")
            elif name in self._environment.names:
                self._problems.add(span, f"{name!r} has a meaning here already", "use another name")
            elif steps := read_path(path, self._problems):
                yield name, steps

    def _alone(self, node: Node) -> None:
        """Note each text that uses what an earlier message brought for more than a lone `${name}`."""
        if isinstance(node, Mapping | SequenceNode):
            for inner in (value for _, _, value in node) if isinstance(node, Mapping) else node.items:
                self._alone(inner)
            return
        template = compile_template(node, self._environment, Problems())
        used = sorted(template.roots & self._captured)
        lone = isinstance(template.compiled, Expression) and template.compiled.source.strip() in self._captured
        if used and not lone:
            message = f"{used[0]!r} is known only once its message has come; it can but stand alone"
            self._problems.add(node.span, message, f"write '${{{used[0]}}}' and nothing else")

    def _kind(self, kind: str, node: Node, where: Node | None) -> Step:
        if kind == CLOSE:
            return CloseStep((), place(node.span), node.span)
        if kind not in self._kinds:
            steps = COMBINATORS if where is not None else ()
            self._problems.unknown(node.span, "kind", kind, (*self._kinds, *steps))
        template = None
        if isinstance(where, Mapping):
            template = compile_template(where, self._environment, self._problems)
            self._alone(where)
        elif where is not None and not (isinstance(where, Scalar) and where.value is None):
            message = f"what this {kind} contains is expected, a map; found {kind_of(where)}"
            self._problems.add(where.span, message)
        captured = self._captured & template.roots if template is not None else frozenset()
        return KindStep(kind, template, place(node.span), captured=captured, span=node.span)

    def _close(self, value: Node) -> Step:
        codes: list[int] = []
        if isinstance(value, SequenceNode) and not value.items:
            self._problems.add(value.span, "at least one close code is expected", "write close alone for any")
        for item in one_or_more(value):
            if isinstance(item, Scalar) and isinstance(item.value, int) and 1000 <= item.value <= 4999:
                codes.append(item.value)
            else:
                self._problems.add(item.span, f"a close code from 1000 to 4999 is expected; found {kind_of(item)}")
        return CloseStep(tuple(codes), place(value.span), value.span)

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
        interleaved = self._yes_or_no(fields.take("interleaved"))
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
        brought = over.roots & self._captured if over is not None else frozenset()
        later = over is not None and over.source.strip() in self._captured
        if brought and not later:
            told = f"{min(brought)!r} is known only once its message has come; a loop can but go over all of it"
            self._problems.add(over_node.span, told, f"write {min(brought)} and nothing else, or use an input")
        captured = self._captured | {variable} if later else self._captured - {variable}
        inner = OrderReader(self._kinds, (*self._environment.names, variable), self._problems, captured)
        steps = inner.read(body) if body else SequenceStep(())
        if interleaved:
            check_items(variable, steps, self._captured, self._problems)
        if over is None:
            return SequenceStep(())
        step = ForEachStep(variable, over, steps, interleaved, later)
        if not over.roots:  # the same for all examples
            self._check_items(step, over_node)
        return step

    def _check_items(self, step: ForEachStep, node: Node) -> None:
        """Note a loop that uses no names, and over which no example could go."""
        try:
            step.items({})
        except TemplateError as error:
            self._problems.add(node.span, str(error))

    def _yes_or_no(self, node: Node | None) -> bool:
        if node is None or (isinstance(node, Scalar) and isinstance(node.value, bool)):
            return node is not None and node.value is True
        self._problems.add(node.span, f"interleaved is true or false; found {kind_of(node)}")
        return False

    def _help(self) -> str:
        return f"a step is a kind ({', '.join(sorted(self._kinds))}), close, or one of {', '.join(COMBINATORS)}"
