"""The line at the bottom of a terminal: what it says in which width, and that nothing of it stays."""

from __future__ import annotations

import io
import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console

from harness.reporting.console import ConsoleReport, make_console
from harness.reporting.live import live_text
from harness.runner.run_events import CaseFinished, Note, RunStarted, Situation
from tests.unit.reporting.made import SECRET, secrets
from tests.unit.reporting.screen import Screen

if TYPE_CHECKING:
    from harness.runner.results import RunResult

WAITING = Situation(41, 246, 7, 25, "renders/returns-midway 7/25", ("page(2)",), 1.4, 10.0)
PAUSE = Situation(41, 246, 6, 20, "waiting for the rate limit", (), 4.2, 45.0)


def told(situation: Situation, width: int = 200, mark: str = "…") -> str:
    return live_text(situation, "2/18 cases", width, str, mark)


@pytest.mark.parametrize(
    ("situation", "text"),
    [
        (
            WAITING,
            "2/18 cases  41/246 examples  7/25 jobs  renders/returns-midway 7/25: waiting for page(2), 1.4 s of 10 s",
        ),
        (PAUSE, "2/18 cases  41/246 examples  6/20 jobs  waiting 41 s for the rate limit"),
        (Situation(0, 6, 0, None, "renders/works 1/6"), "2/18 cases  0/6 examples  0 jobs  renders/works 1/6"),
        (
            Situation(0, 6, 1, None, "r/works 1/6", ("page(2)", "done"), 12.3),
            "2/18 cases  0/6 examples  1 job  r/works 1/6: waiting for page(2) or done, 12 s",
        ),
        (
            Situation(0, 6, 1, None, "r/works 1/6", ("a", "b", "c"), 130.0, 600.0),
            "2/18 cases  0/6 examples  1 job  r/works 1/6: waiting for a or b or others, 2 min 10 s of 10 min",
        ),
        (Situation(6, 6, 1, None, "shrinking r: order"), "2/18 cases  6/6 examples  1 job  shrinking r: order"),
        (Situation(0, 6, 0, None, "", ("page",), 0.0), "2/18 cases  0/6 examples  0 jobs  waiting for page, 0.0 s"),
    ],
)  # fmt: skip
def test_it_says_what_is_waited_for_and_for_how_long(situation: Situation, text: str) -> None:
    assert told(situation) == text


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (
            104,
            "2/18 cases  41/246 examples  7/25 jobs  renders/returns-midway 7/25: waiting for page(2), 1.4 s of 10 s",
        ),
        (88, "2/18 cases  7/25 jobs  renders/returns-midway 7/25: waiting for page(2), 1.4 s of 10 s"),
        (80, "7/25 jobs  renders/returns-midway 7/25: waiting for page(2), 1.4 s of 10 s"),
        (70, "renders/returns-midway 7/25: waiting for page(2), 1.4 s of 10 s"),
        (50, "renders/returns-midway 7/25: waiti…, 1.4 s of 10 s"),
        (24, "renders/…, 1.4 s of 10 s"),
        (14, "renders…f 10 s"),
        (1, "r"),
    ],
)
def test_a_narrow_terminal_gets_what_matters_most(width: int, text: str) -> None:
    assert told(WAITING, width) == text


@pytest.mark.parametrize("width", range(1, 120))
@pytest.mark.parametrize("mark", ["…", "..."])
def test_it_never_takes_more_than_its_line(width: int, mark: str) -> None:
    wide = replace(WAITING, doing="渲染/很慢 7/25", expected=("本" * 20,))
    for situation in (WAITING, PAUSE, wide):
        assert cell_len(told(situation, width, mark)) <= width


class Watched(io.StringIO):
    """A terminal that knows when something has been written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Semaphore(0)

    def write(self, text: str) -> int:
        if "\x1b[2K" in text:  # the line takes its own place
            self.written.release()
        return super().write(text)


def shown(made: RunResult, width: int = 100, *, ascii_only: bool = False, situation: Situation = WAITING) -> Watched:
    """What a run writes to a terminal, until the line has refreshed itself twice."""
    file = Watched()
    console = Console(file=file, width=width, soft_wrap=True, force_terminal=True, legacy_windows=False, _environ={})
    report = ConsoleReport(console, secrets().redact, ascii_only=ascii_only)
    report(RunStarted("http://t", 2, 6, "7", lambda: situation))
    try:
        for _ in range(3):
            assert file.written.acquire(timeout=30), "the line asks by itself"
        report(Note("the target asks to wait"))
        for one in made.cases:
            report(CaseFinished(one))
    finally:
        report.close()
    return file


def test_it_asks_by_itself_and_goes_without_a_trace(made: dict[str, RunResult]) -> None:
    text = shown(made["passed"]).getvalue()
    screen = Screen()
    screen.write(text)
    assert re.search(r"0/2 cases  .*renders/returns-midway 7/25", text)
    assert re.search(r"2/2 cases  ", text), "it counts the cases"
    assert [line.split("  ")[0] for line in screen.above] == [
        "target http://t", "the target asks to wait", "passed", "passed",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [12, 30, 60, 100])
def test_it_does_not_wrap(made: dict[str, RunResult], width: int) -> None:
    text = shown(made["passed"], width).getvalue()
    lines = [line for line in re.split(r"\x1b\[[\d;?]*[A-Za-z]|[\r\n]", text) if re.match(r"[⠀-⣿] ", line)]
    assert lines
    assert max(map(cell_len, lines)) < width


def test_ascii_is_enough(made: dict[str, RunResult]) -> None:
    odd = replace(WAITING, expected=("größe",))
    assert shown(made["passed"], 60, ascii_only=True, situation=odd).getvalue().isascii()
    assert not shown(made["passed"], 60, situation=odd).getvalue().isascii()


def test_secrets_and_cursors_of_a_target_are_not_in_it(made: dict[str, RunResult]) -> None:
    odd = replace(WAITING, expected=(f"page({SECRET}\x1b[2J\n)",))
    text = shown(made["passed"], 200, situation=odd).getvalue()
    assert SECRET not in text
    assert "page([secret]" in text
    assert "\x1b[2J" not in text


def test_the_cursor_is_there_while_it_runs(made: dict[str, RunResult]) -> None:
    hidden, _, rest = shown(made["passed"]).getvalue().partition("\x1b[?25l")
    assert "renders/" not in hidden
    assert rest.split("\n")[0].count("\x1b[?25h") == 1


def test_a_run_that_comes_to_no_result_leaves_nothing() -> None:
    file = Watched()
    console = Console(file=file, width=80, soft_wrap=True, force_terminal=True, legacy_windows=False, _environ={})
    report = ConsoleReport(console, str)
    report(RunStarted("http://t", 2, 6, "7", lambda: WAITING))
    assert file.written.acquire(timeout=30)
    report.close()
    report.close()
    screen = Screen()
    screen.write(file.getvalue())
    assert len(screen.above) == 1


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"TERM": "dumb"}, {"CI": "1", "FORCE_COLOR": "1"}])
def test_there_is_none_where_it_would_fill_a_log(environment: dict[str, str], made: dict[str, RunResult]) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    file = Terminal()
    report = ConsoleReport(make_console({"TERM": "xterm", **environment}, file), str)

    def unasked() -> Situation:
        raise AssertionError("nobody looks at a live line")

    report(RunStarted("http://t", 2, 6, "7", unasked))
    report.finish(made["passed"])
    assert "\r" not in file.getvalue()
