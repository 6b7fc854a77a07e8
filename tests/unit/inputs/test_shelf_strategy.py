"""What is drawn, and what Hypothesis makes of it when it shrinks as a run does: few new jobs, the plainest left."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from harness.inputs import registry
from harness.inputs.catalogue import BOOKS
from harness.inputs.shelf_files import UNREADABLE
from harness.inputs.shelf_looks import LOOKS, group
from harness.inputs.shelf_parameters import MALFORMED, identity
from harness.inputs.shelf_strategy import LOOKS_A_PHOTO
from harness.runner.drawing import draw, shrink, spec_key
from harness.runner.settings import SHRINK_JOBS
from tests.unit.inputs.shelves import planted

if TYPE_CHECKING:
    from collections.abc import Callable

    Drawn: TypeAlias = Callable[..., list[Any]]
    Spec: TypeAlias = dict[str, Any]

SHELF = registry()["shelf_photos"]
EXAMPLES = 25  # of a case, as a run draws them
SEEDS = range(3)
ANY = {"looks": "any"}


def books(spec: Spec) -> list[dict[str, Any]]:
    return [planted_ for photo in spec["photos"] for planted_ in photo.get("books", ())]


def duplicates(spec: Spec) -> int:
    return len(books(spec)) - len({identity(each["book"]) for each in books(spec)})


def looks(spec: Spec) -> set[str]:
    return {name for photo in spec["photos"] for name in photo.get("look", ())}


def test_draws_what_the_parameters_say(drawn: Drawn) -> None:
    specs = drawn("shelf_photos", {"photos": "2..4", "books": "1..3"}, 120)
    assert {len(spec["photos"]) for spec in specs} == {2, 3, 4}
    assert {len(photo["books"]) for spec in specs for photo in spec["photos"]} == {1, 2, 3}
    assert all(len(spec["labels"]) == len(spec["photos"]) for spec in specs)
    assert not any(looks(spec) for spec in specs)
    assert drawn("shelf_photos", {"photos": 0}, 1) == [{"photos": [], "labels": []}]
    assert [len(books(spec)) for spec in drawn("shelf_photos", {"photos": 20, "books": 20}, 2)] == [400, 400]


def test_draws_what_is_hard(drawn: Drawn) -> None:
    specs = drawn("shelf_photos", {}, 200)
    assert {len(spec["photos"]) for spec in specs} == {1, 2, 3, 4, 5}
    assert any(len(books(spec)) == 4 * len(spec["photos"]) > 4 for spec in specs), "every photo full"
    assert sum(duplicates(spec) > 0 for spec in specs) > 20
    assert sum(any(BOOKS[each["book"]].isbn is None for each in books(spec)) for spec in specs) > 20
    assert sum(any(not each["confident"] for each in books(spec)) for spec in specs) > 20
    assert sum(spec["labels"] != list(range(len(spec["photos"]))) for spec in specs) > 50
    assert any(not spec["photos"][0]["books"] and spec["photos"][-1]["books"] for spec in specs)
    assert any({0, 3} <= {each["book"] for each in books(spec)} for spec in specs), "near-twins"
    across = [[{identity(each["book"]) for each in photo["books"]} for photo in spec["photos"]] for spec in specs]
    assert sum(any(one & other for at, one in enumerate(each) for other in each[:at]) for each in across) > 10


def test_every_look_is_drawn_and_none_that_was_not_asked_for(drawn: Drawn) -> None:
    specs = drawn("shelf_photos", ANY, 300)
    drawn_looks = [photo.get("look", {}) for spec in specs for photo in spec["photos"]]
    assert {name for look in drawn_looks for name in look} == set(LOOKS)
    assert len({(name, value) for look in drawn_looks for name, value in look.items()}) > 0.9 * sum(
        map(len, LOOKS.values())
    )
    assert all(len(look) <= LOOKS_A_PHOTO for look in drawn_looks)
    assert all(len(set(map(group, look))) == len(look) for look in drawn_looks)
    assert sum(not look for look in drawn_looks) > len(drawn_looks) / 4
    assert not any(photo["books"] for spec in specs for photo in spec["photos"] if "tiny" in photo.get("look", ()))
    assert set.union(*map(looks, drawn("shelf_photos", {"looks": ["dark", "exif"]}, 30))) == {"dark", "exif"}
    assert not any("tiny" in looks(spec) for spec in drawn("shelf_photos", {**ANY, "books": "1..2"}, 100))


@pytest.mark.parametrize(
    ("parameters", "kinds"),
    [({"unreadable": "some"}, UNREADABLE), ({"malformed": "some"}, MALFORMED), ({"malformed": ["pdf"]}, ["pdf"])],
)
def test_malformed_is_at_least_one(parameters: object, kinds: list[str], drawn: Drawn) -> None:
    specs = drawn("shelf_photos", parameters, 150)
    found = [
        [photo.get("unreadable", "truncated" if "truncated" in photo else None) for photo in spec["photos"]]
        for spec in specs
    ]
    assert all(any(each) for each in found)
    assert sum(not all(each) for each in found) > 50
    assert {kind for each in found for kind in each} == {None, *kinds}
    assert any(each[-1] is None for each in found)
    assert any(each[0] is None for each in found)


def test_duplicates_can_be_asked_for(drawn: Drawn) -> None:
    for parameters in ({"books": "0..2"}, {"photos": "2..3", "books": 1}, ANY):
        assert all(duplicates(spec) for spec in drawn("shelf_photos", {**parameters, "duplicates": "some"}, 60))
    assert not any(duplicates(spec) for spec in drawn("shelf_photos", {"duplicates": "never"}, 100))
    full = drawn("shelf_photos", {"photos": 4, "books": 20, "duplicates": "never"}, 3)
    assert [(len(books(spec)), duplicates(spec)) for spec in full] == [(80, 0)] * 3


def test_of_duplicates_either_may_be_the_surer(drawn: Drawn) -> None:
    pairs = [
        (one["confident"], other["confident"])
        for spec in drawn("shelf_photos", {"duplicates": "some"}, 80)
        for at, one in enumerate(books(spec))
        for other in books(spec)[at + 1 :]
        if one["book"] == other["book"]
    ]
    assert set(pairs) == {(True, True), (True, False), (False, True), (False, False)}


def test_titles_that_tie_are_on_two_photos_for_on_one_none_is_the_first(drawn: Drawn) -> None:
    ties = {True: 0, False: 0}
    for spec in drawn("shelf_photos", {"books": "0..4"}, 400):
        shown = [(at, each) for at, photo in enumerate(spec["photos"]) for each in photo["books"]]
        for (place, one), (other_place, other) in itertools.combinations(shown, 2):
            same = identity(one["book"]) == identity(other["book"]) and one["confident"] == other["confident"]
            ties[place == other_place] += same and one["book"] != other["book"]
    assert ties[True] == 0
    assert ties[False] > 0


def test_titles_and_sizes_can_be_asked_for(drawn: Drawn) -> None:
    specs = drawn("shelf_photos", {"titles": "non-ascii"}, 40)
    titles = {BOOKS[each["book"]] for spec in specs for each in books(spec)}
    assert len(titles) > 8
    assert not any(f"{each.title}{each.author}".isascii() for each in titles)
    sizes = [
        photo["size"] for spec in drawn("shelf_photos", {"size": "9999000..10000000"}, 40) for photo in spec["photos"]
    ]
    assert 9_999_000 <= min(sizes) < max(sizes) <= 10_000_000


def less_sure(spec: Spec) -> bool:
    """Whether the last book is the first again, less sure."""
    first, *_, last = books(spec)
    return bool(first["book"] == last["book"] and first["confident"] > last["confident"])


def shrunk(parameters: object, fails: Callable[[Spec], object], seed: int) -> tuple[Spec | None, int]:
    """The smallest failing spec as a run finds it, and how many that were not drawn it tried."""
    strategy = SHELF.strategy(parameters)
    known = {spec_key(spec) for spec in draw(strategy, EXAMPLES, seed)}
    tried: set[str] = set()

    def judged(spec: Spec) -> bool:
        if spec_key(spec) not in known | tried:
            if len(tried) >= SHRINK_JOBS:
                return False
            tried.add(spec_key(spec))
        return bool(fails(spec))

    return shrink(strategy, EXAMPLES, seed, judged), len(tried)


FIRST = planted(0)
UNSURE = planted(0, confident=False)["books"]
MINIMAL: dict[str, tuple[object, Callable[[Spec], object], list[dict[str, Any]]]] = {
    "always": (ANY, lambda spec: True, [planted()]),
    "a turned photo": (ANY, lambda spec: "turned" in looks(spec), [planted(look={"turned": 3})]),
    "a photo in EXIF orientation": (ANY, lambda spec: "exif" in looks(spec), [planted(look={"exif": 6})]),
    "a CMYK photo": (ANY, lambda spec: "cmyk" in looks(spec), [planted(look={"cmyk": True})]),
    "a book": (ANY, books, [FIRST]),
    "two books": (ANY, lambda spec: len(books(spec)) > 1, [planted(0, 0)]),
    "a photo with three": ({}, lambda spec: any(len(each["books"]) > 2 for each in spec["photos"]), [planted(0, 0, 0)]),
    "a duplicate": ({}, duplicates, [planted(0, 0)]),
    "a duplicate among many": ({"duplicates": "some"}, lambda spec: duplicates(spec) > 0, [planted(0, 0)]),
    "a copy that is less sure": ({"duplicates": "some"}, less_sure, [{"books": planted(0)["books"] + UNSURE}]),
    "an unsure book": ({}, lambda spec: any(not each["confident"] for each in books(spec)), [{"books": UNSURE}]),
    "a book without ISBN": ({}, lambda spec: any(not BOOKS[each["book"]].isbn for each in books(spec)), [planted(2)]),
    "a second photo": (ANY, lambda spec: len(spec["photos"]) > 1, [planted(), planted()]),
    "five photos": (ANY, lambda spec: len(spec["photos"]) > 4, [planted()] * 5),
    "a book on a later photo": ({}, lambda spec: books({"photos": spec["photos"][1:]}), [planted(), FIRST]),
    "an unreadable photo": ({"unreadable": "some"}, lambda spec: True, [{"unreadable": "text"}]),
    "one kind of unreadable": ({"malformed": "some"}, lambda spec: {"unreadable": "pdf"} in spec["photos"],
                               [{"unreadable": "pdf"}]),
    "a readable photo after an unreadable": (
        {"unreadable": "some"},
        lambda spec: any("unreadable" in photo for photo in spec["photos"][:-1]) and spec["photos"][-1].get("books"),
        [{"unreadable": "text"}, FIRST],
    ),
    "a truncated photo": ({"malformed": "some"}, lambda spec: any("truncated" in each for each in spec["photos"]),
                          [planted(truncated=50)]),
    "over half a size": ({"size": "9999000..10000000"}, lambda spec: spec["photos"][0]["size"] >= 9_999_500,
                         [planted(size=9_999_500)]),
}  # fmt: skip


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[bool]]:
    """Whether the minimum was reached within a run's budget, for each seed by which there was such an example."""
    found: dict[str, list[bool]] = {}
    for name, (parameters, fails, photos) in MINIMAL.items():
        minimum = {"photos": photos, "labels": list(range(len(photos)))}
        specs = [shrunk(parameters, fails, seed)[0] for seed in SEEDS]
        found[name] = [spec == minimum for spec in specs if spec is not None]
    return found


@pytest.mark.parametrize("name", MINIMAL)
def test_what_fails_for_one_reason_is_shrunk_to_that_reason(name: str, outcomes: dict[str, list[bool]]) -> None:
    assert outcomes[name].count(True) > len(outcomes[name]) / 2


def test_nine_in_ten_are_minimal(outcomes: dict[str, list[bool]]) -> None:
    found = [minimal for each in outcomes.values() for minimal in each]
    assert len(found) > 45
    assert found.count(True) >= 0.9 * len(found)


def test_odd_labels_are_shrunk_to_one() -> None:
    spec, tried = shrunk({}, lambda spec: spec["labels"] != list(range(len(spec["photos"]))), 1)
    assert spec == {"photos": [planted()], "labels": [1]}
    assert tried < SHRINK_JOBS
