from __future__ import annotations

import pytest

from harness.contract.merging import merge
from harness.contract.source import parse, plain


@pytest.mark.parametrize(
    ("base", "changes", "merged"),
    [
        ("{a: 1, b: 2}", "{b: 3}", {"a": 1, "b": 3}),
        ("{a: {x: 1, y: 2}}", "{a: {y: 3}}", {"a": {"x": 1, "y": 3}}),
        ("{a: [1, 2]}", "{a: [3]}", {"a": [3]}),
        ("{a: 1, b: 2}", "{a: null}", {"b": 2}),
        ("{a: {x: 1, y: 2}}", "{a: {x: ~}}", {"a": {"y": 2}}),
        ("{a: 1}", "{b: null}", {"a": 1}),
        ("{a: 1}", "{a: {x: 1}}", {"a": {"x": 1}}),
        ("{a: {x: 1}}", "{a: 1}", {"a": 1}),
        ("{a: 1}", "{}", {"a": 1}),
        ("{}", "{a: {x: null}}", {"a": {"x": None}}),
    ],
)
def test_maps_merge_lists_are_replaced_null_removes(base: str, changes: str, merged: object) -> None:
    assert plain(merge(parse(base, "b"), parse(changes, "c"))) == merged


def test_what_is_merged_keeps_its_place_and_the_parts_stay_as_they_were() -> None:
    base, changes = parse("a: 1\nb: 2", "b"), parse("b: 3", "c")
    merged = merge(base, changes)
    assert [(key, span.document.file) for key, span, _ in merged] == [("a", "b"), ("b", "c")]
    assert plain(base) == {"a": 1, "b": 2}
