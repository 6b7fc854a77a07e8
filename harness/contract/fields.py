"""Taking a map apart key by key, so that what is left over is known to be a mistake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.contract.durations import parse_duration
from harness.contract.source import Mapping, Node, Scalar, Sequence, kind_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from harness.contract.problems import Problems, Span

_PATH = re.compile(r"\w+(?:\.\w+)*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOKEN = re.compile(r"[!#$%&'*+.^`|~\w-]+", re.ASCII)
_KEYWORDS = frozenset({
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
    "namespace", "null", "package", "return", "true", "var", "void", "while",
})  # fmt: skip
_TYPES = frozenset({"bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "type", "uint"})


class Fields:
    """The keys of one map of a contract. Take those that mean something, then call `done`."""

    def __init__(self, node: Node, what: str, problems: Problems) -> None:
        """Look into `node`, which is `what` ('a request'); if it is no map, that is noted and it counts as empty."""
        self.span = node.span
        self._what = what
        self._problems = problems
        self._entries: dict[str, tuple[Span, Node]] = {}
        self._known: list[str] = []
        self._is_map = isinstance(node, Mapping)
        if isinstance(node, Mapping):
            self._entries = dict(node.entries)
        else:
            problems.add(node.span, f"{what} is expected here, a map; found {kind_of(node)}")

    def take(self, key: str) -> Node | None:
        """The value of an optional key, if it is there."""
        self._known.append(key)
        entry = self._entries.pop(key, None)
        return entry[1] if entry is not None else None

    def need(self, key: str) -> Node | None:
        """The value of a required key; None, and noted, if it is not there."""
        node = self.take(key)
        if node is None and self._is_map:
            self._problems.add(self.span, f"{self._what} needs {key!r}")
        return node

    def text(self, key: str, *, required: bool = False) -> str | None:
        """A text; numbers and the like are noted as wrong."""
        node = self.need(key) if required else self.take(key)
        return text(node, repr(key), self._problems) if node is not None else None

    def seconds(self, key: str, default: float | None = None) -> float:
        """A duration above zero, in seconds; required unless there is a default."""
        node = self.need(key) if default is None else self.take(key)
        if node is None:
            return default or 0.0
        value = parse_duration(node.value) if isinstance(node, Scalar) else None
        if value is None:
            message = f"{key!r} must be a duration such as 500ms, 5s or 1m; found {kind_of(node)}"
            self._problems.add(node.span, message)
        elif value <= 0:
            self._problems.add(node.span, f"{key!r} must be longer than nothing; found {kind_of(node)}")
        return value or 0.0

    def done(self) -> None:
        """Note every key that nobody took."""
        for key, (span, _) in self._entries.items():
            self._problems.unknown(span, "key", key, self._known)


def is_name(key: str) -> bool:
    """Whether expressions can call something so (CEL, Language Definition, Syntax: IDENT)."""
    return _NAME.fullmatch(key) is not None and key not in _KEYWORDS


def is_variable(key: str) -> bool:
    """Whether something that expressions use by its bare name can be called so: CEL's types have theirs already."""
    return is_name(key) and key not in _TYPES


def check_title(name: str, what: str, span: Span, problems: Problems) -> None:
    """Note a contract, case or clause whose name could not be given to a command or told apart in a report."""
    if name.strip() != name or not name.isprintable() or "/" in name or not name:
        hint = "without '/', blanks at the ends and what cannot be printed; for example connects-late"
        problems.add(span, f"{what} cannot be called {name!r}", hint)


def text(node: Node, what: str, problems: Problems) -> str | None:
    """The node's text; None, and noted, if it is no text."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node.value
    hint = "put it between quotes if it is meant as text" if isinstance(node, Scalar) and node.value is not None else ""
    problems.add(node.span, f"{what} must be a text; found {kind_of(node)}", hint)
    return None


def entries(node: Node | None, what: str, problems: Problems, titles: str = "") -> Iterable[tuple[str, Span, Node]]:
    """Key, key's place and value of a map that may be missing; noted if it is something else.

    With `titles`, which says what they are the names of, each key must do as a title too.
    """
    if node is None:
        return ()
    if isinstance(node, Mapping):
        for key, span, _ in node if titles else ():
            check_title(key, titles, span, problems)
        return tuple(node)
    problems.add(node.span, f"{what} must be a map of names; found {kind_of(node)}")
    return ()


def one_or_more(node: Node) -> tuple[Node, ...]:
    """The items of a list, or the node itself as the only one."""
    return node.items if isinstance(node, Sequence) else (node,)


def is_token(name: str) -> bool:
    """Whether HTTP can carry it as a method or as the name of a header (RFC 9110 5.6.2)."""
    return _TOKEN.fullmatch(name) is not None


def names_in(node: Node | None, what: str, known: Collection[str], problems: Problems) -> tuple[str, ...]:
    """One name or a list of them, each one of the `known`; what else is found is noted."""
    found: list[str] = []
    for item in one_or_more(node) if node is not None else ():
        name = text(item, f"a {what}", problems)
        if name is None:
            continue
        if name in known:
            found.append(name)
        else:
            problems.unknown(item.span, what, name, known)
    if isinstance(node, Sequence) and not node.items:
        problems.add(node.span, f"at least one {what} is expected")
    return tuple(dict.fromkeys(found))


def read_path(node: Node, problems: Problems) -> tuple[str, ...]:
    """The names on the way to a field of a message, written with dots; none, and noted, if it is no such way."""
    if isinstance(node, Scalar) and _PATH.fullmatch(str(node.value)):
        return tuple(str(node.value).split("."))
    problems.add(node.span, f"a path in the message is expected; found {kind_of(node)}", "for example data.id")
    return ()
