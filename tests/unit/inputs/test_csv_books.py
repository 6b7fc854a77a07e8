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
from harness.inputs.book_exports import STYLES
from harness.inputs.csv_books_drawing import DEFECTS
from harness.inputs.csv_books_properties import ODD_ROWS, PROPERTIES, STANDARD, possible
from harness.inputs.csv_properties import EXCLUDES, HOSTILE
from reference_server.csv_books import read_library
from reference_server.csv_text import UnusableCsv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Drawn: TypeAlias = Callable[..., list[Any]]

CSV = registry()["csv_books"]
QUIET = settings(database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])
AUTHORS = ("author", "authors", "primary author", "author name")
EDGE = " \t\r\n\xa0"


@pytest.fixture(autouse=True)
def _long_cells() -> Iterator[None]:
    limit = csv.field_size_limit(2 * 10**7)
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


def judged(content: bytes) -> tuple[set[str], list[dict[str, str | None]], list[dict[str, object]], int]:
    """Reasons why the file cannot be used; its books, the rows that are reported, and how many data rows there are."""
    text = text_of(content)
    if not text.strip():
        return {"only-white-space" if text else "empty"}, [], [], 0
    reasons = {"unclosed-quote"} if text.count('"') % 2 else set()
    header, *data = lines_of(text)
    names = [name.strip(EDGE).lower() for name in header]
    title = next((name for name in names if name in ("title", "book title")), None)
    author = next((name for name in AUTHORS if name in names), None)
    books: list[dict[str, str | None]] = []
    errors: list[dict[str, object]] = []
    for number, row in enumerate(data, 1):
        by_name = dict(zip(names, row, strict=False))
        if len(row) == len(names) and title and author:
            found = by_name[title].strip(EDGE), by_name[author].strip(EDGE)
            if all(found):
                books.append({"title": found[0], "author": found[1], "isbn": isbn_in(by_name)})
                continue
        errors.append({"row": number, "title": by_name.get(title or "", "").strip(EDGE) or None})
    reasons |= {"header-only"} if not data else set()
    reasons |= {"too-many-rows"} if len(data) > 10_000 else set()
    reasons |= {"one-column"} if len(names) < 2 else set()
    reasons |= {"ragged"} if any(len(row) != len(names) for row in data[:10]) else set()
    reasons |= {"no-title-column"} if title is None else set()
    reasons |= {"no-author-column"} if author is None else set()
    reasons |= {"no-importable-row"} if not books else set()
    return reasons, books, errors, len(data)


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"rows": "1..8"}, 100),
        ({"rows": "11..30"}, 30),
        ({"properties": list(PROPERTIES)}, 120),
        *(({"export": style, "rows": "1..5"}, 15) for style in STYLES),
    ],
)
def test_the_truth_about_usable_files(parameters: dict[str, Any], count: int, drawn: Drawn) -> None:
    low, high = map(int, parameters.get("rows", "1..8").split(".."))
    for spec in drawn("csv_books", parameters, count):
        value = CSV.build(spec)
        reasons, books, errors, total = judged(value["content"])
        assert not reasons, spec
        assert (value["usable"], value["defect"], value["defects"]) == (True, None, [])
        assert (value["books"], value["reported"], value["rows"]) == (books, errors, total), spec
        assert value["errors"] == len(errors)
        assert value["size"] == len(value["content"])
        assert low <= total <= high
        assert books
        assert_the_reference_server_agrees(value)


def assert_the_reference_server_agrees(value: dict[str, Any]) -> None:
    library = read_library(value["content"])
    assert [{"isbn": None, **book.as_json()} for book in library.books] == value["books"]
    assert [error.title for error in library.errors] == [
        row["title"] or f"row {row['row']}" for row in value["reported"]
    ]


@pytest.mark.parametrize(("together", "count"), [(1, 120), ("2..3", 140)])
def test_the_truth_about_unusable_files(together: object, count: int, drawn: Drawn) -> None:
    defects = list(DEFECTS[:-1])  # the last one is slow
    assert DEFECTS[-1] == "too-many-rows"
    seen: Counter[str] = Counter()
    several = set()
    for spec in drawn(
        "csv_books", {"form": "unusable", "rows": "1..5", "defects": defects, "together": together}, count
    ):
        value = CSV.build(spec)
        reasons, *_, rows = judged(value["content"])
        assert {*value["defects"]} <= reasons, spec
        assert value["defect"] == value["defects"][0]
        assert (value["usable"], value["books"], value["errors"], value["reported"]) == (False, [], 0, [])
        if "unclosed-quote" not in value["defects"]:
            assert value["rows"] == rows
        with pytest.raises(UnusableCsv):
            read_library(value["content"])
        seen.update(value["defects"])
        several.add(len(value["defects"]))
    assert set(seen) == set(defects)
    assert several == ({1} if together == 1 else {1, 2, 3})


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
    specs = drawn(
        "csv_books", {"form": "unusable", "defects": [defect], "rows": "2..12"}, 3 if "many" in defect else 10
    )
    assert {spec["defects"][0] for spec in specs} == {defect}
    for spec in specs:
        reasons, *_ = judged(CSV.build(spec)["content"])
        assert reasons - {defect} <= WITH.get(defect, set())
        assert CSV.describe(spec).startswith(f"{defect}, ")


def titles_and_more(content: bytes) -> tuple[list[str], list[str], list[list[str]]]:
    """The names of the columns, trimmed and in lower case; all cells under them; the data rows."""
    header, *data = lines_of(text_of(content))
    return [cell.strip(EDGE).lower() for cell in header], [cell for row in data for cell in row], data


def has_cell(pattern: str) -> Callable[[bytes], bool]:
    return lambda content: any(re.fullmatch(pattern, cell, re.DOTALL) for cell in titles_and_more(content)[1])


def header_of(content: bytes) -> list[str]:
    return lines_of(text_of(content))[0]


SHOWS: dict[str, Callable[[bytes], bool]] = {
    "isbns": has_cell("979[0-9]{10}"),
    "hyphened-isbns": has_cell("979[- ].*"),
    "goodreads-isbns": has_cell('="[0-9]+"'),
    "bracketed-isbns": has_cell(r"\[[0-9]+\]"),
    "lower-case-isbns": has_cell("[0-9]{9}x"),
    "several-isbns": has_cell("[-0-9]{13,}[,; ].+"),
    "empty-first-isbn": lambda content: titles_and_more(content)[0][-2:] == ["isbn", "isbn13"],
    "extra-columns": lambda content: has_cell("N1")(content),
    "two-author-columns": lambda content: len({*AUTHORS} & {*titles_and_more(content)[0]}) == 2,
    "other-names": lambda content: bool({"book title", *AUTHORS[1:]} & {*titles_and_more(content)[0]}),
    "column-order": lambda content: titles_and_more(content)[0][0] == "author",
    "header-case": lambda content: any(cell != cell.lower() for cell in header_of(content)),
    "header-padding": lambda content: any(cell != cell.strip(EDGE) for cell in header_of(content)),
    "untitled-rows": lambda content: any(not row[0].strip(EDGE) and row[1] for row in titles_and_more(content)[2]),
    "authorless-rows": lambda content: any(row[0] and not row[1].strip(EDGE) for row in titles_and_more(content)[2]),
    "empty-rows": lambda content: any(not "".join(row) for row in titles_and_more(content)[2]),
    "ragged-rows": lambda content: any(len(row) != 2 for row in titles_and_more(content)[2][10:]),
}
"""How each property that only files of books have shows in one with the columns title and author."""


@pytest.mark.parametrize("name", SHOWS)
def test_a_property_shows_where_it_is_asked_for_and_nowhere_else(name: str, drawn: Drawn) -> None:
    plain = {"properties": [], "export": "hand-made", "rows": "12..14"}
    with_it = [CSV.build(spec) for spec in drawn("csv_books", {**plain, "having": [name]}, 20)]
    assert all(value["properties"] == [name] and SHOWS[name](value["content"]) for value in with_it)
    assert not any(SHOWS[name](CSV.build(spec)["content"]) for spec in drawn("csv_books", plain, 3))


def test_every_property_of_books_shows() -> None:
    assert {*SHOWS} == {*PROPERTIES} - {"empty-cells"} - {name for name in PROPERTIES if name in STANDARD[:14]} - {
        *HOSTILE
    }


@pytest.mark.parametrize("style", STYLES)
def test_all_properties_at_once(style: str, drawn: Drawn) -> None:
    barred = {*EXCLUDES, *(() if style == "hand-made" else ("empty-first-isbn",))} - {"quoted"} | {"stray-quotes"}
    having = [name for name in PROPERTIES if name not in barred and possible(name, style)]
    for spec in drawn("csv_books", {"export": style, "having": having, "rows": "1..20"}, 12):
        value = CSV.build(spec)
        reasons, books, errors, _ = judged(value["content"])
        assert value["properties"] == having
        assert not reasons
        assert (value["books"], value["reported"]) == (books, errors)
        assert len(errors) == len(ODD_ROWS)
        assert_the_reference_server_agrees(value)


def test_usable_files_have_everything_that_must_work(drawn: Drawn) -> None:
    values = [CSV.build(spec) for spec in drawn("csv_books", {"rows": "1..14"}, 160)]
    seen = Counter(name for value in values for name in value["properties"])
    assert {*seen} == {*STANDARD}
    assert min(seen.values()) > 1
    headers = Counter(tuple(header_of(value["content"])) for value in values)
    assert all(headers[names] > 2 for names in EXPORTS.values())


def test_an_export_is_written_as_its_service_writes_it(drawn: Drawn) -> None:
    isbn = {"goodreads": '="979[0-9]{10}"', "librarything": r"\[979[0-9]{10}\]", "storygraph": "979[0-9]{10}"}
    for style, names in EXPORTS.items():
        for spec in drawn("csv_books", {"export": style, "properties": [], "rows": "2..5"}, 4):
            value = CSV.build(spec)
            assert tuple(header_of(value["content"])) == names
            assert has_cell(isbn[style])(value["content"])
            assert all(book["isbn"] for book in value["books"])
            assert CSV.describe(spec).endswith(f" rows, {style} columns")


def test_what_is_called_windows_1252_cannot_be_read_as_utf_8(drawn: Drawn) -> None:
    western = 0
    for spec in drawn("csv_books", {"rows": "1..8"}, 100):
        value = CSV.build(spec)
        other = value["content"].decode("utf-8", "replace").encode() != value["content"]
        assert other is ("windows-1252" in value["properties"])
        western += other
    assert western > 5


@pytest.mark.parametrize(("form", "count"), [("usable", 100), ("unusable", 30)])
def test_nothing_is_left_open(form: str, count: int, drawn: Drawn) -> None:
    properties = list(PROPERTIES)
    for spec in drawn("csv_books", {"form": form, "properties": properties, "rows": "1..6"}, count):
        text = text_of(CSV.build(spec)["content"])
        assert not re.search(r"\r(?!\n)", text), "a bare CR"
        assert not set(text) & set("\x81\x8d\x8f\x90\x9d\0"), "undefined in Windows-1252, or NUL"
        assert not after_a_closing_quote(text)


def after_a_closing_quote(text: str) -> bool:
    """Whether a quoted cell goes on behind its closing quote (RFC 4180 2.5)."""
    quoted = bare = False
    start = True
    for place, character in enumerate(text):
        if quoted:
            if character == '"':
                if text[place + 1 : place + 2] == '"' and not bare:
                    bare = True
                    continue
                if not bare:
                    quoted = False
                    if text[place + 1 : place + 2] not in ("", ",", "\n", "\r"):
                        return True
                bare = False
        elif start and character == '"':
            quoted, bare = True, False
        start = not quoted and character in ",\n"
    return False


def test_the_check_for_text_after_a_closing_quote_finds_it() -> None:
    assert after_a_closing_quote('a,"b"c\n')
    assert not after_a_closing_quote('a,"b""c",d"e"\n"",""""\n="1"\n')


def test_no_cell_ends_in_other_white_space_than_is_trimmed(drawn: Drawn) -> None:
    for spec in drawn("csv_books", {"properties": list(PROPERTIES)}, 120):
        for row in lines_of(text_of(CSV.build(spec)["content"])):
            for cell in row:
                assert cell.strip(EDGE) == cell.strip().strip("\ufeff\u200b\u180e")


def test_shrinks_to_one_short_row_under_title_and_author() -> None:
    simplest = find(CSV.strategy({}), lambda _: True, settings=QUIET)
    assert CSV.build(simplest)["content"] == b"title,author\nT1,A1\n"
    assert CSV.describe(simplest) == "1 row"
    three = find(CSV.strategy({}), lambda spec: len(spec["rows"]) > 2, settings=QUIET)
    assert CSV.build(three)["content"] == b"title,author\nT1,A1\nT2,A2\nT3,A3\n"


@pytest.mark.parametrize("rows", [10_000, 1])
def test_files_at_the_limits_are_usable(rows: int, drawn: Drawn) -> None:
    (spec, *_) = drawn("csv_books", {"rows": rows, "size": 10 * 1024 * 1024, "properties": ["isbn-forms"]}, 1)
    value = CSV.build(spec)
    reasons, books, _, total = judged(value["content"])
    assert (reasons, total, value["rows"]) == (set(), rows, rows)
    assert value["books"] == books
    assert value["size"] == len(value["content"]) == 10 * 1024 * 1024
    assert len(repr(spec)) < 10_000


def test_one_row_more_is_not_usable(drawn: Drawn) -> None:
    for spec in drawn("csv_books", {"form": "unusable", "defects": ["too-many-rows"], "rows": "1..3"}, 2):
        value = CSV.build(spec)
        assert judged(value["content"])[0] == {"too-many-rows"}
        with pytest.raises(UnusableCsv):
            read_library(value["content"])
        assert 10_001 <= value["rows"] <= 10_003
        assert len(repr(spec)) < 3_000


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        (
            {"export": "goodread"},
            "export has the unknown name 'goodread'; known: hand-made, goodreads, librarything, st",
        ),
        ({"export": ["goodreads"], "having": ["header-case"]}, "no file can be one of export and have all of having: "),
        ({"having": ["ragged-rows"]}, "having needs 11 rows at least, rows is 1..8"),
        ({"size": 10_485_760, "form": "unusable"}, "size needs form: usable"),
        ({"together": 2}, "together needs form: unusable"),
        ({"form": "unusable", "defects": []}, "defects must name at least one defect"),
        ({"rows": 10_001}, "rows is 10001, it must lie within 1..10000"),
        ({"properties": ["empty-cells"]}, "properties has the unknown name 'empty-cells'"),
    ],
)
def test_what_is_wrong_is_told(parameters: object, problem: str) -> None:
    assert (CSV.check(parameters) or "").startswith(problem)


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
        "properties": ["bom", "crlf"],
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
            ",T5,A5,A5,",
        ]
    )
    assert value["books"] == [
        {"title": "A,", "author": 'B "b"', "isbn": "043942089X"},
        {"title": "E", "author": "F", "isbn": "9799"},
        {"title": "T5", "author": "A5", "isbn": None},
    ]
    assert (value["rows"], value["errors"], value["filename"]) == (5, 2, "books.csv")
    assert value["reported"] == [{"row": 2, "title": "C"}, {"row": 3, "title": "E"}]
    told = "5 rows, bom, crlf"
    assert CSV.describe(spec) == told
    assert CSV.describe({**spec, "header": "goodreads"}) == told.replace("rows,", "rows, goodreads columns,")
