"""However broken a contract's file is, reading it gives a contract or says what is wrong with it."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.contract.loading import bundled_contracts, load
from harness.contract.problems import ContractError

if TYPE_CHECKING:
    from harness.trace.events import Json

BROKEN = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
CONTRACTS = bundled_contracts()
SCHEMAS = CONTRACTS[0].parent / "schemas.yaml"
TEXTS = {path.name: path.read_bytes() for path in (*CONTRACTS, SCHEMAS)}
INDICATORS = b"{}[]:,-&*!|>'\"%@`#?~$.\n\t \\<=0123456789\x00\xff\xef"
SNIPPETS = [
    b"${", b"}", b"{", b"]", b": ", b"- ", b"&a ", b"*a", b"<<: *a", b"!!int ", b"!!binary ", b"~", b"null", b"'", b'"',
    b"\\ud800", b"\\UFFFFFFFF", b"\r", b"\t", b"\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"---\n",
    b"...\n", b"%YAML 9.9\n",
    b"1e999", b".nan", b"0x", b"9" * 400, b"(" * 50, b"[" * 150, b"last.", b"$ref", b"#/", b"http://[", b"? ", b"0s",
    b"[]", b"{}",
]  # fmt: skip


class AnyParameters:
    def check(self, parameters: Json) -> str | None:
        return None


TYPES = dict.fromkeys(("shelf_photos", "csv_books", "choice"), AnyParameters())


def read(folder: Path, name: str, content: bytes) -> None:
    """Read both contracts, with one of the three files replaced; anything but a ContractError is a failure."""
    for original in (*CONTRACTS, SCHEMAS):
        if not (folder / original.name).exists():
            shutil.copy(original, folder)
    (folder / name).write_bytes(content)
    for path in [folder / name] if name.endswith(".contract.yaml") else [folder / one.name for one in CONTRACTS]:
        with suppress(ContractError):
            assert load(path, TYPES).cases
    (folder / name).write_bytes(TEXTS[name])


@st.composite
def mutated(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with a few bytes changed, inserted, cut out or doubled."""
    broken = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(broken) - 1, 0)))
        size = draw(st.integers(0, 12))
        kind = draw(st.sampled_from(["byte", "insert", "cut", "double"]))
        if kind == "byte":
            broken[at : at + 1] = bytes([draw(st.sampled_from(INDICATORS))])
        elif kind == "insert":
            broken[at:at] = draw(st.sampled_from(SNIPPETS))
        elif kind == "cut":
            del broken[at : at + size]
        else:
            broken[at:at] = broken[at : at + size]
    return bytes(broken)


@st.composite
def shuffled(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with a few lines elsewhere, or with another indentation."""
    lines = content.split(b"\n")
    for _ in range(draw(st.integers(1, 4))):
        line = lines.pop(draw(st.integers(0, len(lines) - 1)))
        if draw(st.booleans()):
            line = b" " * draw(st.integers(0, 8)) + line.strip()
        lines.insert(draw(st.integers(0, len(lines))), line)
    return b"\n".join(lines)


@pytest.mark.parametrize("name", TEXTS)
@given(st.data())
@BROKEN
def test_changed_bytes(tmp_path: Path, name: str, data: st.DataObject) -> None:
    read(tmp_path, name, data.draw(mutated(TEXTS[name])))


@pytest.mark.parametrize("name", TEXTS)
@given(st.data())
@BROKEN
def test_moved_lines(tmp_path: Path, name: str, data: st.DataObject) -> None:
    read(tmp_path, name, data.draw(shuffled(TEXTS[name])))


@pytest.mark.parametrize("name", TEXTS)
@given(st.data())
@settings(BROKEN, max_examples=15)
def test_files_cut_short(tmp_path: Path, name: str, data: st.DataObject) -> None:
    read(tmp_path, name, TEXTS[name][: data.draw(st.integers(0, len(TEXTS[name])))])


@given(st.text(max_size=200))
@example("language: 1\ncontract: a\ncases: {a: {}}")
@example("&a {*a : *a}")
@settings(BROKEN, max_examples=100)
def test_any_text(tmp_path: Path, text: str) -> None:
    read(tmp_path, CONTRACTS[0].name, text.encode("utf-8", "surrogatepass"))


EXPRESSIONS = st.text(st.sampled_from("abmsglastprevaccepted.()[]{}'\"=<>!&|?:+-*/%0123456789 \\\n$#@é\0"), max_size=40)


@given(EXPRESSIONS)
@settings(BROKEN, max_examples=40)
def test_any_expression(tmp_path: Path, expression: str) -> None:
    quoted = '"' + "".join(f"\\U{ord(character):08x}" for character in expression) + '"'
    text = TEXTS["csv-import.contract.yaml"].decode()
    for anchor in ("msg.jobId == accepted.body.data.jobId", '"${file.content}"'):
        assert anchor in text
        text = text.replace(anchor, quoted)
    read(tmp_path, "csv-import.contract.yaml", text.encode())
