"""Order: everything is said, but not in its turn; a call was not awaited, or things run side by side."""

from collections.abc import Callable, Iterable, Sequence

from reference_server.batch import PhotoStatus
from reference_server.books import Book
from reference_server.faults.fault import Apply, Fault
from reference_server.faults.parts import BatchCalls, EditedChannel, on_batch_calls, on_channel, on_watcher
from reference_server.messages import Message
from reference_server.progress import BatchReporter
from reference_server.watching import Watcher

Update = tuple[int, PhotoStatus, int, str | None]


def _overtaken(late: Callable[[Message], bool]) -> Apply:
    """A message that is `late` is sent, but not waited for: the one after it comes first."""

    class Overtaking(EditedChannel):
        _held: Message | None = None

        def edit(self, message: Message) -> Iterable[Message]:
            held, self._held = self._held, None
            if held is not None:
                return (message, held)
            if late(message):
                self._held = message
                return ()
            return (message,)

    return on_channel(Overtaking)


def _is_end_of_last_photo(message: Message) -> bool:
    if message.get("photoStatus", "processing") == "processing":
        return False
    return bool(message["currentPhoto"] == message["totalPhotos"] - 1)


class _SideBySide(BatchCalls):
    """All photos are begun at once, and their results awaited together."""

    def __init__(self, inner: BatchReporter) -> None:
        super().__init__(inner)
        self._results: list[Update] = []

    def update_photo(self, index: int, status: PhotoStatus, *, books_found: int = 0, error: str | None = None) -> None:
        if status == "processing":
            self.inner.update_photo(index, status)
        else:
            self._results.append((index, status, books_found, error))

    def complete_batch(self, books: Sequence[Book]) -> None:
        for index, status, books_found, error in self._results:
            self.inner.update_photo(index, status, books_found=books_found, error=error)
        self.inner.complete_batch(books)


class _NewestFirst(Watcher):
    """Reads the history in the order in which an index happens to have it."""

    async def _write(self) -> None:
        history = self._channel.since(0)
        self._position = len(history)
        for text in reversed(history):
            await self._send_news(text)
        await super()._write()


FAULTS = (
    Fault(
        name="batch-init-not-awaited",
        family="order",
        symptom="`batch-init` comes after the first message about a photo",
        killed_by=("batch-scan/order",),
        told_as=("wrong-order",),
        apply=_overtaken(lambda message: message["type"] == "batch-init"),
    ),
    Fault(
        name="batch-complete-overtakes-last-photo",
        family="order",
        symptom="`batch-complete` comes before the end of the last photo, which follows it",
        killed_by=("batch-scan/order",),
        told_as=("wrong-order",),
        apply=_overtaken(_is_end_of_last_photo),
    ),
    Fault(
        name="photos-side-by-side",
        family="order",
        symptom="all photos are begun before the first one is done",
        killed_by=("batch-scan/order",),
        told_as=("wrong-order",),
        apply=on_batch_calls(_SideBySide),
    ),
    Fault(
        name="history-newest-first",
        family="order",
        symptom="a late client is sent the history backwards",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("wrong-order", "lost-to-a-late-client"),
        apply=on_watcher(_NewestFirst),
    ),
)
