from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import Phase, find, settings

from harness.errors import HarnessError
from harness.inputs import registry
from harness.inputs.disk import LARGEST, File

FILE = registry()["file"]
QUIET = settings(database=None, derandomize=True, deadline=None, phases=[Phase.generate, Phase.shrink])


def test_builds_what_is_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0\xff")
    parameters = File().located(["a.bin", "b.bin"], tmp_path)
    assert (
        FILE.check(parameters)
        == f"there is no file '{tmp_path / 'b.bin'}'; paths are relative to the contract's folder"
    )
    (tmp_path / "b.bin").write_bytes(b"b")
    assert FILE.check(parameters) is None
    first = find(FILE.strategy(parameters), lambda _: True, settings=QUIET)
    second = find(FILE.strategy(parameters), lambda spec: spec != first, settings=QUIET)
    assert FILE.build(first) == {"filename": "a.bin", "content": b"\0\xff", "size": 2}
    assert FILE.build(second) == {"filename": "b.bin", "content": b"b", "size": 1}


def test_absolute_paths_and_what_is_no_path_are_left_as_they_are(tmp_path: Path) -> None:
    absolute = str(tmp_path / "a")
    assert File().located([absolute, 3, ""], Path("contracts")) == [absolute, 3, ""]
    assert File().located("a", Path("contracts")) == str(Path("contracts", "a"))


@pytest.mark.parametrize("parameters", [None, [], "", 3, [""], {"path": "a"}])
def test_what_is_no_path_is_told(parameters: object) -> None:
    assert (FILE.check(parameters) or "").startswith("file must be a path, or a list of at least one, got ")


@pytest.mark.parametrize("path", ["nowhere/at.all", ".", "a\0b", "x" * 5_000])
def test_what_is_no_file_is_told(path: str) -> None:
    assert (FILE.check(path) or "").startswith("there is no file ")


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(LARGEST + 1)
    assert "has 104,857,601 bytes" in (FILE.check(str(tmp_path / "large")) or "")


@pytest.mark.parametrize("spec", [None, "nowhere/at.all", "a\0b"])
def test_a_file_that_is_gone_is_an_error(spec: object) -> None:
    with pytest.raises(HarnessError, match="file"):
        FILE.build(spec)
