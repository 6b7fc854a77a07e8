"""Stand-ins for the storage where a test needs no file."""

from collections.abc import Callable, Iterable, Sequence

from reference_server.books import Book
from reference_server.storage import Entry


class MemoryJournal:
    """Keeps entries in a list and shows them at once, or, while `held`, when the test says so."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.held = False
        self._waiting: list[Callable[[], None]] = []

    def say(self, entry: Entry, shown: Callable[[], None]) -> None:
        self.entries.append(entry)
        if self.held:
            self._waiting.append(shown)
        else:
            shown()

    def show(self) -> None:
        self.held = False
        for shown in self._waiting:
            shown()


class MemoryFiles:
    """A job's files."""

    def __init__(self, contents: Iterable[bytes | None], kept: Sequence[Book] = ()) -> None:
        self._contents = list(contents)
        self._kept = list(kept)
        self.read: list[int] = []

    async def content(self, place: int) -> bytes | None:
        self.read.append(place)
        return self._contents[place]

    def keep(self, place: int, books: Sequence[Book]) -> None:
        self._kept += books

    async def kept(self) -> list[Book]:
        return self._kept
