"""What the columns of a CSV file of books are called, and which books are to be imported from one.

Title: `title` or `book title`. Author: the first that is there of `author`, `authors`, `primary author`, `author name`.
ISBN: the first of `isbn13`, `isbn`, `isbn/uid`, `isbns` that is not empty once cleaned. Names are compared trimmed and
without case. A row is importable if it has the header's number of columns, a title and an author.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TITLES = ("title", "book title")
AUTHORS = ("author", "authors", "primary author", "author name")
ISBNS = ("isbn13", "isbn", "isbn/uid", "isbns")
TRIMMED = " \t\r\n\u00a0"
"""What is trimmed off cells: space, tab, CR, LF, no-break space."""

# fmt: off
EXPORTS: dict[str, tuple[str, ...]] = {
    "goodreads": (
        "Book Id", "Title", "Author", "Author l-f", "Additional Authors", "ISBN", "ISBN13", "My Rating",
        "Average Rating", "Publisher", "Binding", "Number of Pages", "Year Published", "Original Publication Year",
        "Date Read", "Date Added", "Bookshelves", "Bookshelves with positions", "Exclusive Shelf", "My Review",
        "Spoiler", "Private Notes", "Read Count", "Owned Copies",
    ),
    "librarything": (
        "Book Id", "Title", "Sort Character", "Primary Author", "Primary Author Role", "Secondary Author",
        "Secondary Author Roles", "Publication", "Date", "Review", "Rating", "Comment", "Private Comment", "Summary",
        "Media", "Physical Description", "Weight", "Height", "Thickness", "Length", "Dimensions", "Page Count",
        "LCCN", "Acquired", "Date Started", "Date Read", "Barcode", "BCID", "Tags", "Collections", "Languages",
        "Original Languages", "LC Classification", "ISBN", "ISBNs", "Subjects", "Dewey Decimal", "Dewey Wording",
        "Other Call Number", "Copies", "Source", "Entry Date", "From Where", "OCLC", "Work id", "Lending Patron",
        "Lending Status", "Lending Start", "Lending End", "List Price", "Purchase Price", "Value", "Condition",
        "ISSN",
    ),
    "storygraph": (
        "Title", "Authors", "Contributors", "ISBN/UID", "Format", "Read Status", "Date Added", "Last Date Read",
        "Dates Read", "Read Count", "Moods", "Pace", "Character- or Plot-Driven?", "Strong Character Development?",
        "Loveable Characters?", "Diverse Characters?", "Flawed Characters?", "Star Rating", "Review",
        "Content Warnings", "Content Warning Description", "Tags", "Owned?",
    ),
}
# fmt: on
"""The headers that book services write, by service."""


def columns(header: Sequence[str], names: Iterable[str]) -> list[int]:
    """Where in the header the columns of these names are, in the order of `names`."""
    plain = [cell.strip(TRIMMED).lower() for cell in header]
    return [plain.index(name) for name in names if name in plain]


def reported(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[dict[str, Any]]:
    """The rows that are not importable: `{"row": its number from 1, "title": text or None}`."""
    titles, authors = (columns(header, names) for names in (TITLES, AUTHORS))
    found = []
    for number, row in enumerate(rows, start=1):
        title, author = (row[places[0]].strip(TRIMMED) if places[0] < len(row) else "" for places in (titles, authors))
        if len(row) != len(header) or not title or not author:
            found.append({"row": number, "title": title or None})
    return found


def importable(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[dict[str, Any]]:
    """The books of the rows that are importable: `{"title", "author", "isbn": text or None}`."""
    titles, authors, isbns = (columns(header, names) for names in (TITLES, AUTHORS, ISBNS))
    if not titles or not authors:
        return []
    books = []
    for row in rows:
        if len(row) != len(header):
            continue
        title, author = row[titles[0]].strip(TRIMMED), row[authors[0]].strip(TRIMMED)
        if title and author:
            books.append({"title": title, "author": author, "isbn": _isbn(header, row, isbns)})
    return books


def _isbn(header: Sequence[str], row: Sequence[str], places: Iterable[int]) -> str | None:
    """The first ISBN of a row that is not empty."""
    for place in places:
        cell = row[place].strip(TRIMMED)
        if header[place].strip(TRIMMED).lower() == "isbns":
            cell = re.split("[,; ]", cell)[0]
        if cleaned := re.sub("[^0-9X]", "", cell.upper()):
            return cleaned
    return None
