"""What is wrong with a contract, told with its place, its line and a caret."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from harness.errors import HarnessError
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_SHOWN = 160


class Document(NamedTuple):
    """One YAML file: its path as the user gave it, and its lines."""

    file: str
    lines: tuple[str, ...]


class Span(NamedTuple):
    """A piece of one line of a document; lines and columns are 1-based, `length` in characters."""

    document: Document
    line: int
    column: int
    length: int = 1


class Problem(NamedTuple):
    """One thing that is wrong: where, what, and what to do."""

    span: Span
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """Place and message, then the line with a caret, then the hint."""
        span = self.span
        told = [f"{span.document.file}:{span.line}:{span.column}: {self.message}"]
        if span.line <= len(span.document.lines):
            line, column = _excerpt(span.document.lines[span.line - 1], span.column)
            number = f"{span.line:5d} | "
            before, under = line[: column - 1], line[column - 1 : column - 1 + max(span.length, 1)]
            told.append(f"{number}{line}")
            told.append(f"{' ' * (len(number) - 2)}| {_blank(before)}{'^' * max(len(_blank(under)), 1)}")
        if self.hint:
            told.append(f"  {self.hint}")
        return "\n".join(told)


class ContractError(HarnessError):
    """A contract that cannot be used; its text tells every problem, in the order of the files, each once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        once: dict[tuple[str, int, int, str], Problem] = {}
        for problem in problems:
            span = problem.span
            once.setdefault((span.document.file, span.line, span.column, problem.message), problem)
        self.problems = tuple(problem for _, problem in sorted(once.items(), key=lambda item: item[0][:3]))
        super().__init__("\n\n".join(str(problem) for problem in self.problems))


class Problems:
    """Collects what is wrong, so that everything is told in one go."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, span: Span, message: str, hint: str = "") -> None:
        """Note one problem."""
        self.found.append(Problem(span, message, hint))

    def unknown(self, span: Span, what: str, name: str, known: Iterable[str]) -> None:
        """Note that `name` is not one of the `known` ones: 'unknown kind 'progres''."""
        self.add(span, f"unknown {what} {name!r}", did_you_mean(name, known))

    def raise_any(self) -> None:
        """Go on only if nothing is wrong.

        Raises:
            ContractError: something is.
        """
        if self.found:
            raise ContractError(self.found)


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """The line, or of a very long one the part around the column, without what cannot be shown; the column in it."""
    line = "".join(one if one.isprintable() or one == "\t" else "\N{REPLACEMENT CHARACTER}" for one in line)
    if len(line) <= MAX_SHOWN:
        return line, column
    start = max(column - 1 - MAX_SHOWN // 2, 0)
    return line[start : start + MAX_SHOWN], column - start


def _blank(text: str) -> str:
    """Blanks as wide as the text in a terminal."""
    return "".join(one if one == "\t" else " " * _width(one) for one in text)


def _width(character: str) -> int:
    """In columns of a terminal (UAX #11)."""
    if character.isascii():
        return 1
    return 0 if combining(character) else 2 if east_asian_width(character) in ("W", "F") else 1


def case_of(names: Sequence[str]) -> str:
    """The first of these cases and how many there are besides: `case 'works' (and 3 more)`."""
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    return f"case {names[0]!r}{more}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The names there are, and the nearest one: `here: init, complete. Did you mean 'init'?`."""
    names = sorted(set(known))
    guess = nearest(name, names)
    return f"here: {', '.join(names) or 'none'}.{' ' if guess else ''}{guess}"


def nearest(name: str, known: Iterable[str]) -> str:
    """The nearest of more names than one would list: `Did you mean 'init'?`; empty if none is near."""
    near = get_close_matches(name, sorted(set(known)))
    best = sorted(near, key=lambda one: sorted(one) != sorted(name))[:1]  # the same letters, in another order, first
    return f"Did you mean {best[0]!r}?" if best else ""
