"""CEL, the expression language of contracts, behind one adapter.

The library's runtime errors do not raise by themselves: it answers with a value of type ERROR that is true as a
Python object. Here they do raise, and whoever wants a yes or a no must get a BOOL.

The library also cuts text and bytes that it is given off at a NUL: where there is one it is given something else, which
is turned back in the value. In an order of texts, and for `matches`, that comes as no NUL does. An expression that is
but a path, such as a file to upload, is answered without the library where that can be.

Source: the Common Expression Language, https://github.com/google/cel-spec.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel

from harness.errors import HarnessError
from harness.expressions.fitting import SURROGATE, fitting, holds_nul, literal_without_nul, with_nul, without_nul
from harness.expressions.immortal import keep_none
from harness.expressions.parts import ABSENT, looked_up, only, parts_of, path_of
from harness.expressions.vocabulary import MAX_NAMES, Vocabularies, Vocabulary, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.expressions.parts import Parts
    from harness.trace.events import Json
    from harness.trace.verdicts import Place

MAX_STEPS = 10_000
_GIVEN_UP = "Iteration budget exceeded"
# Patterns of what the library tells of mistakes are compiled once there is one.
_POSITION = r"ERROR: <input>:(\d+):(\d+): (.*)"
_UNDECLARED = r"undeclared reference to '([^']+)'"
_MISSING_KEY = r"(?s)Key not found in map : (?:\"(.*)\"|'(.*)'|(.*))"
_NO_VALUE = r'No value with name "(.*)" found in Activation'
_NO_OVERLOAD = r"No matching overloads found : ([^(]+)(?:\((.*)\))?"
_DOES_NOT_FIT = "^Integer value '|construction from null"
"""What the library says of an integer of more than 64 bits, and of text with a lone surrogate."""
_PATH = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*(?!\w*\()|\[\d+\])+")
_IDENTIFIER = re.compile(r"(?<!\w)(?<![\w)\]}'\"`]\.)[A-Za-z_]\w*")
_TEXT = re.compile(
    r"""
    //[^\n]*
    | `[^`]*`
    | \b[bB]?[rR][bB]?(?:\"{3}.*?\"{3} | '{3}.*?'{3} | "[^"]*" | '[^']*')
    | (?:\b[bB])?(?:\"{3}(?:\\.|[^\\])*?\"{3} | '{3}(?:\\.|[^\\])*?'{3} | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*')
    """,
    re.VERBOSE | re.DOTALL,
)
"""A comment, a quoted field, a raw text, a text."""
_COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_BRACKET_OR_OPERATOR = re.compile(r"[(\[{)\]}]|==|!=|<=|>=|<|>|&&|\|\||\?|\bin\b")
_LITERAL = r"-?[0-9.]+|true|false|null|'[^']*'|\"[^\"]*\"|\{\}|\[\]"
_VOCABULARIES = Vocabularies()
_LONGEST_SHOWN = 80
_LONGEST_TOLD = 200
_OPERATORS = {"<jump_condition>": "?:", "<iter_range>": "a macro such as all or map"}


class ExpressionError(HarnessError):
    """An expression that does not compile.

    Attributes:
        problem: what is wrong.
        line: 1-based, in the expression.
        column: 1-based, in characters; where the compiler points, for an unknown name at it or right behind it.
        unknown: the name that nothing declares, if that is the problem.
        more: the same of other names in it that nothing declares.
    """

    def __init__(
        self, problem: str, line: int, column: int, unknown: str | None, more: tuple[ExpressionError, ...] = ()
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.column = column
        self.unknown = unknown
        self.more = more


class EvaluationError(Exception):
    """An expression that gives no value for these names; whose fault that is, the caller knows."""


class TooManyStepsError(HarnessError):
    """CEL gives up on an expression: its loops take more than `MAX_STEPS` for these names. Nobody else is wrong."""

    def __init__(self, expression: Expression) -> None:
        """Say it of `expression`."""
        place = f"{expression.place.file}:{expression.place.line}: " if expression.place is not None else ""
        super().__init__(
            f"{place}{_shortened(expression.source, _LONGEST_SHOWN)}: its loops take more than {MAX_STEPS:,} steps for "
            "what came; unique(list) and sorted(list) are one step each, and a case may leave the clause out (off)"
        )


class Expression:
    """One compiled expression. Make it with `Environment.compile`.

    Attributes:
        source: as it was written.
        roots: the declared names that it uses.
        mentions: the dotted paths in it, such as `last.complete.books`.
        place: where it is written, if that is known.
    """

    def __init__(self, source: str, compiled: Any, environment: Environment) -> None:  # noqa: ANN401 - untyped library
        self.source = source
        self._writes_nul = _for_library(source) != source
        self.mentions = _mentioned(source)
        self.roots = _identifiers(source) & environment.names
        self._compiled = compiled
        self._type = compiled.return_type()
        self._environment = environment
        self.place: Place | None = None

    def at(self, place: Place) -> Expression:
        """The same expression, as it stands at `place`."""
        found = Expression.__new__(Expression)
        found.__dict__.update(self.__dict__)
        found.place = place
        return found

    @cached_property
    def _path(self) -> tuple[Any, ...]:
        """Its steps, if it is but a path."""
        return path_of(self.source)

    @cached_property
    def _parts(self) -> Parts:
        """What it looks at of the values of its names."""
        return parts_of(_without_text(self.source), self.roots)

    @property
    def names(self) -> frozenset[str]:
        """Those that are declared where it stands, whether it uses them or not."""
        return self._environment.names

    @property
    def is_path(self) -> bool:
        """Whether it is but a name, or a path that begins with one."""
        return bool(self._path)

    @property
    def may_be_bool(self) -> bool:
        """Whether its type is BOOL, or only known when it is evaluated."""
        return self._type in (cel.Type.BOOL, cel.Type.DYN)

    @property
    def may_be_counted(self) -> bool:
        """Whether its type is a list or a whole number, or only known when it is evaluated."""
        kind = self._type
        return kind in (cel.Type.INT, cel.Type.DYN) or kind.name().startswith("LIST")

    def evaluate(self, names: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value, or bytes
        """The value for these names: plain JSON, or bytes.

        Raises:
            EvaluationError: a missing field, values that do not fit, a name without a value.
            TooManyStepsError: its loops do not come to an end soon enough.
        """
        try:
            found = looked_up(self._path, names)
            if found is not ABSENT:
                return found
            return self._value(only(self._parts, names))
        except RecursionError as error:
            raise EvaluationError("its value is nested too deeply") from error
        except RuntimeError as error:  # loops without end, and text that is no Unicode, such as a lone surrogate
            if _GIVEN_UP in str(error):
                raise TooManyStepsError(self) from error
            raise EvaluationError(f"it could not be evaluated: {_shortened(str(error), _LONGEST_TOLD)}") from error

    def _value(self, names: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value, or bytes
        if not (self._writes_nul or holds_nul(names)):
            return _plain(self._result(names).plain_value())
        return with_nul(_plain(self._result(without_nul(names)).plain_value()))

    def _result(self, names: dict[str, Any]) -> Any:  # noqa: ANN401 - untyped library
        """What the library makes of these names; with the nearest that CEL has, where they hold what it has not."""
        try:
            return self._successful(names)
        except (EvaluationError, RuntimeError) as error:
            if not re.search(_DOES_NOT_FIT, str(error)):
                raise
            return self._successful({name: fitting(value) for name, value in names.items()})

    def _successful(self, names: dict[str, Any]) -> Any:  # noqa: ANN401 - untyped library
        keep_none()
        result = self._compiled.eval(data=names)
        if result.type() == cel.Type.ERROR:
            raise EvaluationError(_told(str(result.value())))
        return result

    def holds(self, names: Mapping[str, Any]) -> bool:
        """Whether it is true for these names.

        Raises:
            EvaluationError: as `evaluate`, and if its value is no BOOL.
        """
        value = self.evaluate(names)
        if not isinstance(value, bool):
            raise EvaluationError(f"it gave {_shortened(repr(value), _LONGEST_SHOWN)}, not true or false")
        return value

    def values(self, names: Mapping[str, Any]) -> str:
        """What it compares and mentions, as it is here, for a report: `msg.total = 2, size(shelf.images) = 3`."""
        bare = sorted(root for root in self.roots if not any(path.startswith(f"{root}.") for path in self.mentions))
        plain = [root for root in bare if not isinstance(names.get(root), dict)]
        compared = comparison(self.source)
        both = (compared[0], compared[2]) if compared is not None else ()
        sides = [side for side in both if side not in self.roots and not re.fullmatch(_LITERAL, side)]
        told = (self._shown(part, names) for part in (*sides, *self.mentions, *plain))
        return ", ".join(dict.fromkeys(filter(None, told)))

    def _shown(self, path: str, names: Mapping[str, Any]) -> str:
        try:
            value = self._environment.compile(path).evaluate(names)
        except (ExpressionError, EvaluationError):
            return ""  # a loop variable of a macro, or the missing field that the report names anyway
        if isinstance(value, list | dict):
            return f"size({path}) = {len(value)}"
        return f"{path} = {_shortened(repr(value), _LONGEST_SHOWN)}"


class Environment:
    """The names that an expression may use, and the functions that CEL lacks.

    These are `sum(list)`, `range(n)`, `unique(list)`, `sorted(list)` and `base64_size(text)`.
    """

    def __init__(self, names: Iterable[str], schemas: Mapping[str, Json] | None = None) -> None:
        """Names are of any type, but for those of which a JSON Schema tells it: with these, more does not compile."""
        self.names = frozenset(names)
        self._kinds = {name: kind_of((schemas or {}).get(name)) for name in self.names}
        self._compiled: dict[str, Expression] = {}

    def prepare(self) -> None:
        """Make ready for expressions with any of its names; cheaper before the first one than name by name."""
        if len(self.names) <= MAX_NAMES:
            _VOCABULARIES.find(self.names, self._kinds)

    def compile(self, source: str) -> Expression:
        """Compile `source`.

        Raises:
            ExpressionError: it is no CEL, or uses a name that is not in `names`.
        """
        if source not in self._compiled:
            surrogate = SURROGATE.search(source)
            if surrogate is not None:
                before = source[: surrogate.start()].split("\n")
                raise ExpressionError(f"{surrogate.group()!r} is no character", len(before), len(before[-1]) + 1, None)
            program = self._program(source)
            if _for_library(source) != source:  # compiled twice, so that a mistake is told where it stands
                program = self._program(_for_library(source))
            self._compiled[source] = Expression(source, program, self)
        return self._compiled[source]

    def _program(self, source: str) -> Any:  # noqa: ANN401 - untyped library
        identifiers = _identifiers(source)
        with suppress(RuntimeError):
            return _VOCABULARIES.compile(source, identifiers, self._kinds)
        with suppress(RuntimeError):  # where another name cannot be declared at all, that is no matter of this one
            return Vocabulary({name: kind for name, kind in self._kinds.items() if name in identifiers}).compile(source)
        try:  # told of all names that there are
            return Vocabulary(self._kinds).compile(source)
        except RuntimeError as error:
            raise _compile_error(str(error)) from error


@lru_cache(maxsize=256)
def environment(names: frozenset[str]) -> Environment:
    """The environment for these names, of any type; the same one for the same names, with what it has compiled."""
    return Environment(names)


@lru_cache(maxsize=1024)
def blanked(source: str) -> str:
    """The expression with each text and comment in it, quotes included, replaced by as many `'`."""
    return _TEXT.sub(lambda text: "'" * len(text.group()), source)


@lru_cache(maxsize=1024)
def comparison(source: str) -> tuple[str, str, str] | None:
    """Left side, operator and right side of an expression that is one comparison; None of any other."""
    blank = blanked(source)
    depth, found = 0, []
    for piece in _BRACKET_OR_OPERATOR.finditer(blank):
        depth += (piece.group() in _OPENING) - (piece.group() in _CLOSING)
        if depth == 0 and piece.group() not in _CLOSING:
            found.append(piece)
    if len(found) != 1 or found[0].group() not in _COMPARISONS:
        return None
    (operator,) = found
    return source[: operator.start()].strip(), operator.group(), source[operator.end() :].strip()


@lru_cache(maxsize=1024)
def _identifiers(source: str) -> frozenset[str]:
    return frozenset(_IDENTIFIER.findall(_without_text(source)))


@lru_cache(maxsize=1024)
def _mentioned(source: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.group() for match in _PATH.finditer(_without_text(source))))


@lru_cache(maxsize=1024)
def _without_text(source: str) -> str:
    return _TEXT.sub(" '' ", source)


@lru_cache(maxsize=1024)
def _for_library(source: str) -> str:
    """The expression with what stands for a NUL in place of each NUL in its texts."""
    return _TEXT.sub(lambda text: literal_without_nul(text.group()), source)


def _compile_error(text: str) -> ExpressionError:
    found = [_one_error(match) for match in re.finditer(_POSITION, text)]
    if not found:
        return ExpressionError(text.splitlines()[0], 1, 1, None)
    first, *others = found
    if first.unknown is not None:
        first.more = tuple(other for other in others if other.unknown is not None)
    return first


def _one_error(match: re.Match[str]) -> ExpressionError:
    line, column = int(match.group(1)), int(match.group(2))
    problem = match.group(3).removesuffix(" [INVALID_ARGUMENT]")
    undeclared = re.search(_UNDECLARED, problem)
    if undeclared is None:
        return ExpressionError(problem.removeprefix("Syntax error: "), line, column, None)
    unknown = undeclared.group(1).split(".")[0]
    return ExpressionError(f"nothing here is called {unknown!r}", line, column, unknown)


def _told(error: str) -> str:
    """The library's words in this project's: `error` is a code in capitals, a colon and a message."""
    missing = re.search(_MISSING_KEY, error)
    if missing is not None:
        double, single, other = missing.groups()
        return f"there is no {other or repr(double if double is not None else single)}"
    no_value = re.search(_NO_VALUE, error)
    if no_value is not None:
        return f"{no_value.group(1)!r} has no value here"
    if "Applying SELECT to non-message type" in error:
        return "it asks for a field of what is no object"
    overload = re.search(_NO_OVERLOAD, error)
    if overload is not None:
        return _not_for(*overload.groups())
    return _shortened(error.partition(": ")[2] or error, _LONGEST_TOLD)


def _not_for(function: str, types: str | None) -> str:
    name = _OPERATORS.get(function) or function.strip("@")
    operator = name if name.isidentifier() else name.replace("_", "")
    given = re.sub(r"\bu?int64\b", "int", f"({types})") if types is not None else "what it is given"
    return f"{operator if ' ' in operator else repr(operator)} cannot be used with {given}"


def _shortened(text: str, length: int) -> str:
    return f"{text[:length]}..." if len(text) > length else text


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value, or bytes
    match value:
        case bytearray():
            return bytes(value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {_key(key): _plain(item) for key, item in value.items()}
        case None | bool() | int() | float() | str() | bytes():
            return value
        case _:
            raise EvaluationError(f"it gave a {type(value).__name__}, which JSON does not have")


def _key(key: Any) -> str:  # noqa: ANN401 - any key that CEL allows
    if not isinstance(key, str):
        raise EvaluationError(f"it gave an object with the key {key!r}, JSON has only texts there")
    return key
