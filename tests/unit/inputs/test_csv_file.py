from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import Phase, find, settings

from harness.inputs import registry
from harness.inputs.csv_file import DEFECTS, STANDARD
from harness.inputs.csv_properties import HOSTILE, PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Drawn: TypeAlias = Callable[..., list[Any]]

CSV = registry()["csv_file"]
QUIET = settings(database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])
BOM = b"\xef\xbb\xbf"
COLUMNS = ["name", 'an "odd", one', "größe"]


@pytest.fixture(autouse=True)
def _long_cells() -> Iterator[None]:
    limit = csv.field_size_limit(2 * 10**7)
    yield
    csv.field_size_limit(limit)


def read(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("windows-1252")
    return [row for row in csv.reader(io.StringIO(text, newline="")) if row and (len(row) > 1 or row[0].strip(" \t"))]


@pytest.mark.parametrize("columns", [COLUMNS, ["email"], ["a", "b"]])
@pytest.mark.parametrize("properties", [None, [], list(PROPERTIES)])
def test_a_reader_gets_the_rows(columns: list[str], properties: list[str] | None, drawn: Drawn) -> None:
    parameters = {"columns": columns, "rows": "1..6"} | ({} if properties is None else {"properties": properties})
    for spec in drawn("csv_file", parameters, 50):
        value = CSV.build(spec)
        header, *rows = read(value["content"])
        assert header == value["header"] == columns
        assert [list(row.values()) for row in value["rows"]] == rows
        assert 1 <= len(rows) <= 6
        assert value["defect"] is None
        if properties == []:
            assert value["content"].isascii() is ("".join(columns).isascii())
            assert "\r" not in value["content"].decode()


SHOWS: dict[str, Callable[[bytes], bool]] = {
    "bom": lambda content: content.startswith(b"\xef\xbb\xbf"),
    "crlf": lambda content: b"\r\n" in content,
    "no-final-newline": lambda content: not content.endswith(b"\n"),
    "quoted": lambda content: b'"a"' in content[:12],
    "stray-quotes": lambda content: bool(re.search(b'(^|[,\n])[^"\n,]+"', content)),
    "blank-lines": lambda content: any(
        not line.strip() for line in content.removeprefix(BOM).removesuffix(b"\n").split(b"\n")
    ),
    "windows-1252": lambda content: content.decode("utf-8", "replace").encode() != content,
    "commas": lambda content: any("," in cell for cell in cells(content)),
    "quotes": lambda content: b'""' in content,
    "newlines": lambda content: any("\n" in cell for cell in cells(content)),
    "non-ascii": lambda content: any(not cell.isascii() for cell in cells(content)),
    "lookalikes": lambda content: any(not re.fullmatch("[a-z]|[A-Z][0-9]", cell) for cell in cells(content)),
    "long-cells": lambda content: len(content) > 3_000,
    "padding": lambda content: any(cell != cell.strip() for cell in cells(content)),
    "empty-cells": lambda content: "" in cells(content),
    "formulas": lambda content: any(cell[:1] in {*"=+-@"} for cell in cells(content)),
    "control-characters": lambda content: any(
        ord(character) < 32 or character == "\x7f" for cell in cells(content) for character in cell
    ),
    "right-to-left": lambda content: any(
        unicodedata.bidirectional(character) in ("R", "AL", "RLO") for character in content.decode()
    ),
    "emoji": lambda content: any(
        ord(character) > 0xFFFF or unicodedata.combining(character) for character in content.decode()
    ),
    "only-quotes": lambda content: any(cell and not cell.strip('"') for cell in cells(content)),
}
"""How each property shows, to Python's own reader."""


def cells(content: bytes) -> list[str]:
    return [cell for row in read(content) for cell in row]


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_shows_where_it_is_asked_for_and_nowhere_else(name: str, drawn: Drawn) -> None:
    def contents(**parameters: object) -> list[bytes]:
        specs = drawn("csv_file", {"columns": ["a", "b"], "properties": [], **parameters}, 25)
        values = [CSV.build(spec) for spec in specs]
        assert all(value["properties"] == parameters.get("having", []) for value in values)
        return [value["content"] for value in values]

    assert all(SHOWS[name](content) for content in contents(having=[name]))
    assert not any(SHOWS[name](content) for content in contents())


def test_several_properties_are_in_one_file(drawn: Drawn) -> None:
    western = {"right-to-left", "emoji", "non-ascii", "bom"}
    for having in (
        [name for name in PROPERTIES if name not in {"windows-1252", "stray-quotes"}],
        [name for name in PROPERTIES if name not in {"quoted", *western}],
    ):
        for spec in drawn("csv_file", {"columns": ["a", "b"], "rows": "1..5", "having": having}, 30):
            value = CSV.build(spec)
            assert value["properties"] == having
            shown = [name for name in having if SHOWS[name](value["content"])]
            assert shown == having, value["content"]


def test_properties_vary(drawn: Drawn) -> None:
    values = [CSV.build(spec) for spec in drawn("csv_file", {"columns": ["a"], "properties": list(PROPERTIES)}, 100)]
    counts = Counter(name for value in values for name in value["properties"])
    assert {*counts} == {*PROPERTIES} - {"empty-cells"}
    assert {len(value["properties"]) for value in values} >= {0, 1, 2, 3, 4}


def test_names_of_groups_stand_for_their_properties() -> None:
    strategy = CSV.strategy({"columns": ["a"], "having": ["hostile"]})
    assert find(strategy, lambda _: True, settings=QUIET)["properties"] == list(HOSTILE)


def test_each_defect_spoils_the_file(drawn: Drawn) -> None:
    seen = Counter()
    for spec in drawn("csv_file", {"columns": ["a", "b"], "defects": list(DEFECTS)}, 60):
        value = CSV.build(spec)
        content, defect = value["content"], value["defect"]
        rows = read(content)
        found = {
            "empty": not content,
            "only-white-space": bool(content) and not content.strip(),
            "header-only": rows == [["a", "b"]],
            "unclosed-quote": content.count(b'"') % 2 == 1,
            "ragged": content.count(b'"') % 2 == 0 and any(len(row) != 2 for row in rows[1:11]),
        }
        assert [name for name, holds in found.items() if holds] == [defect]
        assert value["rows"] == []
        seen[defect] += 1
    assert set(seen) == set(DEFECTS)


def test_filler_makes_up_the_rows_that_are_not_drawn(drawn: Drawn) -> None:
    (spec, *_) = drawn("csv_file", {"columns": ["a", "b"], "rows": 1_000, "properties": []}, 1)
    value = CSV.build(spec)
    assert len(value["rows"]) == len(read(value["content"])) - 1 == 1_000
    assert value["rows"][-1] == {"a": "A1000", "b": "B1000"}


def test_shrinks_to_one_short_row() -> None:
    strategy = CSV.strategy({"columns": ["a", "b"], "properties": list(PROPERTIES)})
    simplest = find(strategy, lambda _: True, settings=QUIET)
    assert CSV.build(simplest)["content"] == b"a,b\nA1,B1\n"
    assert CSV.describe(simplest) == "1 row"


@pytest.mark.parametrize("rows", [1, 500])
def test_a_file_has_the_size_asked_for(rows: int, drawn: Drawn) -> None:
    parameters = {"columns": ["a", "b"], "rows": rows, "size": 10 * 1024 * 1024, "properties": list(PROPERTIES)}
    for spec in drawn("csv_file", parameters, 2):
        value = CSV.build(spec)
        assert value["size"] == len(value["content"]) == 10 * 1024 * 1024
        assert [list(row.values()) for row in value["rows"]] == read(value["content"])[1:]
        assert len(repr(spec)) < 8_000


def test_several_defects_at_once(drawn: Drawn) -> None:
    parameters = {"columns": ["a", "b"], "defects": list(DEFECTS), "together": "1..3"}
    seen = set()
    for spec in drawn("csv_file", parameters, 60):
        value = CSV.build(spec)
        assert value["defect"] == value["defects"][0]
        seen.add(tuple(value["defects"]))
    assert {("unclosed-quote", "ragged"), ("header-only",), ("ragged",)} <= seen
    assert not any("empty" in defects and len(defects) > 1 for defects in seen)
    assert not any("header-only" in defects and len(defects) > 1 for defects in seen)


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"having": ["windows-1252", "bom"]}, "having names 'windows-1252' and 'bom', which no file can have both"),
        ({"having": ["comma"]}, "having has the unknown name 'comma'; known: "),
        ({"having": ["hostile"], "rows": 1}, "having needs 2 rows at least, rows is 1"),
        ({"columns": ["a"], "having": ["empty-cells"]}, "having names 'empty-cells', which a file with these columns"),
        (
            {"columns": ["Ж"], "having": ["windows-1252"]},
            "having names 'windows-1252', which a file with these columns",
        ),
        ({"size": 1_000}, "size must be 200,800 bytes at least for so many rows, got 1000"),
        ({"together": 5}, "together is 5, it must lie within 1..4"),
    ],
)
def test_what_is_wrong_is_told(parameters: dict[str, object], problem: str) -> None:
    assert (CSV.check({"columns": ["a", "b"], **parameters}) or "").startswith(problem)


def test_left_to_itself_it_stays_with_the_standard(drawn: Drawn) -> None:
    values = [CSV.build(spec) for spec in drawn("csv_file", {"columns": ["a", "b"]}, 100)]
    assert {name for value in values for name in value["properties"]} == {*STANDARD}
