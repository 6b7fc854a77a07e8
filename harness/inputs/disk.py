"""The input type `file`: a file from disk, beside the contract.

Parameters are a path, or a list of paths of which one is drawn. They are relative to the contract's folder: whoever
reads a contract hands them through `located` first. The spec is the path, relative to the working folder or absolute.
Its value: `filename`, without the folder; `content`, bytes; `size`, in bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.inputs.lazily import st
from harness.inputs.parameters import ParameterError, problem, shown
from harness.inputs.schemas import BINARY, COUNT, TEXT, fields

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import Json

LARGEST = 100 * 1024 * 1024
"""Bytes; what is larger is hardly meant to be sent."""


class File:
    """A file from disk. `{file: samples/books.csv}` or `{file: [small.csv, large.csv]}`; the first is the simplest."""

    name = "file"

    def located(self, parameters: Json, folder: Path) -> Json:
        """The parameters with paths relative to the working folder instead of `folder`, the contract's.

        Call it before `check`.
        """
        if isinstance(parameters, list):
            return [self.located(path, folder) for path in parameters]
        if isinstance(parameters, str) and parameters and "\0" not in parameters:
            return str(folder / parameters)
        return parameters

    def check(self, parameters: Json) -> str | None:
        """See `InputType`. Each file must be there."""
        return problem(_read, parameters)

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`."""
        return st.sampled_from(_read(parameters))

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """`filename`, `content` and `size`.

        Raises:
            HarnessError: the file cannot be read any more.
        """
        if not isinstance(spec, str):
            raise HarnessError(f"{shown(spec)} is no spec of the input type 'file', which is a path")
        try:
            path = Path(spec)
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            raise HarnessError(f"the file {spec[:300]!r} cannot be read: {error}") from error
        return {"filename": path.name, "content": content, "size": len(content)}

    def describe(self, spec: Json) -> str:
        """The path."""
        return shown(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        return fields(filename=TEXT, content=BINARY, size=COUNT)


def _read(parameters: Json) -> list[str]:
    paths = parameters if isinstance(parameters, list) else [parameters]
    if not paths or not all(isinstance(path, str) and path for path in paths):
        raise ParameterError(f"file must be a path, or a list of at least one, got {shown(parameters)}")
    for path in paths:
        try:
            size = Path(path).stat().st_size if Path(path).is_file() else None
        except (OSError, ValueError):
            size = None
        if size is None:
            raise ParameterError(f"there is no file {path[:300]!r}; paths are relative to the contract's folder")
        if size > LARGEST:
            raise ParameterError(f"the file {path[:300]!r} has {size:,} bytes, at most {LARGEST:,} are read")
    return list(paths)
