"""Writing YAML with comments, so that the contract language reads back just what was meant.

Texts are written plain only where no reader could take them for anything else.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.trace.events import Json

WIDTH = 100
COMMENT_COLUMN = 34
WIDEST = 118
_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./()-]*(?: [A-Za-z0-9_./()-]+)*|[0-9]+(?:ms|s|m)")
_PLAIN_IN_BLOCK = re.compile(r"[A-Za-z_/$][\x21-\x7e]*(?: [\x21-\x7e]+)*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Guess:
    """Something guessed: the line at which it stands, 1-based, what was guessed, and what that rests on."""

    line: int
    what: str
    why: str


class Lines:
    """Lines of YAML as they are added, and the guesses among them."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self.guesses: list[Guess] = []

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(f"{line}\n" for line in self._lines)

    def add(self, indent: int, text: str, comment: str = "", guess: str = "", label: str = "") -> None:
        """Add a line.

        Args:
            indent: how many spaces before it.
            text: what stands there; several lines are allowed with only a comment above them.
            comment: a remark.
            guess: what the line rests on, if it was guessed.
            label: what the author is asked to confirm; the text if empty.
        """
        comment = f"guessed: {guess}" if guess else comment
        line = f"{' ' * indent}{text}"
        if comment:
            beside = f"{line:<{COMMENT_COLUMN}}  # {comment}"
            if len(beside) <= WIDEST:
                line = beside
            else:
                self.comment(indent, comment)
        self._lines.append(line)
        if guess:
            self.guesses.append(Guess(len(self._lines), label or text.removeprefix("- ").rstrip(":"), guess))

    def remark(self, indent: int, guess: str, label: str) -> None:
        """Add a guess that is but a comment."""
        self.comment(indent, f"guessed: {guess}")
        self.guesses.append(Guess(len(self._lines), label, guess))

    def comment(self, indent: int, *comments: str) -> None:
        """Add lines of comment; a long one is wrapped."""
        room = WIDEST - 2 - indent
        for comment in comments:
            line = comment if len(comment) <= room else ""
            for word in comment.split(" ") if not line else ():
                if line and len(line) + 1 + len(word) > room:
                    self._lines.append(f"{' ' * indent}# {line}")
                    line = word
                else:
                    line = f"{line} {word}" if line else word
            self._lines.append(f"{' ' * indent}# {line}".rstrip())

    def blank(self) -> None:
        """Add an empty line."""
        self._lines.append("")

    def value(self, indent: int, key: str, value: Json, comment: str = "", guess: str = "", label: str = "") -> None:
        """Add a key with its value: on one line if it fits, else in block style."""
        written = f"{scalar(key)}: {block(value)}"
        if len(written) + indent <= WIDTH or not isinstance(value, dict | list) or not value:
            self.add(indent, written, comment, guess, label)
            return
        self.add(indent, f"{scalar(key)}:", comment, guess, label)
        self.nested(indent + 2, value)

    def nested(self, indent: int, value: Json) -> None:
        """Add the entries of a map, or the items of a list, in block style."""
        if isinstance(value, dict):
            for key, item in value.items():
                self.value(indent, key, item)
            return
        for item in value:
            written = f"- {block(item)}"
            if len(written) + indent <= WIDTH or not isinstance(item, dict | list) or not item:
                self.add(indent, written)
            else:
                self.add(indent, "-")
                self.nested(indent + 2, item)


def flow(value: Json) -> str:
    """A value in flow style, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


def scalar(value: Json) -> str:
    """A text, number, yes or no, or null."""
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS and len(value) <= WIDTH:
        return value
    return _quoted(value)


def block(value: Json) -> str:
    """A value where no bracket is around it: more texts can be plain there."""
    if not isinstance(value, str):
        return flow(value)
    plain = _PLAIN_IN_BLOCK.fullmatch(value) and ": " not in value and " #" not in value and value[-1] != ":"
    return value if plain and value.lower() not in _WORDS else _quoted(value)


def _quoted(value: str) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
