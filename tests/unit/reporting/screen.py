"""As much of a terminal as the console uses: what stays on it, and what was ever seen of the line at its bottom."""

from __future__ import annotations

import re

from rich.cells import cell_len

_PIECE = re.compile(r"\x1b\[([\d;?]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


class Screen:
    """A terminal of endless width; `lines` is what stands on it now."""

    def __init__(self) -> None:
        self.lines = [""]
        self.widest = 0
        self._row = 0
        self._is_at_start = True

    def write(self, text: str) -> None:
        for numbers, command, move, plain in _PIECE.findall(text):
            if plain:
                self.lines[self._row] = plain if self._is_at_start else self.lines[self._row] + plain
                self._is_at_start = False
                self.widest = max(self.widest, cell_len(self.lines[self._row]))
            elif move == "\n":
                self._row += 1
                self.lines += [""] * (self._row + 1 - len(self.lines))
                self._is_at_start = True
            elif move == "\r":
                self._is_at_start = True
            elif command == "A":
                self._row -= int(numbers or 1)
                assert self._row >= 0, "the cursor left the screen"
            elif command == "K":
                self.lines[self._row] = ""

    @property
    def above(self) -> list[str]:
        """What stands above the cursor; below it there is nothing."""
        assert not any(self.lines[self._row :])
        return self.lines[: self._row]

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)


def seen(text: str) -> str:
    """What stays on a terminal: without colours, and without what was taken away again."""
    screen = Screen()
    screen.write(text)
    return screen.text
