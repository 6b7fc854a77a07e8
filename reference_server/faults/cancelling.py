"""Cancelling: cancels that are ignored, announced at the wrong time, refused for no reason, or cost what was found."""

from collections.abc import Iterable, Sequence
from typing import Any

from reference_server.answers import Refusal
from reference_server.batch import Batch
from reference_server.books import Book
from reference_server.channel import Channel
from reference_server.clock import Clock
from reference_server.components import Components
from reference_server.faults.fault import Fault
from reference_server.faults.parts import BatchCalls, both, on_batch, on_batch_calls, on_channel, on_watcher
from reference_server.faults.request_parts import CANCEL_PATH, CSV_PATH, Handle, on_handler
from reference_server.messages import Message
from reference_server.shapes import JobRequest
from reference_server.watching import Watcher

# --- the request ----------------------------------------------------------------------------------------------------


def _whatever_id(handle: Handle, _: Clock) -> Handle:
    """Asks the object of that id, which is made where there is none."""

    async def cancel(request: JobRequest) -> Any:  # noqa: ANN401 - what an operation answers
        try:
            return await handle(request)
        except Refusal:
            return {"jobId": request.jobId, "status": "canceling"}

    return cancel


def _says_it_is_done(handle: Handle, _: Clock) -> Handle:
    """Answers with what will be."""

    async def cancel(request: JobRequest) -> Any:  # noqa: ANN401 - what an operation answers
        answer = await handle(request)
        return {**answer, "status": "canceled"} if answer["status"] == "canceling" else answer

    return cancel


def _any_kind_of_job(components: Components) -> Components:
    """Has one table for jobs of both kinds."""
    imports: set[str] = set()

    def noted(handle: Handle, _: Clock) -> Handle:
        async def load(content: bytes) -> Any:  # noqa: ANN401 - what an operation answers
            answer = await handle(content)
            imports.add(answer["jobId"])
            return answer

        return load

    def found(handle: Handle, _: Clock) -> Handle:
        async def cancel(request: JobRequest) -> Any:  # noqa: ANN401 - what an operation answers
            if request.jobId in imports:
                return {"jobId": request.jobId, "status": "canceling"}
            return await handle(request)

        return cancel

    return on_handler(found, CANCEL_PATH)(on_handler(noted, CSV_PATH)(components))


# --- the work -------------------------------------------------------------------------------------------------------


class _Ignores(Batch):
    """Notes the cancel where nobody looks."""

    def cancel_batch(self) -> list[Message]:
        if not self.finished:
            self.status = "canceling"
        return []


class _GoesOn(Batch):
    """Announces the cancel and does not keep it."""

    def cancel_batch(self) -> list[Message]:
        messages = super().cancel_batch()
        if self.begun:
            self.cancel_requested = False
        return messages


class _SaysComplete(Batch):
    """Has one status for every end."""

    def complete_batch(self, books: Sequence[Book]) -> list[Message]:
        return [message | {"status": "complete"} for message in super().complete_batch(books)]


class _ForgetsBooks(BatchCalls):
    """Ends a cancelled batch as if nothing had been found."""

    def complete_batch(self, books: Sequence[Book]) -> None:
        super().complete_batch([] if self.is_canceled() else books)


class _NoEnd(Channel):
    """Cannot say the end of a batch that was cancelled."""

    cancelled = False

    def publish(self, messages: Iterable[Message], *, state: str, last: bool) -> None:
        said = list(messages)
        self.cancelled = self.cancelled or any(message["type"] == "batch-canceling" for message in said)
        if not (self.cancelled and last):
            super().publish(said, state=state, last=last)


class _NoPing(Watcher):
    """Stops its timer when a batch is cancelled."""

    def _seconds_to_wait(self) -> float | None:
        return None if getattr(self._channel, "cancelled", False) else super()._seconds_to_wait()


FAULTS = (
    Fault(
        name="cancel-ignored",
        family="cancelling",
        symptom="a cancel is answered with `canceling`, and the batch goes on as if nobody had asked",
        killed_by=("batch-cancel/at_end/cancelling-is-announced",),
        told_as=("broken-relation",),
        apply=on_batch(_Ignores),
    ),
    Fault(
        name="cancel-without-end",
        family="cancelling",
        symptom="after `batch-canceling` the photo in work ends, and then nothing comes: no end, no close, no ping",
        killed_by=("batch-cancel/deadlines/no-gap",),
        told_as=("silent-job",),
        apply=both(on_channel(_NoEnd), on_watcher(_NoPing)),
    ),
    Fault(
        name="cancel-goes-on",
        family="cancelling",
        symptom="after `batch-canceling` the remaining photos are scanned all the same",
        killed_by=("batch-cancel/order",),
        told_as=("wrong-order", "repeated-message"),
        apply=on_batch(_GoesOn),
    ),
    Fault(
        name="cancel-loses-the-books",
        family="cancelling",
        symptom="a cancelled batch ends without the books that were found before",
        killed_by=("batch-cancel/at_end/books-of-finished-photos-are-kept",),
        told_as=("broken-relation",),
        apply=on_batch_calls(_ForgetsBooks),
    ),
    Fault(
        name="cancel-of-an-unknown-job-accepted",
        family="cancelling",
        symptom="a cancel of a job that does not exist is answered with 200",
        killed_by=("http/refused/status",),
        told_as=("wrong-refusal",),
        apply=on_handler(_whatever_id, CANCEL_PATH),
    ),
    Fault(
        name="cancel-of-an-import-accepted",
        family="cancelling",
        symptom="a cancel of a CSV import, which is no batch job, is answered with 200",
        killed_by=("http/refused/status",),
        told_as=("wrong-refusal",),
        apply=_any_kind_of_job,
    ),
    Fault(
        name="cancel-says-it-is-done",
        family="cancelling",
        symptom="a cancel is answered with `canceled` while the batch is still ending",
        killed_by=("batch-cancel/actions/cancel/body",),
        told_as=("wrong-answer",),
        apply=on_handler(_says_it_is_done, CANCEL_PATH),
    ),
    Fault(
        name="cancelled-batch-is-complete",
        family="cancelling",
        symptom="a batch of which photos were skipped ends with status `complete`",
        killed_by=("batch-cancel/at_end/canceled-if-a-photo-was-skipped",),
        told_as=("broken-relation",),
        apply=on_batch(_SaysComplete),
    ),
)
