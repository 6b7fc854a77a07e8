from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import Phase, find, settings

from harness.inputs import registry
from harness.inputs.book_columns import EXPORTS
from harness.inputs.csv_books_drawing import DEFECTS
from harness.inputs.csv_text import settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Drawn: TypeAlias = Callable[..., list[Any]]

CSV = registry()["csv_books"]
QUIET = settings(database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])
AUTHORS = ("author", "authors", "primary author", "author name")
EDGE = " \t\r\n\xa0"


@pytest.fixture(autouse=True)
def _long_cells() -> Iterator[None]:
    limit = csv.field_size_limit(10**7)
    yield
    csv.field_size_limit(limit)


def text_of(content: bytes) -> str:
    """UTF-8, with or without BOM, or else Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        assert not content.startswith(b"\xef\xbb\xbf"), "a BOM before invalid UTF-8"
        return content.decode("windows-1252")


def lines_of(text: str) -> list[list[str]]:
    """The rows as Python's own reader has them, without blank lines."""
    assert not re.search(r"\r(?!\n)", text), "a bare CR"
    rows = csv.reader(io.StringIO(text, newline=""))
    return [row for row in rows if row and not (len(row) == 1 and not row[0].strip(" \t"))]


def isbn_in(by_name: dict[str, str]) -> str | None:
    for name in ("isbn13", "isbn", "isbn/uid", "isbns"):
        value = by_name.get(name, "").strip(EDGE)
        if name == "isbns":
            value = value.replace(",", " ").replace(";", " ").split(" ")[0]
        value = "".join(character for character in value.upper() if character in "0123456789X")
        if value:
            return value
    return None


def judged(content: bytes) -> tuple[set[str], list[dict[str, str | None]], int, int]:
    """Reasons why the file cannot be used; its books, errors and data rows."""
    text = text_of(content)
    if not text.strip():
        return {"only-white-space" if text else "empty"}, [], 0, 0
    reasons = {"unclosed-quote"} if text.count('"') % 2 else set()
    header, *data = lines_of(text)
    names = [name.strip(EDGE).lower() for name in header]
    title = next((name for name in names if name in ("title", "book title")), None)
    author = next((name for name in AUTHORS if name in names), None)
    books = []
    for row in data:
        by_name = dict(zip(names, row, strict=False))
        if len(row) == len(names) and title and author:
            found = by_name[title].strip(EDGE), by_name[author].strip(EDGE)
            if all(found):
                books.append({"title": found[0], "author": found[1], "isbn": isbn_in(by_name)})
    reasons |= {"header-only"} if not data else set()
    reasons |= {"too-many-rows"} if len(data) > 10_000 else set()
    reasons |= {"one-column"} if len(names) < 2 else set()
    reasons |= {"ragged"} if any(len(row) != len(names) for row in data[:10]) else set()
    reasons |= {"no-title-column"} if title is None else set()
    reasons |= {"no-author-column"} if author is None else set()
    reasons |= {"no-importable-row"} if not books else set()
    return reasons, books, len(data) - len(books), len(data)


@pytest.mark.parametrize(("rows", "count"), [("1..8", 300), ("11..30", 80)])
def test_the_truth_about_usable_files(rows: str, count: int, drawn: Drawn) -> None:
    low, high = map(int, rows.split(".."))
    for spec in drawn("csv_books", {"rows": rows}, count):
        value = CSV.build(spec)
        reasons, books, errors, total = judged(value["content"])
        assert not reasons, spec
        assert (value["usable"], value["defect"]) == (True, None)
        assert (value["books"], value["errors"], value["rows"]) == (books, errors, total), spec
        assert low <= total <= high
        assert books


def test_the_truth_about_unusable_files(drawn: Drawn) -> None:
    seen = Counter()
    for spec in drawn("csv_books", {"form": "unusable", "rows": "1..5"}, 200):
        value = CSV.build(spec)
        reasons, *_, count = judged(value["content"])
        assert value["defect"] in reasons, spec
        assert (value["usable"], value["books"], value["errors"]) == (False, [], 0)
        if value["defect"] != "unclosed-quote":
            assert value["rows"] == count
        seen[value["defect"]] += 1
    assert set(seen) == set(DEFECTS)


# What comes with a defect of itself. A file that has another reason too would be refused for it by a server that does
# not know the defect.
WITH = {
    "header-only": {"no-importable-row"},
    "one-column": {"no-importable-row", "no-title-column", "no-author-column"},
    "unclosed-quote": {"ragged"},
    "no-title-column": {"no-importable-row"},
    "no-author-column": {"no-importable-row"},
    "ragged": {"no-importable-row"},
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_the_only_reason(defect: str, drawn: Drawn) -> None:
    specs = drawn("csv_books", {"form": "unusable", "defects": [defect], "rows": "2..12"}, 10)
    assert {spec["defect"] for spec in specs} == {defect}
    for spec in specs:
        reasons, *_ = judged(CSV.build(spec)["content"])
        assert reasons - {defect} <= WITH.get(defect, set())
        assert CSV.describe(spec).startswith(f"{defect}, ")


def test_usable_files_have_everything_that_must_work(drawn: Drawn) -> None:
    seen: Counter[str] = Counter()
    examples = 600
    for spec in drawn("csv_books", {"rows": "1..14"}, examples):
        content = CSV.build(spec)["content"]
        text = text_of(content)
        header, *data = lines_of(text)
        cells = [cell for row in data for cell in row]
        seen["BOM"] += content.startswith(b"\xef\xbb\xbf")
        seen["CRLF"] += b"\r\n" in content
        seen["no final newline"] += not content.endswith(b"\n")
        seen["comma"] += any("," in cell for cell in cells)
        seen["doubled quote"] += '""' in text
        seen["newline in quotes"] += any("\n" in cell for cell in cells)
        seen["blank line"] += bool(re.search(r"^[ \t]*\r?\n", text, re.MULTILINE))
        seen["blank first line"] += bool(re.match(r"[ \t]*\r?\n", text))
        seen["non-ASCII"] += not text.isascii()
        seen["Windows-1252"] += text.encode() not in (content, content[3:])
        seen["long cell"] += any(len(cell) > 5_000 for cell in cells)
        seen["Goodreads' ISBN unquoted"] += bool(re.search(r'(^|,)="[0-9Xx]+"(,|$)', text, re.MULTILINE))
        seen["hyphened ISBN"] += any(re.fullmatch("979-.*-.*", cell) for cell in cells)
        seen["lower-case x"] += any(re.fullmatch("[0-9]{9}x", cell) for cell in cells)
        seen["several ISBNs"] += any(re.fullmatch(r"[-0-9X]{10,}[,; ].+", cell) for cell in cells)
        seen["no-break space at an edge"] += any(cell != cell.strip("\xa0") for cell in cells)
        seen["padded header"] += any(cell != cell.strip(EDGE) for cell in header)
        seen["upper header"] += any(cell.isupper() for cell in header)
        names = [cell.strip(EDGE).lower() for cell in header]
        authors = [names.index(name) for name in AUTHORS if name in names]
        titles = [names.index(name) for name in ("title", "book title") if name in names]
        seen["author before title"] += min(authors) < min(titles)
        seen["second author column first"] += authors != sorted(authors)
        seen["two author columns"] += len(authors) == 2
        seen["row of another width"] += any(len(row) != len(header) for row in data)
        seen["row of nothing"] += any(not "".join(row).strip(EDGE) for row in data)
        for service, names in EXPORTS.items():
            seen[service] += tuple(header) == names
    few = {trait: count for trait, count in seen.items() if count < 2}
    assert not few
    assert seen["no final newline"] < examples


def test_what_is_called_windows_1252_cannot_be_read_as_utf_8(drawn: Drawn) -> None:
    western = 0
    for spec in drawn("csv_books", {"rows": "1..8"}, 300):
        content = CSV.build(spec)["content"]
        assert (content.decode("utf-8", "replace").encode() != content) is ("Windows-1252" in CSV.describe(spec))
        western += "Windows-1252" in CSV.describe(spec)
    assert western > 5
    layout = {"encoding": "windows-1252"}
    assert settled(layout, "Ã©".encode("windows-1252")) == {"encoding": "utf-8"}
    assert settled(layout, "é".encode("windows-1252")) == layout


def test_no_cell_ends_in_other_white_space_than_is_trimmed(drawn: Drawn) -> None:
    for spec in drawn("csv_books", {"rows": "1..8"}, 300):
        for row in lines_of(text_of(CSV.build(spec)["content"])):
            for cell in row:
                assert cell.strip(EDGE) == cell.strip().strip("\ufeff\u200b\u180e")


def test_shrinks_to_one_short_row_under_title_and_author() -> None:
    simplest = find(CSV.strategy({}), lambda _: True, settings=QUIET)
    assert CSV.build(simplest)["content"] == b"title,author\nA,A\n"
    assert CSV.describe(simplest) == "1 row"
    three = find(CSV.strategy({}), lambda spec: len(spec["rows"]) > 2, settings=QUIET)
    assert CSV.build(three)["content"] == b"title,author\nA,A\nA,A\nA,A\n"


def test_large_files_need_a_small_spec(drawn: Drawn) -> None:
    (spec, *_) = drawn("csv_books", {"rows": 10_000}, 1)
    value = CSV.build(spec)
    assert judged(value["content"])[0] == set()
    assert value["rows"] == 10_000
    assert len(repr(spec)) < 10_000
    (spec, *_) = drawn("csv_books", {"form": "unusable", "defects": ["too-many-rows"]}, 1)
    assert CSV.build(spec)["rows"] == 10_001
    assert len(repr(spec)) < 300


def test_exports_have_a_title_and_author_and_no_column_twice() -> None:
    for names in EXPORTS.values():
        assert len(set(names)) == len(names)
        reasons, *_ = judged(",".join(names).encode())
        assert reasons == {"header-only", "no-importable-row"}


def test_builds_what_the_spec_says() -> None:
    spec = {
        "header": [" ISBN ", "Title", "AUTHORS", "author", "isbns"],
        "rows": [
            {"cells": {" ISBN ": '="043942089x"', "Title": " A, \u00a0", "author": 'B "b"', "AUTHORS": "no"}},
            {"blank": "\t"},
            {"cells": {"Title": "C", "AUTHORS": "D"}},
            {"cells": {"Title": "E", "author": "F", "isbns": "979-9; 1"}, "extra": 1},
            {"cells": {" ISBN ": '=""', "Title": "E", "author": "F", "isbns": "979-9; 1"}},
        ],
        "filler": 1,
        "layout": {
            "leading": [" "],
            "bom": True,
            "newline": "crlf",
            "final_newline": False,
            "encoding": "utf-8",
            "quotes": "stray",
        },
    }
    value = CSV.build(spec)
    assert value["content"].decode("utf-8-sig") == "\r\n".join(
        [
            " ",
            " ISBN ,Title,AUTHORS,author,isbns",
            '="043942089x"," A, \u00a0",no,B "b",',
            "\t",
            ",C,D,,",
            ",E,,F,979-9; 1,extra",
            '="",E,,F,979-9; 1',
            ",filler 1,filler 1,filler 1,",
        ]
    )
    assert value["books"] == [
        {"title": "A,", "author": 'B "b"', "isbn": "043942089X"},
        {"title": "E", "author": "F", "isbn": "9799"},
        {"title": "filler 1", "author": "filler 1", "isbn": None},
    ]
    assert (value["rows"], value["errors"], value["filename"]) == (5, 2, "books.csv")
    told = "5 rows, BOM, CRLF, no final newline, blank lines first, quotes stray"
    assert CSV.describe(spec) == told
    assert CSV.describe({**spec, "header": "goodreads"}) == told.replace("rows,", "rows, goodreads columns,")
