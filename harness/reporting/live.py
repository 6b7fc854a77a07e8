"""The live line of a terminal: what is waited for, for how long, and how far the run has come.

It asks for the situation by itself, so nobody has to tell it; it never takes more than one line, and leaves none.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from harness.reporting.words import cut_end, cut_middle, one_line
from harness.trace.units import count, duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from harness.runner.run_events import RunStarted, Situation

TIMES_A_SECOND = 8
MOST_EXPECTED = 2
_WAITING = "waiting for "
_LONG = 10.0


class LiveLine:
    """The line at the bottom of a terminal, from `start` to `stop`; what is printed meanwhile stands above it."""

    def __init__(self, console: Console, told: Callable[[str], str], *, ascii_only: bool) -> None:
        """Prepare the line.

        Args:
            console: an interactive one.
            told: makes any text fit to be shown: without secrets, in the terminal's characters.
            ascii_only: whether nothing but ASCII may be drawn.
        """
        self._told = told
        self._mark = "..." if ascii_only else "…"
        self._spinner = Spinner("line" if ascii_only else "dots")
        self._started: RunStarted | None = None
        self._cases = 0
        self._live = Live(
            self,
            console=console,
            refresh_per_second=TIMES_A_SECOND,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),  # else it goes where somebody wants to have it
        )

    def start(self, run: RunStarted) -> None:
        """Show the line; call `stop` in the end, whatever happens."""
        self._started = run
        self._live.start(refresh=True)
        self._live.console.show_cursor(True)  # a process that is killed would leave the terminal without one

    def case_done(self) -> None:
        """One more case is judged."""
        self._cases += 1

    def stop(self) -> None:
        """Take the line away; harmless if it is not there."""
        self._live.stop()

    def __rich__(self) -> Text:
        """The line as it is now."""
        frame = self._spinner.render(self._live.console.get_time())
        if self._started is None or not isinstance(frame, Text):
            return Text("")
        room = self._live.console.width - 1 - cell_len(frame.plain) - 1  # a full line would wrap on some terminals
        cases = f"{self._cases}/{count(self._started.cases, 'case')}"
        shown = live_text(self._started.situation(), cases, room, self._told, self._mark)
        return Text.assemble(frame, " ", shown, no_wrap=True, end="")


def live_text(situation: Situation, cases: str, width: int, told: Callable[[str], str], mark: str) -> str:
    """The situation in at most `width` cells; what is waited for comes before what is counted."""
    jobs = f"{situation.jobs}/{situation.most_jobs} jobs" if situation.most_jobs else count(situation.jobs, "job")
    examples = f"{situation.done}/{count(situation.total, 'example')}"
    doing = told(one_line(_doing(situation)))
    for counted in ((cases, examples, jobs), (cases, jobs), (jobs,)):
        line = "  ".join([*counted, doing])
        if cell_len(line) <= width:
            return line
    return _cut(doing, told(one_line(_time(situation))), width, mark)


def _cut(doing: str, time: str, width: int, mark: str) -> str:
    """What is done, without its middle; how long it takes is kept as long as anything is."""
    head = doing.removesuffix(time)
    room = width - cell_len(time)
    if not time or head == doing or room < cell_len(mark) + 2:
        return cut_middle(doing, width, mark)
    return cut_end(head.rstrip(", "), room - 2, mark) + f", {time}"


def _doing(situation: Situation) -> str:
    doing, time = situation.doing, _time(situation)
    if doing.startswith(_WAITING) and situation.limit is not None:  # such as for the rate limit: how long still
        left = _ticking(max(situation.limit - situation.waited, 0.0))
        return f"waiting {left} for {doing.removeprefix(_WAITING)}"
    expected = " or ".join(situation.expected[:MOST_EXPECTED])
    if len(situation.expected) > MOST_EXPECTED:
        expected += " or others"
    if expected:
        doing = f"{doing}: waiting for {expected}" if doing else f"waiting for {expected}"
    return ", ".join(part for part in (doing, time) if part)


def _time(situation: Situation) -> str:
    if situation.limit is not None:
        return f"{_ticking(situation.waited)} of {duration(situation.limit)}"
    return _ticking(situation.waited) if situation.expected or situation.waited else ""


def _ticking(seconds: float) -> str:
    """A time that goes on, without digits that flicker: `1.4 s`, `41 s`, `2 min 5 s`."""
    return f"{seconds:.1f} s" if seconds < _LONG else duration(float(round(seconds)))
