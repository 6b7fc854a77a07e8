"""Keeping secrets out of what `init` writes: the trace first, so that nothing is guessed from a secret."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.authoring.words import SHORTEST_SECRET, secret_values
from harness.targets.masking import MASK
from harness.trace.events import What
from harness.trace.ndjson import Header, Trace, read, write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.targets.secrets import Secrets
    from harness.trace.events import Event

_NO_HEADER = Header("", "", {"inputs": {}, "connect_after": 0.0}, {})


class Hiding:
    """Every secret of one use of `init`."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self._known: set[str] = set()

    def add(self, values: Iterable[str]) -> None:
        """Keep these values out."""
        for value in values:
            self.secrets.add(value)
            self._known.add(value)

    def look_at(self, event: Event) -> None:
        """Keep out what an event brings that is called like a secret, or stands in a header that carries one."""
        if event.what is What.ANSWER:
            self.secrets.add_headers(event.value["headers"])
            self.add(secret_values(event.value["body"]))
        elif event.what is What.RECEIVED:
            self.add(secret_values(event.value))

    def masked(self, trace: Trace) -> Trace:
        """The trace as it would be read again once it was kept."""
        header = trace.header or _NO_HEADER
        kept = read(write(replace(trace, header=header), self.secrets.redact_json), "the trace")
        return replace(kept, header=trace.header)

    def without(self, text: str) -> str:
        """A text without the values that are known; unlike a report it may say where a secret will stand."""
        for value in sorted(self._known, key=len, reverse=True):
            if len(value) >= SHORTEST_SECRET:
                text = text.replace(value, MASK)
        return text
