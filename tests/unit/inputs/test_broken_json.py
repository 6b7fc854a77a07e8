from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import Phase, find, settings

from harness.inputs import registry
from harness.inputs.broken_ways import ALWAYS_WRONG, WAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    Drawn: TypeAlias = Callable[..., list[Any]]

KIND = registry()["broken_json"]
QUIET = settings(database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])
OF = {"id": "a", "items": [{"n": 0, "data": "aGk="}, {"n": 1.5, "data": "é"}], "on": True}
NUMBERS = {"too_many": "6..9", "too_large": "30..40", "depth": "3..9"}


def right(value: object) -> bool:
    """Whether a request is what `OF` is one of, at most five items and short texts."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("id"), str)
        and 0 < len(value["id"].strip()) < 30
        and isinstance(value.get("on"), bool)
        and isinstance(value.get("items"), list)
        and 0 < len(value["items"]) < 6
        and all(
            isinstance(item, dict) and _number(item.get("n")) and _text(item.get("data")) for item in value["items"]
        )
    )


def _right_item(item: object) -> bool:
    return isinstance(item, dict) and _number(item.get("n")) and _text(item.get("data"))


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) < 30


def readings(content: bytes) -> list[Any]:
    """What different readers make of a body: the last of two equal keys, the first, all of them; none if no JSON."""

    def first(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(reversed(pairs))

    def every(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, list[Any]] = {}
        for key, value in pairs:
            found.setdefault(key, []).append(value)
        return {key: values[0] if len(values) == 1 else values for key, values in found.items()}

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    found = []
    for decode in (lambda: content.decode(), lambda: content.decode("utf-8", "replace")):
        for hook in (dict, first, every):
            try:
                found.append(json.loads(decode(), object_pairs_hook=hook, parse_constant=refuse))
            except (ValueError, RecursionError):
                continue
    return found


def test_of_is_right() -> None:
    assert right(OF)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_is_wrong_however_it_is_read(way: str, drawn: Drawn) -> None:
    specs = drawn("broken_json", {"of": OF, "ways": [way], **NUMBERS}, 60)
    assert len({json.dumps(spec) for spec in specs}) > 3
    for spec in specs:
        value = KIND.build(spec)
        assert value["way"] == way
        assert value["size"] == len(value["content"])
        assert KIND.describe(spec) == (way if value["at"] is None else f"{way} at {value['at']}")
        found = readings(value["content"])
        if way == "wrong-content-type":
            assert json.loads(value["content"]) == OF
            assert value["content_type"] != "application/json"
            continue
        assert value["content_type"] == "application/json"
        assert not any(right(reading) for reading in found), value
        assert bool(found) is (way != "not-json")
        if way == "duplicate-keys":
            assert len({json.dumps(reading) for reading in found}) > 1


def test_ways_do_what_their_names_say() -> None:
    def only(way: str, at: str, **more: object) -> dict[str, Any]:
        parameters = {"of": OF, "at": [at], "ways": [way], **more}
        spec = find(KIND.strategy(parameters), lambda _: True, settings=QUIET)
        return json.loads(KIND.build(spec)["content"])

    assert only("missing", "items[1].data") == {**OF, "items": [OF["items"][0], {"n": 1.5}]}
    assert KIND.check({"of": OF, "ways": ["missing", None]}) is None, "YAML reads the name as null"
    assert only("null", "id") == {**OF, "id": None}
    assert only("empty", "items") == {**OF, "items": []}
    assert only("empty", "items[0]") == {**OF, "items": [{}, OF["items"][1]]}
    assert only("blank", "id") == {**OF, "id": " "}
    assert only("too-many", "items", too_many=6) == {**OF, "items": [OF["items"][1]] * 6}
    assert only("too-large", "items[0].data", too_large=9)["items"][0] == {"n": 0, "data": "A" * 9}
    assert only("deep-nesting", "id", depth=3) == {**OF, "id": [[[]]]}
    assert only("wrong-type", "on")["on"] == 7


def test_a_place_without_a_number_is_that_place_in_every_entry(drawn: Drawn) -> None:
    specs = drawn("broken_json", {"of": OF, "at": ["items[].n"], "ways": ["null"]}, 20)
    assert {spec["at"] for spec in specs} == {"items[0].n", "items[1].n"}


def test_left_to_itself_it_draws_what_is_wrong_for_every_service(drawn: Drawn) -> None:
    specs = drawn("broken_json", {"of": OF}, 400)
    assert {spec["way"] for spec in specs} == set(ALWAYS_WRONG)
    assert {spec["at"] for spec in specs} >= {None, "id", "on", "items", "items[0]", "items[1].data"}
    assert all(len(json.dumps(spec)) < 400 for spec in specs)


def test_a_large_body_needs_a_small_spec() -> None:
    parameters = {"of": OF, "at": ["items[0].data"], "ways": ["too-large"], "too_large": 70_000_001}
    spec = find(KIND.strategy(parameters), lambda _: True, settings=QUIET)
    assert KIND.build(spec)["size"] > 70_000_000
    assert len(json.dumps(spec)) < 400


def test_shrinks_to_the_first_way_and_the_least_depth() -> None:
    assert find(KIND.strategy({"of": OF}), lambda _: True, settings=QUIET)["way"] == "missing"
    strategy = KIND.strategy({"of": OF, "ways": ["null", "deep-nesting"]})
    deep = find(strategy, lambda spec: len(KIND.build(spec)["content"]) > 1_000, settings=QUIET)
    assert 1_000 < len(KIND.build(deep)["content"]) < 1_010


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({}, "of must be the JSON that would be right"),
        ({"of": {}, "ways": ["missing"]}, "the way 'missing' applies to nothing at these places; it takes a key out"),
        ({"of": OF, "ways": ["too-many"]}, "the way 'too-many' applies to nothing at these places; it makes a list"),
        ({"of": OF, "ways": []}, "ways must name at least one way"),
        ({"of": OF, "ways": ["mising"]}, "ways has the unknown name 'mising'"),
        ({"of": OF, "at": ["itms"]}, "at names 'itms', which is not in of"),
        ({"of": OF, "at": ["items[2]"]}, "at names 'items[2]', which is not in of"),
        ({"of": OF, "at": ["items["]}, "at must name places such as user.name or items[0].id, got 'items['"),
        ({"of": OF, "at": "id"}, "at must be a list of places such as [user.name], got 'id'"),
        ({"of": OF, "depth": 1}, "depth is 1, it must lie within 2..1000000"),
    ],
)
def test_what_is_wrong_is_told(parameters: object, problem: str) -> None:
    assert (KIND.check(parameters) or "").startswith(problem)
