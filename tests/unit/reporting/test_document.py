from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from harness.reporting import document as room
from harness.reporting.document import VERSION, document, written
from tests.unit.reporting.made import REPLAY, SECRET, golden, judged, of_each_class, ran, secrets
from tests.unit.reporting.names import NAMES
from tests.unit.reporting.schemas import RESULT, RESULT_SCHEMA

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.inputs.base import Json
    from harness.runner.results import RunResult


def of(run: RunResult) -> Json:
    """The document, written, read again, and valid."""
    read = json.loads(written(document(run, secrets().redact_json)))
    RESULT.validate(read)
    return read


@pytest.mark.parametrize("name", NAMES)
def test_what_programs_read(made: dict[str, RunResult], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "version", lambda _: "0.0.0")
    text = written(document(made[name], secrets().redact_json))
    golden("json", f"{name}.json", text)
    RESULT.validate(json.loads(text))


def test_the_schema_describes_every_field_and_allows_no_other() -> None:
    def objects(schema: Json) -> list[Json]:
        inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
        mine = [schema] if isinstance(schema, dict) and "properties" in schema and "type" in schema else []
        return mine + [found for one in inner for found in objects(one)]

    jsonschema_rs.meta.validate(RESULT_SCHEMA)
    found = objects(RESULT_SCHEMA)
    assert len(found) >= 10
    for schema in found:
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])
        assert [name for name, field in schema["properties"].items() if not field.get("description")] == []
    assert RESULT_SCHEMA["properties"]["result"]["const"] == VERSION


@pytest.mark.parametrize("change", [{"result": 2}, {"more": 1}, {"exit_status": 4}, {"seconds": -1}, {"cases": [{}]}])
def test_the_schema_refuses_what_is_wrong(made: dict[str, RunResult], change: dict[str, Json]) -> None:
    assert not RESULT.is_valid(of(made["passed"]) | change)


def test_a_failure_has_what_it_takes_to_see_it_again(made: dict[str, RunResult]) -> None:
    (finding,) = of(made["too-late"])["findings"]
    (failure,) = finding["failures"]
    assert (finding["class"], finding["clause"]) == ("too-late", "renders/deadlines/finished")
    assert finding["place"] == {"file": "renders.contract.yaml", "line": 18, "column": 3}
    assert failure["spec"] == {"inputs": {"pages": 2}, "connect_after": 0.0}
    assert (failure["seed"], failure["replay"], failure["input"]) == (8124, REPLAY, "2 pages")
    assert (failure["failed"], failure["tries"], failure["flaky"]) == (1, 3, True)


def test_a_case_points_to_its_findings(made: dict[str, RunResult]) -> None:
    told = of(made["several"])
    assert [case["findings"] for case in told["cases"]] == [[0], [0, 1]]
    assert [one["case"] for one in told["findings"][0]["failures"]] == ["works", "connects-late"]


def test_clauses_are_counted(made: dict[str, RunResult]) -> None:
    told = of(made["known"])
    counts = {"not_exercised": 1, "passed": 4, "recommended": 0, "known": 1, "inconclusive": 0, "failed": 0}
    assert told["totals"]["clauses"] == counts
    case = told["cases"][0]
    late = next(clause for clause in case["clauses"] if clause["clause"] == "deadlines/finished")
    assert late == {"clause": "deadlines/finished", "standing": "known", "examples": {"passed": 2, "failed": 1}}
    assert {"clause": "renders/deadlines/finished", "standing": "known", "excused": ""} in told["clauses"]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("passed", 0),
        ("several", 1),
        ("known-no-longer", 1),
        ("nothing-judged", 2),
        ("stopped", 3),
        ("interrupted", 130),
    ],
)
def test_the_exit_status_is_that_of_the_program(made: dict[str, RunResult], name: str, status: int) -> None:
    assert of(made[name])["exit_status"] == status


def test_what_json_has_no_word_for_is_text(case: Case) -> None:
    told = of_each_class(case)["wrong-order"]
    spec = {"inputs": {"a\ud800": [float("inf"), float("-inf"), float("nan"), 1.5, "\udfff"]}, "connect_after": 0.0}
    example = replace(told.result.example, spec=spec)
    run = ran(judged(case, replace(told, result=replace(told.result, example=example), input="\ud800")))
    failure = of(run)["findings"][0]["failures"][0]
    assert failure["spec"]["inputs"] == {"a\\ud800": ["inf", "-inf", "nan", 1.5, "\\udfff"]}
    assert failure["input"] == "\\ud800"
    written(document(run, secrets().redact_json)).encode("utf-8")


def test_a_secret_that_looks_like_our_words_masks_texts_only(case: Case) -> None:
    kept = secrets("order", "passed", "3", "clause")
    told = document(ran(judged(case, of_each_class(case)["wrong-order"])), kept.redact_json)
    RESULT.validate(told)
    assert told["findings"][0]["clause"] == "renders/[secret]"
    assert told["cases"][0]["jobs"] == 3


def test_secrets_are_masked(case: Case) -> None:
    told = of_each_class(case)["server-error"]
    example = replace(told.result.example, spec={"inputs": {SECRET: SECRET}, "connect_after": 0.0})
    told = replace(told, result=replace(told.result, example=example))
    text = written(document(ran(judged(case, told), target=f"https://{SECRET}"), secrets().redact_json))
    assert SECRET not in text
    assert text.count("[secret]") == 5
