"""Law: however a photo looks, the reference server's reader finds exactly the books that are on it.

The harness and the server share no code, so what one draws and the other reads is held together here, for each
strength of each look alone, for any two looks beside one another, and for what Hypothesis draws.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

from harness.inputs import registry
from harness.inputs.catalogue import BOOKS
from harness.inputs.shelf_looks import LOOKS, Look, group
from harness.runner.drawing import draw
from reference_server.photos import UnreadablePhoto, decode_base64, read_photo

SHELF = registry()["shelf_photos"]
CONFIDENCE = {True: 0.9, False: 0.5}


def looks_together(count: int, strength: int) -> Iterator[Look]:
    """Every set of so many looks that can stand beside one another, each as strong as it can be from `strength` on."""
    for names in itertools.combinations([name for name in LOOKS if name != "tiny"], count):
        if len(set(map(group, names))) == count:
            yield {name: LOOKS[name][min(strength, len(LOOKS[name]) - 1)] for name in names}


def read(data: str) -> list[tuple[Any, ...]]:
    books = read_photo(decode_base64(data))
    return sorted((book.title, book.author, book.isbn or "", book.confidence) for book in books)


def planted(books: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted((book["title"], book["author"], book["isbn"] or "", CONFIDENCE[book["confident"]]) for book in books)


def check(spec: Any) -> int:  # noqa: ANN401 - a spec
    """Hold every photo to the truth about it; how many there were."""
    value = SHELF.build(spec)
    for image, truth in zip(value["images"], value["photos"], strict=True):
        if truth["ends"] == "complete":
            assert read(image["data"]) == planted(truth["books"]), truth
        else:
            with pytest.raises(UnreadablePhoto):
                read(image["data"])
    return len(value["photos"])


def spec_of(look: Look, chance: random.Random) -> dict[str, Any]:
    places = chance.sample(range(len(BOOKS)), chance.randint(1, 4))
    books = [{"book": place, "confident": chance.random() < 0.7} for place in places]
    return {"photos": [{"books": books, "look": look}], "labels": [0]}


def test_every_strength_of_every_look_is_read_exactly() -> None:
    chance = random.Random(1)
    for look in ({name: value} for name, values in LOOKS.items() for value in values if name != "tiny"):
        check(spec_of(look, chance))


def test_any_two_looks_beside_one_another_are_read_exactly() -> None:
    chance = random.Random(2)
    pairs = list(looks_together(2, strength=9))
    assert len(pairs) > 60
    for look in pairs:
        check(spec_of(look, chance))


@pytest.mark.parametrize("times", LOOKS["large"])
def test_a_large_photo_is_read_exactly_however_else_it_looks(times: int) -> None:
    chance = random.Random(4)
    for strength in range(3):
        for look in looks_together(2, strength):
            if "large" in look:
                spec = spec_of(look | {"large": times}, chance)
                spec["photos"][0]["books"] *= 2
                check(spec)


@pytest.mark.parametrize("parameters", [{"looks": "any", "books": "0..9"}, {"looks": "any", "malformed": "some"}])
def test_what_is_drawn_is_read_exactly(parameters: object) -> None:
    assert sum(check(spec) for spec in draw(SHELF.strategy(parameters), 60, 5)) > 90


def test_a_photo_of_the_most_bytes_is_read_exactly() -> None:
    books = [{"book": place, "confident": True} for place in (0, 65, 88)]
    for look in ({}, {"line-breaks": True, "exif": 5}, {"unpadded": True, "cmyk": True}):
        check({"photos": [{"books": books, "look": look, "size": 10_000_000}], "labels": [0]})
