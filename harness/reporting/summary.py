"""What a run came to: the notes, the line at the very end, and the table above it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from harness.reporting.tally import Standing, drawn, excused, not_exercised, tallies, tally
from harness.reporting.words import NAME_WIDTH, STYLES, cut_middle, listed
from harness.runner.results import KnownState
from harness.trace.units import count, duration
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator

    from harness.reporting.tally import Tally
    from harness.reporting.words import Line
    from harness.runner.findings import Finding
    from harness.runner.results import CaseResult, RunResult

_T = TypeVar("_T", Verdict, Standing)
NARROW = 80
SHORTEST_NAME = 8
WHOLE = "all"
NOTHING_OF_YOUR_CHANGE = "this says nothing of your change"
NOT_SAID = "what the target said lacks what the client is to send: your change may be why"
_GAP = "  "
_HEADERS = {Standing.KNOWN: "known", Standing.RECOMMENDED: "recommended"}


def excused_lines(result: RunResult) -> Iterator[Line]:
    """The clauses that nothing exercised and that need not be, with the reason."""
    for name, reason in excused(result).items():
        yield "dim", f"not exercised, and need not be: {name}: {reason}"


def advised_lines(findings: Iterable[Finding]) -> Iterator[Line]:
    """The recommended clauses that are broken, in one line."""
    advised = {
        clause for finding in findings if finding.recommended and not finding.known for clause in finding.clauses
    }
    if advised:
        clauses = count(len(advised), "recommended clause")
        yield "yellow", f"{clauses} broken, which fails nothing (but with --strict): {listed(sorted(advised))}"


def note_lines(result: RunResult) -> Iterator[Line]:
    """What there is to say besides the failures: what is only advised, was not exercised, not judged, not run."""
    verdict = result.verdict
    yield from advised_lines(result.findings)
    idle = not_exercised(result) if verdict is Verdict.PASSED else []  # else it may be for what went wrong
    if idle:
        yield "yellow", f"{count(len(idle), 'clause')} not exercised by any example: {listed(idle)}"
    unknown = [outcome.clause for outcome in result.known if outcome.state is KnownState.UNJUDGED]
    if unknown:
        yield "yellow", f"{count(len(unknown), 'known failure')} not judged: {listed(unknown)}"
    if result.budget:
        skipped = count(sum(case.skipped for case in result.cases), "example")
        yield "yellow", f"{result.budget}: {skipped} not run (--max-jobs allows more)"
    if result.stopped:
        yield "yellow", f"the run did not finish: {result.stopped}"
    if verdict is Verdict.INCONCLUSIVE:
        yield from _unjudged_lines(result)
    if verdict is Verdict.ERROR:
        yield "bold red", "nothing was judged: no example exercised a clause"


def _unjudged_lines(result: RunResult) -> Iterator[Line]:
    """What could not be judged, by whether it says something of the change."""
    unjudged = [case for case in result.cases if case.verdict is Verdict.INCONCLUSIVE]
    for said, told in ((False, NOTHING_OF_YOUR_CHANGE), (True, NOT_SAID)):
        names = [case.case.full_name for case in unjudged if case.not_said is said]
        if names or (not said and not unjudged):
            named = f": {listed(names)}" if names else ""
            yield "yellow", f"not judged to the end, {'and' if said else 'so'} {told}{named}"


def of_the_change(case: CaseResult) -> str:
    """What it says of the change that a case could not be judged."""
    told = NOT_SAID if case.not_said else NOTHING_OF_YOUR_CHANGE
    return f"{told[0].upper()}{told[1:]}."


def last_line(result: RunResult, *, short: bool = False) -> Line:
    """The verdict and the numbers, in one line; the short one leaves out what a table says."""
    verdict, whole = result.verdict, tally(result)
    is_yours = verdict is not Verdict.INCONCLUSIVE or result.not_said
    word = verdict.label if is_yours else f"{verdict.label}, not your change"
    parts = [f"{count(whole.cases, 'case')}{_told(whole.verdicts)}"]
    if not short:
        parts.append(examples(whole.examples, whole.drawn))
        parts += [f"{count(whole.clauses.total(), 'clause')}{_told(whole.clauses)}"] if whole.clauses else []
        parts.append(f"{count(whole.jobs, 'job')}{f' ({result.cost})' if result.cost else ''}")
    return STYLES[verdict], f"{word}: {', '.join(parts)} in {duration(result.seconds)}"


def case_line(result: CaseResult, width: int | None) -> tuple[str, str]:
    """A case in one line, in two parts: its verdict, then its name and as many of its numbers as `width` has room for.

    Args:
        result: of the case.
        width: of the terminal; None where lines may be long.
    """
    most = drawn(result)
    judged = count(most, "example") if result.examples == most else f"{result.examples}/{count(most, 'example')}"
    each = f"{duration(result.seconds / result.examples)} each" if result.examples else ""
    numbers = [f" {judged:>12}", f"  {count(result.jobs, 'job'):>8}", f"  {each:>13}"]
    let_through = _let_through(result)
    label, name = f"{result.verdict.label:<12} ", result.case.full_name
    if width is None:
        return label, f"{name:<{NAME_WIDTH}}{''.join(numbers)}{let_through}".rstrip()
    while numbers and len(label) + cell_len(name) + len("".join(numbers)) > width:
        numbers.pop()
    room = max(width - len(label) - len("".join(numbers)), SHORTEST_NAME)
    line = f"{cut_middle(name, room):<{min(NAME_WIDTH, room)}}{''.join(numbers)}"
    fits = len(label) + cell_len(line) + len(let_through) <= width
    return label, f"{line}{let_through if fits else ''}".rstrip()


def _let_through(result: CaseResult) -> str:
    """What else there is to say of a case: what fails nothing, what came on top, what the jobs were too fast for."""
    known = sum(bool(one.known) for one in result.failures)
    advised = sum(one.recommended and not one.known for one in result.failures)
    told = [f"+{result.shrunk} while shrinking"] if result.shrunk else []
    told += [f"{result.outran} outrun by the job"] if result.outran else []
    told += [count(known, "known failure")] if known else []
    told += [f"{count(advised, 'recommended clause')} broken"] if advised else []
    return f"   {', '.join(told)}" if told else ""


def examples(judged: int, drawn: int) -> str:
    """`3 examples`, or `2 of 3 examples` if not all were judged."""
    return f"{judged} of {count(drawn, 'example')}" if judged < drawn else count(judged, "example")


def _told(counted: Counter[_T]) -> str:
    told = ", ".join(f"{counted[one]} {one.label}" for one in sorted(counted, reverse=True))
    return f" ({told})" if told else ""


def rows(result: RunResult, *, narrow: bool) -> list[list[str]]:
    """A table: the header, a row a contract, and the whole run below; the narrow one has fewer columns."""
    whole, parts = tally(result), tallies(result)
    if len(parts) == 1:  # it is the whole
        whole, parts = replace(whole, name=parts[0].name), []
    columns = _columns(result, narrow)
    return [[name for name, _ in columns], *([cell(part) for _, cell in columns] for part in [*parts, whole])]


def _columns(result: RunResult, narrow: bool) -> list[tuple[str, Callable[[Tally], str]]]:
    """The name of each column, and what it says of a contract; cost and time are those of the whole run."""
    standings = {one for part in tallies(result) for one in part.clauses}
    rare = (*(() if narrow else (Standing.RECOMMENDED,)), Standing.KNOWN, Standing.INCONCLUSIVE)
    told = (Standing.FAILED, *(one for one in rare if one in standings))
    told += () if narrow else (Standing.NOT_EXERCISED,)
    columns: list[tuple[str, Callable[[Tally], str]]] = [
        ("contract", lambda part: part.name or WHOLE),
        ("cases", lambda part: str(part.cases)),
        ("examples", lambda part: f"{part.examples}/{part.drawn}"),
        ("clauses passed", lambda part: str(part.clauses[Standing.PASSED])),
        *((_HEADERS.get(one, one.label), partial(_clauses, one)) for one in told),
        ("jobs", lambda part: str(part.jobs)),
    ]
    if not narrow:
        is_one = len({case.case.contract for case in result.cases}) == 1
        of_all = [("cost", result.cost)] if result.cost else []
        of_all.append(("time", duration(result.seconds)))
        columns += [(name, partial(_of_the_whole, text, is_one)) for name, text in of_all]
    return columns


def _clauses(standing: Standing, part: Tally) -> str:
    return str(part.clauses[standing])


def _of_the_whole(text: str, is_one: bool, part: Tally) -> str:
    return text if is_one or not part.name else ""


def fitted(table: list[list[str]], width: int, mark: str) -> list[list[str]] | None:
    """The table with its names cut so that it fits; None if there is no room for it."""
    names = max(cell_len(row[0]) for row in table)
    others = sum(max(cell_len(row[column]) for row in table) + len(_GAP) for column in range(1, len(table[0])))
    room = width - others
    if room < min(names, SHORTEST_NAME):
        return None
    return [[cut_middle(row[0], room, mark), *row[1:]] for row in table]


def plain(table: list[list[str]]) -> list[str]:
    """The table in aligned columns, the first to the left and the others to the right."""
    widths = [max(cell_len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = []
    for row in table:
        first = row[0] + " " * (widths[0] - cell_len(row[0]))
        rest = [" " * (width - cell_len(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append(_GAP.join([first, *rest]).rstrip())
    return lines


def drawn_table(table: list[list[str]]) -> Table:
    """The table for a terminal that can do lines and colours."""
    header, *body = table
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", show_edge=False)
    for name in header:
        shown.add_column(name, justify="left" if name == header[0] else "right", no_wrap=True)
    for row in body:
        cells = [Text(cell) for cell in row]
        failed = cells[header.index(Standing.FAILED.label)]
        failed.stylize("" if failed.plain == "0" else STYLES[Verdict.FAILED])
        shown.add_row(*cells)
    return shown
