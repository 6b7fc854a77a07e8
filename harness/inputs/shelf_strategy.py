"""Draws specs of shelf photos, shaped so that Hypothesis soon finds what a person would have chosen.

Shrinking costs a job a try, so a shelf is few draws, each with the plainest first, and each can go or change without
the others: how many photos, a flat list of books, a flat list of looks, a flat list of what is malformed. They are
dealt out to the photos there are: with one photo left, all that was on five is on that one, and still fails.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from harness.inputs.catalogue import TWINS
from harness.inputs.lazily import st
from harness.inputs.shelf_looks import LOOKS, group
from harness.inputs.shelf_parameters import Parameters, identity
from harness.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from harness.inputs.base import Json

LOOKS_A_PHOTO = 3
"""How many looks a photo has at most."""

_LOOKS_A_SHELF = 5
_MALFORMED_A_SHELF = 2
_FEW = 6  # books: up to so many each number is as likely
_KEPT = (50, 90, 20)  # percent of a truncated photo's bytes
_STRENGTHS = 7  # as many as any look has values
_SPREADS = ("around", "backwards", "first", "last")
_COPIES = ("copy", "less sure", "surer")
_REPEATED = {
    "never": ("nothing",),
    "by-chance": ("nothing", *_COPIES, *["near twin"] * 2, *["nothing"] * 3),
    "some": _COPIES,
}
_NEAR = ((0, 3), (1, 5), (2, 6), (8, 9), (3, 4), (0, 4))  # places in the catalogue
_LABELS = ("in order", "from one", "backwards", "all alike", "negative", "fractions", "large")


@st.composite
def shelves(draw: DrawFn, wanted: Parameters) -> Json:
    """A spec; its form stands in `shelf_photos`."""
    photos: list[dict[str, Any]] = [{} for _ in range(draw(st.integers(*wanted.photos)))]
    plan = _plan(draw, len(photos), wanted)
    if wanted.malformed:
        _spoil(draw, photos, wanted)
    whole = [photo for photo in photos if not photo]
    _dress(draw, whole, plan, wanted)
    _fill(draw, [photo for photo in photos if "unreadable" not in photo], plan, wanted)
    if wanted.size and whole:
        size = draw(st.integers(*wanted.size))
        for photo in whole:
            photo["size"] = size
    return {"photos": photos, "labels": _labels(plan.labels, len(photos))}


class _Plan(NamedTuple):
    """What is drawn before all else, so that one of it can change while the rest stays what it is."""

    books: int  # besides those that each photo must show
    spread: str
    repeated: str  # how the last book is like the first
    looks: int
    strength: int
    labels: str


def _plan(draw: DrawFn, photos: int, wanted: Parameters) -> _Plan:
    more = photos * (wanted.books.high - wanted.books.low)
    counts = [*range(min(more, _FEW) + 1), *((more // 2, more) if more > _FEW else ())]
    allowed = _allowed(wanted)
    repeated = [
        kind for kind in _REPEATED[wanted.duplicates] if kind != "near twin" or set(range(TWINS)) <= set(wanted.titles)
    ]
    return _Plan(
        books=draw(st.sampled_from(counts)),
        spread=draw(st.sampled_from(_SPREADS)),
        repeated=draw(st.sampled_from(repeated)),
        looks=draw(st.integers(0, _LOOKS_A_SHELF)) if allowed else 0,
        strength=draw(st.integers(0, _STRENGTHS - 1)) if allowed else 0,
        labels=draw(st.sampled_from(_LABELS)),
    )


def _allowed(wanted: Parameters) -> list[str]:
    """The looks that may be drawn: no tiny photo where books must have room."""
    needed = wanted.books.low > 0 or wanted.duplicates == "some"
    return [name for name in wanted.looks if name != "tiny" or not needed]


def _spoil(draw: DrawFn, photos: list[dict[str, Any]], wanted: Parameters) -> None:
    """Make at least one photo malformed."""
    first = draw(st.integers(0, len(photos) - 1))
    for place in range(first, first + draw(st.integers(1, min(len(photos), _MALFORMED_A_SHELF)))):
        kind = draw(st.sampled_from(wanted.malformed))
        spoilt = {"unreadable": kind} if kind != "truncated" else {"truncated": draw(st.sampled_from(_KEPT))}
        photos[place % len(photos)].update(spoilt)


def _dress(draw: DrawFn, photos: list[dict[str, Any]], plan: _Plan, wanted: Parameters) -> None:
    """Give looks to some of the photos; all that have several strengths are as strong as the plan says."""
    for place in range(plan.looks if photos else 0):
        name = draw(st.sampled_from(_allowed(wanted)))
        look = photos[place % len(photos)].setdefault("look", {})
        if len(look) < LOOKS_A_PHOTO and group(name) not in map(group, look):
            look[name] = LOOKS[name][plan.strength % len(LOOKS[name])]


def _fill(draw: DrawFn, photos: list[dict[str, Any]], plan: _Plan, wanted: Parameters) -> None:
    """Put books on the photos: the least that each must show, then the others, spread in some way."""
    for photo in photos:
        photo["books"] = []
    room = [photo["books"] for photo in photos if "tiny" not in photo.get("look", {})]
    least, most = (len(room) * number for number in wanted.books)
    books = [draw(_planted(wanted.titles)) for _ in range(min(most, least + plan.books))]
    if wanted.duplicates == "some":
        books += [{"book": wanted.titles[0], "confident": True} for _ in range(2 - len(books))]
    if plan.repeated != "nothing" and len(books) > 1:
        _repeat(books, plan.repeated)
    if wanted.duplicates == "never":
        _part_duplicates(books, wanted)
    _deal(books, room, plan.spread, wanted)
    for shown in room:
        _part_ties(shown)


def _deal(books: Sequence[Json], room: list[list[Json]], spread: str, wanted: Parameters) -> None:
    """Put each book where the spread says, or on the next photo that has room."""
    count = len(room)
    least = count * wanted.books.low
    for number, book in enumerate(books):
        place = number % count if number < least or spread == "around" else _place(spread, number - least, count)
        while len(room[place]) >= wanted.books.high:
            place = (place + 1) % count
        room[place].append(book)


def _place(spread: str, number: int, count: int) -> int:
    if spread == "first":
        return 0
    return count - 1 if spread == "last" else count - 1 - number % count


@lru_cache(maxsize=8)
def _planted(titles: tuple[int, ...]) -> SearchStrategy[Json]:
    """A book on a spine: often one with near-twins; some unsure."""
    choices = [(place, confident) for place in titles for confident in (True, False)]
    twins = [(place, confident) for place in titles if place < TWINS for confident in (True, True, False)]
    return st.sampled_from(choices + twins).map(lambda choice: {"book": choice[0], "confident": choice[1]})


def _repeat(books: list[Json], repeated: str) -> None:
    """Make the last book the first one again, or its near-twin."""
    first, last = books[0], books[-1]
    if repeated == "near twin":
        first["book"], last["book"] = _NEAR[first["book"] % len(_NEAR)]
        return
    last["book"] = first["book"]
    if repeated != "copy":
        first["confident"] = repeated == "less sure"
    last["confident"] = first["confident"] if repeated == "copy" else repeated == "surer"


def _part_duplicates(books: list[Json], wanted: Parameters) -> None:
    """Put in place of each book that was there before the next in the catalogue that was not."""
    taken = set()
    for book in books:
        start = wanted.titles.index(book["book"])
        order = (*wanted.titles[start:], *wanted.titles[:start])
        book["book"] = next(place for place in order if identity(place) not in taken)
        taken.add(identity(book["book"]))


def _part_ties(shown: list[Json]) -> None:
    """Make books of one photo that are the same and as sure the same in their titles, too: which is first is open."""
    titles: dict[tuple[Any, ...], int] = {}
    for book in shown:
        book["book"] = titles.setdefault((identity(book["book"]), book["confident"]), book["book"])


def _labels(kind: str, count: int) -> list[float]:
    """The client's own numbers for its photos: any, equal ones too."""
    numbers: dict[str, list[float]] = {
        "in order": list(range(count)),
        "from one": list(range(1, count + 1)),
        "backwards": list(range(count - 1, -1, -1)),
        "all alike": [7] * count,
        "negative": [-1 - number for number in range(count)],
        "fractions": [number + 0.5 for number in range(count)],
        "large": [2**31 + number for number in range(count)],
    }
    return numbers[kind]
