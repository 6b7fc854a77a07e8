"""`docs/faults.md`: what a run says of each fault; those that survive come first."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from tests.faults.judged import Entry, Judged

_SHOWN = 3
_ROW = re.compile(r"^\| `([^`]+)` \|.*\| (\d+) \|$", re.MULTILINE)
_INTRODUCTION = """\
# What a run says of each fault

Made by `make faults`: the bundled contracts, run against the [reference server](reference-server.md) with each fault in
turn. *Broken* are the clauses that failed, those in bold named by the fault's entry; *told as* are the
[classes](diagnosis/README.md) in which those in bold were told.
"""


def wrong(entries: Sequence[Entry], judged: Mapping[str, Judged]) -> list[str]:
    """One line for each fault that no clause noticed, or none that its entry names, or that was told as something else.

    And one if the no-op breaks any.
    """
    lines = []
    for entry in _judged(entries, judged):
        found = judged[entry.name]
        if not entry.killed_by:
            if found.broken or found.problem:
                lines.append(f"{entry.name} changes nothing, and yet: {found.problem or ', '.join(found.broken)}")
        elif found.unjudged:
            lines.append(f"{entry.name} could not be judged: {found.problem}")
        elif found.survived:
            lines.append(f"{entry.name} SURVIVED: {entry.symptom}")
        elif not found.named(entry):
            wanted, broken = ", ".join(entry.killed_by), ", ".join(list(found.broken)[:_SHOWN])
            lines.append(f"{entry.name} was found by no clause that its entry names ({wanted}), but by {broken}")
        elif other := [kind for kind in found.told(entry) if kind not in entry.told_as]:
            lines.append(f"{entry.name} was told as {', '.join(other)}, and not only as {', '.join(entry.told_as)}")
    return lines


def missed(entries: Sequence[Entry], judged: Mapping[str, Judged]) -> list[str]:
    """The faults that were judged, and found by no clause that their entry names."""
    return [entry.name for entry in _judged(entries, judged) if entry.killed_by and not judged[entry.name].named(entry)]


def page(entries: Sequence[Entry], judged: Mapping[str, Judged]) -> str:
    """The whole page."""
    faults = [entry for entry in _judged(entries, judged) if entry.killed_by]
    return "\n".join([_INTRODUCTION, *_summary(faults, entries, judged), *_families(faults, judged)])


def row(entry: Entry, found: Judged) -> str:
    """The row of one fault."""
    named = found.named(entry)
    clauses = [*named, *(clause for clause in found.broken if clause not in named)]
    shown = ", ".join(f"**{clause}**" if clause in named else clause for clause in clauses[:_SHOWN])
    more = f" and {len(clauses) - _SHOWN} more" if len(clauses) > _SHOWN else ""
    told = ", ".join(found.told(entry))
    result = f"{shown}{more}" if clauses else "**none: it survived**"
    if found.unjudged:
        result = f"**not judged** ({found.problem})"
    cells = [f"`{entry.name}`", entry.symptom, result, told, str(found.jobs), f"{found.seconds:.0f}"]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def seconds_of(page: str) -> dict[str, float]:
    """How long the run of each fault took, as its row on a page says."""
    return {name: float(seconds) for name, seconds in _ROW.findall(page)}


def _judged(entries: Sequence[Entry], judged: Mapping[str, Judged]) -> list[Entry]:
    return [entry for entry in entries if entry.name in judged]


def _summary(faults: Sequence[Entry], entries: Sequence[Entry], judged: Mapping[str, Judged]) -> Iterator[str]:
    lines = wrong(entries, judged)
    if lines:
        yield "## Not as it should be\n"
        yield from (f"- {line}" for line in lines)
        yield ""
    left = [entry for entry in entries if entry.killed_by and entry.name not in judged]
    if left:
        yield f"Not run yet: {', '.join(f'`{entry.name}`' for entry in left)}.\n"
    killed = sum(bool(judged[entry.name].broken) for entry in faults)
    named = sum(bool(judged[entry.name].named(entry)) for entry in faults)
    yield f"{killed} of {len(faults)} faults were found, {named} by a clause that their entry names.\n"


def _families(faults: Sequence[Entry], judged: Mapping[str, Judged]) -> Iterator[str]:
    for family, members in groupby(faults, key=lambda entry: entry.family):
        yield f"## {family.replace('_', ' ').capitalize()}\n"
        yield "| fault | what a client sees | broken | told as | jobs | seconds |"
        yield "| --- | --- | --- | --- | ---: | ---: |"
        yield from (row(entry, judged[entry.name]) for entry in members)
        yield ""
