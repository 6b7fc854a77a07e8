"""Repeats: messages that come once too often, and second endings."""

import json
from collections.abc import Callable, Iterable

from reference_server.channel import Channel
from reference_server.components import Components
from reference_server.faults.fault import Apply, Fault
from reference_server.faults.parts import edited, on_channel, on_watcher
from reference_server.messages import Message
from reference_server.watching import Watcher


def _twice(what: Callable[[Message], bool]) -> Apply:
    return edited(lambda message: (message, message) if what(message) else (message,))


def _then_an_error(message: Message) -> Iterable[Message]:
    """What follows `complete` fails, and the handler of errors does not ask whether the import was over."""
    yield message
    if message["type"] == "complete":
        problem = {"error": "result is not defined", "fallbackAvailable": True, "suggestion": "Import it again."}
        yield message | {"type": "error", "data": problem}


class _ToldAtEachCancel(Channel):
    """Every cancel of a batch is told, not only the first; those that come before it begins, when it does."""

    _before = 0

    def publish(self, messages: Iterable[Message], *, state: str, last: bool) -> None:
        messages = list(messages)
        canceling = {"type": "batch-canceling", "jobId": self.job_id}
        if not messages:  # a cancel that changes nothing
            begun = json.loads(state).get("begun")
            self._before += not begun
            messages = [canceling] if begun else []
        elif messages[-1]["type"] == "batch-canceling":
            messages += [canceling] * (self._before - 1)
        super().publish(messages, state=state, last=last)


class _ReplayingAtReady(Watcher):
    """Takes `ready` for the wish to hear everything, which the client has been sent already."""

    async def _acknowledge(self) -> None:
        if self._acks_owed:
            self._position = 0
        await super()._acknowledge()


def _acknowledging_to_all(to: Components) -> Components:
    """`ready_ack` goes through the function that sends the job's messages: to every client."""
    clients: dict[str, set[Watcher]] = {}

    class Broadcasting(Watcher):
        _echoes = 0

        async def serve(self) -> None:
            together = clients.setdefault(self._channel.job_id, set())
            together.add(self)
            try:
                await super().serve()
            finally:
                together.discard(self)

        async def _acknowledge(self) -> None:
            for _ in range(self._acks_owed):
                for other in clients[self._channel.job_id] - {self}:
                    if isinstance(other, Broadcasting):
                        other._echoes += 1
                        other._wake.set()
            self._acks_owed += self._echoes
            self._echoes = 0
            await super()._acknowledge()

    return on_watcher(Broadcasting)(to)


FAULTS = (
    Fault(
        name="batch-init-twice",
        family="repeats",
        symptom="`batch-init` comes twice: from the handler and from the progress object",
        killed_by=("batch-scan/order",),
        told_as=("repeated-message",),
        apply=_twice(lambda message: message["type"] == "batch-init"),
    ),
    Fault(
        name="batch-complete-twice",
        family="repeats",
        symptom="`batch-complete` comes twice",
        killed_by=("batch-scan/order",),
        told_as=("message-after-the-end",),
        apply=_twice(lambda message: message["type"] == "batch-complete"),
    ),
    Fault(
        name="csv-complete-then-error",
        family="repeats",
        symptom="an import ends with `complete` and then with `error`",
        killed_by=("csv-import/order",),
        told_as=("message-after-the-end",),
        apply=edited(_then_an_error),
    ),
    Fault(
        name="second-cancel-told-again",
        family="repeats",
        symptom="a second cancel of a batch that has not ended causes a second `batch-canceling`",
        killed_by=("batch-cancel/order",),
        told_as=("repeated-message",),
        apply=on_channel(_ToldAtEachCancel),
    ),
    Fault(
        name="replays-at-each-ready",
        family="repeats",
        symptom="when a client says `ready` it is sent the history again that it was sent when it connected",
        killed_by=("batch-scan/order", "csv-import/order"),
        told_as=("repeated-message",),
        apply=on_watcher(_ReplayingAtReady),
    ),
    Fault(
        name="ready-ack-to-all",
        family="repeats",
        symptom="each `ready` of one client is acknowledged to every client of the job",
        killed_by=("batch-scan/at_end/one-ack-each", "csv-import/at_end/one-ack-each"),
        told_as=("wrong-totals",),
        apply=_acknowledging_to_all,
    ),
)
