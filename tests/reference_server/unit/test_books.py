import pytest

from reference_server.books import Book, Box, read_spine, without_duplicates

BOX = Box(0.1, 0.2, 0.3, 0.4)


def book(title: str, author: str = "A", isbn: str | None = None, confidence: float = 0.9) -> Book:
    return Book(title, author, isbn, confidence, BOX)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("book:-|Dune|Frank Herbert", book("Dune", "Frank Herbert")),
        ("book:|Dune|", book("Dune", "")),
        ("book:978X|Dune: I|Ünï", book("Dune: I", "Ünï", "978X")),
        ("book~:1|Dune|A", book("Dune", "A", "1", 0.5)),
    ],
)
def test_a_spine_is_read(text: str, expected: Book) -> None:
    assert read_spine(text, BOX) == expected


@pytest.mark.parametrize("text", ["", "book", "http://x", "book:-|Dune", "book:-|a|b|c", "book:-| |A", "Book:-|a|b"])
def test_other_codes_are_no_books(text: str) -> None:
    assert read_spine(text, BOX) is None


def test_as_json() -> None:
    assert book("Dune").as_json() == {
        "title": "Dune",
        "author": "A",
        "isbn": None,
        "format": "unknown",
        "confidence": 0.9,
        "boundingBox": {"x1": 0.1, "y1": 0.2, "x2": 0.3, "y2": 0.4},
    }


@pytest.mark.parametrize(
    ("books", "kept"),
    [
        ([book("a", isbn="1"), book("b", isbn="1")], [0]),
        ([book("a", isbn="1", confidence=0.5), book("b", isbn="1")], [1]),
        ([book("a", isbn="1"), book("b", isbn="1", confidence=0.5)], [0]),
        ([book("a"), book("a")], [0]),
        ([book("a"), book("A"), book("a", "B")], [0, 1, 2]),
        ([book("a"), book("a", isbn="1")], [0, 1]),
        ([book("a", confidence=0.5), book("b"), book("a")], [2, 1]),
        ([], []),
    ],
)
def test_duplicates(books: list[Book], kept: list[int]) -> None:
    unique = without_duplicates(books)
    assert [id(one) for one in unique] == [id(books[index]) for index in kept]
