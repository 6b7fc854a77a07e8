"""The page about photos of shelves names all there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from harness.inputs import registry
from harness.inputs.catalogue import BOOKS
from harness.inputs.shelf_files import QUALITY
from harness.inputs.shelf_looks import LOOKS
from harness.inputs.shelf_parameters import HEAVY, MALFORMED, SIZES

PAGE = (Path(__file__).parents[2] / "docs" / "inputs-shelf-photos.md").read_text("utf-8")
SHELF = registry()["shelf_photos"]


def first_column(heading: str) -> list[str]:
    """The names in the first column of the table under this heading."""
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [name for row in table.splitlines()[2:] for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


def test_parameters() -> None:
    assert f"{SHELF.check({'?': 1})}".endswith(f"known: {', '.join(sorted_like_the_code(first_column('parameter')))}")


def sorted_like_the_code(names: list[str]) -> list[str]:
    known = (SHELF.check([]) or "").removeprefix("expected a mapping with ").partition(", got")[0]
    order = re.split(r", | or ", known)
    return sorted(names, key=order.index)


def test_looks() -> None:
    assert sorted(first_column("look")) == sorted(LOOKS)
    assert f"{', '.join(map(str, LOOKS['quality'][:-1]))} or {LOOKS['quality'][-1]} instead of {QUALITY}" in PAGE
    assert f"`size` does not go with `{HEAVY[0]}`, `{HEAVY[1]}` and `{HEAVY[2]}`." in PAGE


def test_what_is_malformed() -> None:
    paragraph = PAGE.partition("Kinds of `malformed`:")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z0-9-]+)`", paragraph)) == set(MALFORMED)


def test_figures() -> None:
    assert f"{SIZES.low}..{SIZES.high}" in PAGE
    assert f"{len(BOOKS)} titles" in PAGE


def test_fields() -> None:
    value = SHELF.build({"photos": [{"books": []}], "labels": [0]})
    named = {*value, *(f"photos[i].{field}" for field in value["photos"][0])}
    assert set(first_column("field")) == named
