"""What is left of a file of books when a reader fails on it: what a person would have written to show the fault."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest

from harness.inputs import registry
from harness.inputs.csv_books_properties import PROPERTIES
from harness.runner.drawing import draw, shrink, spec_key

CSV = registry()["csv_books"]
ALL = {"properties": list(PROPERTIES)}
JOBS = 30


def decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("windows-1252")


def rows(content: bytes) -> list[list[str]]:
    csv.field_size_limit(10**7)
    return list(csv.reader(io.StringIO(decoded(content), newline="")))


def some_cell(pattern: str) -> Callable[[bytes], bool]:
    return lambda content: any(re.fullmatch(pattern, cell, re.DOTALL) for row in rows(content)[1:] for cell in row)


FAULTS: dict[str, tuple[dict[str, object], Callable[[bytes], bool], bytes]] = {
    "a BOM": ({}, lambda content: content.startswith(b"\xef\xbb\xbf"), b"\xef\xbb\xbftitle,author\nT1,A1\n"),
    "CRLF": ({}, lambda content: b"\r\n" in content, b"title,author\r\nT1,A1\r\n"),
    "a quoted comma": ({}, some_cell("T1?,.*"), b'title,author\n"T1,b",A1\n'),
    "a newline in quotes": ({}, some_cell(".*\n.*"), b'title,author\n"T1\nb",A1\n'),
    "Windows-1252": (
        {},
        lambda content: content.decode("utf-8", "replace").encode() != content,
        "title,author\nT1é,A1\n".encode("windows-1252"),
    ),
    "nothing but quotes": (ALL, some_cell('"+'), b'title,author\n"""",A1\n'),
    "an ISBN as Goodreads has it": (
        {"export": "hand-made"},
        some_cell('="[0-9]+"'),
        b'title,author,isbn\nT1,A1,"=""9799202600002"""\n',
    ),
    "more than 5 rows": (
        {},
        lambda content: len([row for row in rows(content) if row and "".join(row).strip()]) > 6,
        b"title,author\nT1,A1\nT2,A2\nT3,A3\nT4,A4\nT5,A5\nT6,A6\n",
    ),
    "a row of another width": (
        {"rows": "1..30"},
        lambda content: (lines := rows(content)) != [] and max(map(len, lines[1:])) > len(lines[0]),
        b"title,author\n%sT11,A11,extra\n" % b"".join(b"T%d,A%d\n" % (n, n) for n in range(1, 11)),
    ),
    "no title": ({}, lambda content: any(not row["title"] for row in reported(content)), b"title,author\n,A1\nT2,A2\n"),
    "doubled quotes": ({}, some_cell('".*[a-zA-Z].*'), b'title,author\n"""b""T1",A1\n'),
    "a hyphened ISBN": ({}, some_cell("979-[-0-9]+"), b"title,author,isbn\nT1,A1,979-9-2026-0000-2\n"),
    "an emoji": (ALL, lambda content: max(map(ord, decoded(content))) > 0xFFFF, "title,author\nT1😀,A1\n".encode()),
    "no newline at the end": ({}, lambda content: not content.endswith(b"\n"), b"title,author\nT1,A1"),
    "capitals in the header": ({}, lambda content: b"TITLE" in content.split(b"\n")[0], b"TITLE,AUTHOR\nT1,A1\n"),
    "two columns of authors": ({}, some_cell("X1"), b"authors,title,author\nX1,T1,A1\n"),
    "a formula": (ALL, some_cell(r"=1\+1"), b"title,author\n=1+1,A1\n"),
    "a very long cell": ({}, some_cell(".{2000,}"), b"title,author\n" + b"T1-" * 1_000 + b",A1\n"),
    "a column that is in front": (
        {},
        lambda content: rows(content)[0][0].lower() == "author",
        b"author,title\nA1,T1\n",
    ),
    "more than 25 rows": (
        {"rows": "1..40"},
        lambda content: content.count(b",A") > 25,
        b"title,author\n" + b"".join(b"T%d,A%d\n" % (n, n) for n in range(1, 27)),
    ),
}


def reported(content: bytes) -> list[dict[str, str]]:
    header, *data = rows(content)
    names = [name.strip().lower() for name in header]
    titles = [names.index(name) for name in ("title", "book title") if name in names]
    return [{"title": row[titles[0]].strip()} for row in data if len(row) == len(header) and titles]


def shrunk(parameters: dict[str, object], fails: Callable[[bytes], bool]) -> tuple[bytes, int]:
    """What is left of a file that fails, and how many files had to be tried besides those that were drawn."""
    strategy = CSV.strategy(parameters)
    for seed in range(1, 40):
        known = {spec_key(spec): fails(CSV.build(spec)["content"]) for spec in draw(strategy, 25, seed)}
        if any(known.values()):
            break
    tried: list[str] = []

    def check(spec: object) -> bool:
        key = spec_key(spec)
        if key not in known:
            known[key] = fails(CSV.build(spec)["content"])
            tried.append(key)
        return known[key]

    smallest = shrink(strategy, 25, seed, check)
    assert smallest is not None
    key = spec_key(smallest)
    return CSV.build(smallest)["content"], tried.index(key) + 1 if key in tried else 0


def test_what_is_left_is_minimal_in_thirty_jobs_for_nine_faults_in_ten() -> None:
    found = {name: shrunk(parameters, fails) for name, (parameters, fails, _) in FAULTS.items()}
    minimal = {name: content == FAULTS[name][2] for name, (content, _) in found.items()}
    late = {name: (jobs, content[:80]) for name, (content, jobs) in found.items() if jobs > JOBS or not minimal[name]}
    assert len(FAULTS) == 20
    assert len(late) <= 2, late
    assert sum(minimal.values()) >= 19, late


@pytest.mark.parametrize("style", ["goodreads", "librarything", "storygraph"])
def test_an_export_that_is_asked_for_stays_one(style: str) -> None:
    content, jobs = shrunk({"export": style}, lambda content: content.startswith(b"\xef\xbb\xbf"))
    assert len(rows(content)) == 2
    assert len(rows(content)[0]) > 20
    assert jobs <= JOBS
