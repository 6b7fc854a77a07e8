"""The console: a line a case, each failure once, a summary; on a terminal also what is being waited for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from harness.reporting.findings import failure_lines, known_lines, outcome_lines, waived_line
from harness.reporting.live import LiveLine
from harness.reporting.messages import heard_line
from harness.reporting.summary import (
    NARROW,
    case_line,
    drawn_table,
    excused_lines,
    fitted,
    last_line,
    note_lines,
    plain,
    rows,
)
from harness.reporting.words import STYLES, encodable, one_line, wrapped
from harness.runner.run_events import CaseFinished, Heard, Note, RunEvent, RunStarted
from harness.trace.units import count
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TextIO

    from harness.reporting.words import Line
    from harness.runner.results import CaseResult, RunResult

HANGING = "    "
_NO_CI = ("", "0", "false")


class PipeConsole(Console):
    """A console whose reader may leave (`harness run | head`): then it falls silent, and the run goes on to its end."""

    def on_broken_pipe(self) -> None:
        """Let what is still printed go nowhere."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def make_console(environment: Mapping[str, str], stream: TextIO) -> PipeConsole:
    """The console for a stream: colours and a live line where a terminal can show them.

    `NO_COLOR`, `FORCE_COLOR`, `TERM` and `COLUMNS` are honoured; where `CI` is set the stream is no terminal, whatever
    it says of itself.
    """
    in_ci = environment.get("CI", "").lower() not in _NO_CI
    is_plain = in_ci and not environment.get("FORCE_COLOR")
    return PipeConsole(
        file=stream,
        soft_wrap=True,
        force_terminal=False if is_plain else None,
        force_interactive=False if in_ci or not stream.isatty() else None,
        _environ=environment,
    )


class ConsoleReport:
    """Prints run events as they come; everything goes through `redact` first. Call `close` in the end."""

    def __init__(
        self, console: Console, redact: Callable[[str], str], *, verbosity: int = 0, ascii_only: bool = False
    ) -> None:
        """Prepare to print.

        Args:
            console: such as `make_console` makes.
            redact: masks secrets.
            verbosity: -1 for failures and the last line only, 0 for a line a case too, 1 for each message too.
            ascii_only: draw and print nothing but ASCII, also where the stream's encoding could do more.
        """
        self._console = console
        self._redact = redact
        self._verbosity = verbosity
        self._encoding = "ascii" if ascii_only else console.encoding
        self._is_ascii = not self._encoding.lower().startswith("utf")
        self._live: LiveLine | None = None

    def __call__(self, event: RunEvent) -> None:
        """Print what `event` has to say."""
        if self._verbosity < 0:
            return
        match event:
            case RunStarted():
                self._begin(event)
            case CaseFinished(result):
                self._case(result)
            case Note(text):
                self._line(text, "dim")
            case Heard() if self._verbosity > 0:
                width = self._console.width if self._console.is_interactive else None
                self._line(heard_line(event, self._redact, width), "dim")

    def close(self) -> None:
        """Take away the live line."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def finish(self, result: RunResult) -> None:
        """Print the failures, each cause once, and the summary."""
        self.close()
        for block in self._blocks(result):
            for style, line in block:
                self._prose(line, style)
            self._line("")
        if self._verbosity > 0:
            for style, line in excused_lines(result):
                self._prose(line, style)
        if self._verbosity >= 0 or result.verdict is not Verdict.PASSED:
            for style, line in note_lines(result):
                self._prose(line, style)
        has_table = self._verbosity >= 0 and (self._verbosity > 0 or self._console.is_interactive)
        has_table = has_table and self._table(result)
        style, line = last_line(result, short=has_table)
        self._prose(line, style)

    def _begin(self, run: RunStarted) -> None:
        told = f"{count(run.cases, 'case')}, {count(run.examples, 'example')}"
        self._prose(f"target {run.target}   {told}, seed {run.seed}")
        if self._console.is_interactive:
            self._live = LiveLine(self._console, self._told, ascii_only=self._is_ascii)
            self._live.start(run)

    def _case(self, result: CaseResult) -> None:
        verdict, told = case_line(result, self._console.width if self._console.is_interactive else None)
        if self._live is not None:
            self._live.case_done()
        text = Text.assemble((one_line(verdict), STYLES[result.verdict]), one_line(told))
        self._print(text)
        if result.inconclusive:
            self._prose(f"  {result.inconclusive}")

    def _blocks(self, result: RunResult) -> Iterator[Iterable[Line]]:
        """What stands between the cases and the summary, the worst last: there people begin to read."""
        known = [finding for finding in result.findings if finding.known]
        unknown = [finding for finding in result.findings if not finding.known]
        if self._verbosity >= 0:
            if result.cases:
                yield ()
            if result.waived:
                yield [waived_line(waived) for waived in result.waived]
            yield from (known_lines(finding, result) for finding in known)
            yield from (failure_lines(finding) for finding in unknown if finding.recommended)
        yield from (failure_lines(finding) for finding in unknown if not finding.recommended)
        yield from (outcome_lines(outcome) for outcome in result.known if outcome.is_broken)

    def _table(self, result: RunResult) -> bool:
        """Print the numbers of each contract; False if there are none, or no room for them."""
        width = self._console.width
        table = None
        for narrow in (True,) if width < NARROW else (False, True):
            cells = [[self._told(one_line(cell)) for cell in row] for row in rows(result, narrow=narrow)]
            table = table or fitted(cells, width, "..." if self._is_ascii else "…")
        if table is None or not result.cases:
            return False
        if any(True for _ in note_lines(result)):
            self._line("")
        if self._console.is_interactive and not self._is_ascii and width >= NARROW:
            self._console.print(drawn_table(table))
        else:
            for line in plain(table):
                self._line(line)
        self._line("")
        return True

    def _prose(self, line: str, style: str = "") -> None:
        """A line that may be long: on a terminal it goes on below its beginning, but for a command to be copied."""
        words = self._told(one_line(line))
        if not self._console.is_interactive or words.startswith("  replay: "):
            self._line(line, style)
            return
        for piece in wrapped(words, self._console.width, HANGING):
            self._print(Text(piece, style))

    def _line(self, line: str, style: str = "") -> None:
        self._print(Text(one_line(line), style))

    def _told(self, text: str) -> str:
        return encodable(self._redact(text), self._encoding)

    def _print(self, text: Text) -> None:
        told = Text(self._told(text.plain), text.style)
        if told.plain == text.plain:
            told = text
        self._console.print(told, soft_wrap=True, highlight=False)
