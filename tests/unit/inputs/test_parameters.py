from __future__ import annotations

import pytest

from harness.inputs import registry
from harness.inputs.parameters import ParameterError, Range, one_of, read_mapping, read_names, read_range

HUNDRED = Range(-100, 100)


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [(3, 3, 3), ("3", 3, 3), ("1..5", 1, 5), (" 1 .. 5 ", 1, 5), ("-3..-1", -3, -1), (0, 0, 0)],
)
def test_reads_ranges(written: object, low: int, high: int) -> None:
    assert read_range(written, "n", within=HUNDRED) == (low, high)


@pytest.mark.parametrize(
    "written", [None, True, 1.5, "", "..", "1..", "1...5", "a", "1,5", [1, 5], "1..2..3", "9" * 5000]
)
def test_refuses_what_is_no_range(written: object) -> None:
    with pytest.raises(ParameterError, match=r"^n must be a whole number such as 3 or a range such as 1\.\.5, got "):
        read_range(written, "n", within=HUNDRED)


def test_refuses_empty_and_far_ranges() -> None:
    with pytest.raises(ParameterError, match=r"n is 5\.\.1, a range without numbers; did you mean 1\.\.5\?"):
        read_range("5..1", "n", within=HUNDRED)
    for far in (101, -101, "0..101", "-101..0", 10**5000):
        with pytest.raises(ParameterError, match=r"it must lie within -100\.\.100$"):
            read_range(far, "n", within=HUNDRED)


def test_reads_names_in_the_order_in_which_they_are_known() -> None:
    assert read_names(["b", "a"], "names", ["a", "b", "c"]) == ["a", "b"]
    assert read_mapping(None, ["a"]) == {}
    assert [one_of("a"), one_of("ab"), one_of("abc")] == ["a", "a or b", "a, b or c"]


@pytest.mark.parametrize(
    ("name", "parameters", "problem"),
    [
        (
            "shelf_photos",
            [],
            "expected a mapping with photos, books, titles, duplicates, looks, malformed, unreadable or size, got []",
        ),
        (
            "shelf_photos",
            {"photo": 1},
            "unknown parameter 'photo'; known: photos, books, titles, duplicates, looks, malformed, unreadable, size. "
            "Did you mean 'photos'?",
        ),
        ("shelf_photos", {"photos": 21}, "photos is 21, it must lie within 0..20"),
        ("shelf_photos", {"unreadable": "sume"}, "unreadable must be never or some, got 'sume'. Did you mean 'some'?"),
        (
            "shelf_photos",
            {"unreadable": "some", "photos": "0..2"},
            "unreadable and malformed photos need at least 1 photo, but photos is 0..2",
        ),
        ("csv_books", {"rows": 0}, "rows is 0, it must lie within 1..10000"),
        ("csv_books", {"defects": ["ragged"]}, "defects needs form: unusable"),
        ("csv_books", {"form": "unusable", "defects": []}, "defects must name at least one defect"),
        ("csv_file", {}, "columns must be a list of 1 to 50 column names, got None"),
        ("csv_file", {"columns": ["a", "a"]}, "columns names 'a' twice"),
        ("csv_file", {"columns": [" a"]}, "columns has ' a', which is not a printable name without space around it"),
        (
            "csv_file",
            {"columns": ["a"], "defects": ["raged"]},
            "defects has the unknown name 'raged'; known: empty, only-white-space, header-only, unclosed-quote, "
            "ragged. Did you mean 'ragged'?",
        ),
        ("csv_file", {"columns": ["a"], "defects": ["empty", "empty"]}, "defects names 'empty' twice"),
        ("csv_file", {"columns": ["a"], "properties": "bom"}, None),
        ("choice", [], "choice must be a list with at least one value, got []"),
        ("integer", {"range": 3}, "integer must be a whole number such as 3 or a range such as 1..5, got {'range': 3}"),
        ("text", {"length": "1..501"}, "length is '1..501', it must lie within 0..500"),
    ],
)
def test_says_what_is_wrong(name: str, parameters: object, problem: str | None) -> None:
    found = registry()[name].check(parameters)
    if problem is None:
        assert found is not None
        assert found.startswith("properties must be a list of names out of bom, crlf, ")
        assert found.endswith("got 'bom'")
    else:
        assert found == problem
