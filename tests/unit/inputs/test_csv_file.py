from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import Phase, find, settings

from harness.inputs import registry
from harness.inputs.csv_drawing import PROPERTIES
from harness.inputs.csv_file import DEFECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Drawn: TypeAlias = Callable[..., list[Any]]

CSV = registry()["csv_file"]
QUIET = settings(database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])
COLUMNS = ["name", 'an "odd", one', "größe"]


@pytest.fixture(autouse=True)
def _long_cells() -> Iterator[None]:
    limit = csv.field_size_limit(10**7)
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


@pytest.mark.parametrize(
    ("name", "shows"),
    [
        ("bom", lambda content: content.startswith(b"\xef\xbb\xbf")),
        ("crlf", lambda content: b"\r\n" in content),
        ("no-final-newline", lambda content: not content.endswith(b"\n")),
        ("quoted", lambda content: content.startswith(b'"a"')),
        ("commas", lambda content: any("," in cell for row in read(content) for cell in row)),
        ("quotes", lambda content: b'""' in content),
        ("newlines", lambda content: any("\n" in cell for row in read(content) for cell in row)),
        ("blank-lines", lambda content: any(not line.strip() for line in content.splitlines())),
        ("non-ascii", lambda content: not content.isascii()),
        ("windows-1252", lambda content: content.decode("utf-8", "replace").encode() != content),
        ("long-cells", lambda content: len(content) > 2_000),
        ("padding", lambda content: any(cell != cell.strip() for row in read(content) for cell in row)),
        ("empty-cells", lambda content: any("" in row for row in read(content))),
    ],
)
def test_a_property_shows_only_where_it_is_asked_for(name: str, shows: Callable[[bytes], bool], drawn: Drawn) -> None:
    def shown(properties: list[str]) -> int:
        specs = drawn("csv_file", {"columns": ["a", "b"], "properties": properties}, 60)
        return sum(shows(CSV.build(spec)["content"]) for spec in specs)

    assert shown([name]) > 0
    assert shown([]) == 0


def test_stray_quotes_stand_as_they_are(drawn: Drawn) -> None:
    specs = drawn("csv_file", {"columns": ["a"], "properties": ["quotes", "stray-quotes"]}, 80)
    contents = [CSV.build(spec)["content"] for spec in specs]
    assert all(content.count(b'"') % 2 == 0 for content in contents)
    lines = [line for content in contents for line in content.splitlines()]
    assert any(b'"' in line and not line.startswith(b'"') for line in lines)


def test_each_defect_spoils_the_file(drawn: Drawn) -> None:
    seen = Counter()
    for spec in drawn("csv_file", {"columns": ["a", "b"], "defects": list(DEFECTS)}, 200):
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
    (spec, *_) = drawn("csv_file", {"columns": ["a", "b"], "rows": 1_000}, 1)
    value = CSV.build(spec)
    assert len(value["rows"]) == len(read(value["content"])) - 1 == 1_000
    assert value["rows"][-1] == {"a": "a 980", "b": "b 980"}


def test_shrinks_to_one_short_row() -> None:
    strategy = CSV.strategy({"columns": ["a", "b"], "properties": list(PROPERTIES)})
    simplest = find(strategy, lambda _: True, settings=QUIET)
    assert CSV.build(simplest)["content"] == b"a,b\nA,A\n"
    assert CSV.describe(simplest) == "1 row"
