"""How faults replace what one HTTP operation reads and does; see `parts` for all else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from reference_server.clock import Clock
from reference_server.components import Components
from reference_server.faults.fault import Apply
from reference_server.operations import Operation, Reads

Handle = Callable[[Any], Any]

BATCH_PATH = "/api/scan-bookshelf/batch"
CANCEL_PATH = "/api/scan-bookshelf/cancel"
CSV_PATH = "/api/import/csv-gemini"
STATE_PATH = "/test/do/get-state"
UPDATE_PATH = "/test/do/update-photo"


@dataclass(frozen=True)
class BeforeReading:
    """Stands before what an operation reads; override `read`, which is handed each request first."""

    correct: Reads[Any]

    @property
    def model(self) -> type[BaseModel] | None:
        """See `Reads`."""
        return self.correct.model

    def describe(self) -> Mapping[str, Any]:
        """See `Reads`."""
        return self.correct.describe()


def on_operations(change: Callable[[Operation[Any]], Operation[Any]], *paths: str) -> Apply:
    """The operations at `paths`, each as `change` makes it."""

    def apply(to: Components) -> Components:
        inner = to.http.offered

        def offered(operations: Sequence[Operation[Any]]) -> Sequence[Operation[Any]]:
            return [change(one) if one.path in paths else one for one in inner(operations)]

        return replace(to, http=replace(to.http, offered=offered))

    return apply


def on_handler(change: Callable[[Handle, Clock], Handle], *paths: str) -> Apply:
    """What is done about requests at `paths`: `change` is given the handler that it stands before, and the clock."""

    def apply(to: Components) -> Components:
        clock = to.platform.clock
        return on_operations(lambda one: replace(one, handle=change(one.handle, clock)), *paths)(to)

    return apply


def on_reads(path: str, **fields: object) -> Apply:
    """What an operation reads of its requests, with other `fields` of its `JsonBody` or `FileInForm`."""
    return on_operations(lambda one: replace(one, reads=_with(one.reads, fields)), path)


def _with(reads: Any, fields: Mapping[str, object]) -> Any:  # noqa: ANN401 - a dataclass with these fields
    if isinstance(reads, BeforeReading):
        return replace(reads, correct=_with(reads.correct, fields))
    return replace(reads, **fields)
