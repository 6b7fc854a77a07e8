from __future__ import annotations

from harness.authoring.quantities import best, make_input, quantities, with_inputs

REQUEST = {
    "path": "/r",
    "headers": {"x-n": "3"},
    "query": {"pages": "3", "zip": "03", "big": "123456"},
    "json": {
        "frames": 3,
        "flag": True,
        "zero": 0,
        "names": ["a", "b", "c"],
        "ids": ["${id}"],
        "deep": {"n": 3},
        "f": 3.0,
    },
}


def test_whole_numbers_and_lists_are_found() -> None:
    assert [(one.path, one.count) for one in quantities(REQUEST)] == [
        (("json", "frames"), 3),
        (("json", "names"), 3),
        (("json", "deep", "n"), 3),
        (("query", "pages"), 3),
    ]


def test_the_name_decides_then_lists_come_first() -> None:
    found = quantities(REQUEST)

    assert best(found, 3, ["frame"]) == found[0]
    assert best(found, 3, ["nothing"]) == found[1]
    assert best(found, 4, ["frame"]) is None


def test_an_input_never_asks_for_more_than_was_asked_for() -> None:
    frames, names, *_ = quantities(REQUEST)
    number, items = make_input(frames, ["frames"], "seen"), make_input(names, [], "seen")

    assert (number.name, number.type_name, number.parameters, number.spec) == ("frames_count", "integer", "1..3", 3)
    assert items.parameters == [["a"], ["a", "b"], ["a", "b", "c"]]
    assert (items.size, items.count, number.size) == ("size(names)", 3, "frames_count")
    tree = with_inputs(REQUEST, [number, items])
    assert tree["json"]["frames"] == "${frames_count}"
    assert tree["json"]["names"] == "${names}"
    assert REQUEST["json"]["frames"] == 3  # type: ignore[index]


def test_a_long_list_is_written_once() -> None:
    (large,) = quantities({"json": {"images": ["x" * 1500, "y" * 1500]}})

    assert make_input(large, [], "seen").parameters == [["x" * 1500, "y" * 1500]]
