import pytest

from reference_server.csv_books import ImportedBook, read_library
from reference_server.csv_text import UnusableCsv


def only(text: str) -> ImportedBook:
    (book,) = read_library(text.encode()).books
    return book


@pytest.mark.parametrize(
    "header",
    [
        "title,author",
        "Book Title,Authors",
        " TITLE\u00a0 ,Primary Author",
        "title,author name",
        "title,author,authors,primary author",
        "title,Author,title,extra",
    ],
)
def test_columns_are_found_by_name(header: str) -> None:
    rest = ",other" * (header.count(",") - 1)
    assert only(f"{header}\nDune,Frank Herbert{rest}\n") == ImportedBook("Dune", "Frank Herbert", None)


def test_the_first_author_column_of_the_list_counts_wherever_it_stands() -> None:
    assert only("author name,authors,title,author\nd,b,Dune,a").author == "a"


@pytest.mark.parametrize(
    ("header", "cells", "isbn"),
    [
        ("isbn", "978-0-441-17271-9", "9780441172719"),
        ("ISBN", '"=""080442957x"""', "080442957X"),
        ("isbn13", '"="""""', None),
        ("isbn,isbn13", "1,2", "2"),
        ("isbn,isbn13", "1,n/a", "1"),
        ("isbn/uid", "9780441172719", "9780441172719"),
        ("isbns", '"123, 456"', "123"),
        ("isbns", "[123];456", "123"),
        ("isbns", "123 456", "123"),
        ("isbns", '",456"', None),
        ("isbns,isbn/uid", "1,2", "2"),
    ],
)
def test_isbn(header: str, cells: str, isbn: str | None) -> None:
    book = only(f"title,author,{header}\nDune,Frank Herbert,{cells}\n")
    assert book.isbn == isbn
    assert ("isbn" in book.as_json()) == (isbn is not None)


def test_rows_that_cannot_be_imported_are_told_with_their_title_or_number() -> None:
    rows = ["a,b,1"] * 10 + ["Emma,,", ",Jane Austen,", ",,", "Short,x", "Long,x,,y", "Good,x,"]
    library = read_library("\n".join(["title,author,isbn", *rows]).encode())
    assert [error.as_json() for error in library.errors] == [
        {"title": "Emma", "error": "no author"},
        {"title": "row 12", "error": "no title"},
        {"title": "row 13", "error": "no title"},
        {"title": "Short", "error": "2 columns where the header has 3"},
        {"title": "Long", "error": "4 columns where the header has 3"},
    ]
    assert library.success_rate == "11/16"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name,author\na,b", "no title column"),
        ("title,writer\na,b", "no author column"),
        ("title,author\n,b\na,", "no row has both"),
    ],
)
def test_a_table_without_books_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UnusableCsv, match=reason) as refused:
        read_library(text.encode())
    assert refused.value.suggestion
