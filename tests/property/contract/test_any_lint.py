"""Whatever a contract is, linting it gives findings; it raises nothing and comes to an end."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.contract.lint import errors
from harness.contract.loading import bundled_contracts, load, read
from harness.contract.problems import ContractError
from harness.contract.source import plain, read_document
from harness.inputs import registry
from harness.linting import as_json, as_text, lint

if TYPE_CHECKING:
    from pathlib import Path

TRIED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TYPES = registry()
SOURCES = bundled_contracts()
BUNDLED = [plain(read_document(path, path.name)) for path in SOURCES]
WORDS = """
    language contract title inputs before request accepted refusals actions cleanup afterwards socket client deadlines
    always at_end off probes hints cases refused based_on $ref status within schema body expect json raw multipart path
    method headers connect sends messages schemas anytime order late_join for when group level from to each between
    or_end either optional repeat interleave for_each interleaved capture close quiet at after text times first drop
    watchers act jobs integer choice fresh list where properties items allOf type a b ready done init complete
"""
NAMES = st.sampled_from(WORDS.split())
EXPRESSIONS = st.sampled_from(
    ["msg.x == 1", "last.done.y", "all.a", "size(all.a) >= 0", "a.b.c", "a[0].b", "a.all(b, b.c == a)", "'a' in last",
     "accepted.body.x", "1 + 'a'", "true", "sum(all.a.map(b, b.n)) == a", "${a.b}", "x-${a[9].b}-${b}", "((", "a.b(",
     "\0", "common.yaml#/a", "#/a", "1s", "1..5", "uuid", "0s..1s"]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-5, 3000) | EXPRESSIONS | NAMES | st.text(max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def looked_at(path: Path, text: str) -> None:
    """Lint the text; what is an error there is one for a run, and nothing else is."""
    path.write_text(text, "utf-8", errors="replace")
    linted = lint([path])
    assert as_text(linted)
    assert as_json(linted)
    with suppress(ContractError):
        loaded = read(path, TYPES)
        wrong = {str(problem) for problem in ContractError(errors(loaded, TYPES)).problems}
        told = {str(one.problem) for one in linted.findings if one.level == "error"}
        assert wrong == told
        if not wrong:
            assert load(path, TYPES).cases


@st.composite
def changed(draw: st.DrawFn) -> Any:  # noqa: ANN401 - any JSON value
    """A bundled contract with values replaced, removed or put elsewhere."""
    whole = draw(st.sampled_from(BUNDLED))
    if draw(st.booleans()):
        whole = {**whole, "cases": dict(list(whole["cases"].items())[:2])}
    for _ in range(draw(st.integers(1, 4))):
        whole = _changed(draw, whole)
    return whole


def _changed(draw: st.DrawFn, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict) and value and draw(st.integers(0, 9)) != 0:
        key = draw(st.sampled_from(sorted(value)))
        changed = {**value, key: _changed(draw, value[key])}
        if draw(st.integers(0, 9)) == 0:
            changed[draw(NAMES)] = changed.pop(key)
        return changed
    if isinstance(value, list) and value and draw(st.booleans()):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], _changed(draw, value[place]), *value[place + 1 :]]
    return draw(VALUES)


@given(changed())
@TRIED
def test_a_bundled_contract_with_other_values(tmp_path: Path, document: Any) -> None:  # noqa: ANN401
    for beside in SOURCES[0].parent.glob("*.yaml"):
        if not (tmp_path / beside.name).exists():
            shutil.copy(beside, tmp_path)
    looked_at(tmp_path / "c.contract.yaml", yaml.safe_dump(document, allow_unicode=True, sort_keys=False))


@given(st.dictionaries(NAMES, VALUES, max_size=8))
@TRIED
def test_any_document(tmp_path: Path, document: dict[str, Any]) -> None:
    whole = {"language": 1, "contract": "c", "cases": {"a": {}}, **document}
    looked_at(tmp_path / "c.contract.yaml", yaml.safe_dump(whole, allow_unicode=True))


@given(st.sampled_from(SOURCES), st.data())
@TRIED
def test_changed_bytes(tmp_path: Path, source: Path, data: st.DataObject) -> None:
    content = source.read_bytes()
    at = data.draw(st.integers(0, len(content)))
    cut = data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=6) | EXPRESSIONS.map(str.encode))
    path = tmp_path / source.name
    path.write_bytes(content[:at] + put + content[at + cut :])
    assert as_text(lint([path]))
