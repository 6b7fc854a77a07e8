from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
import xmlschema

from harness.reporting.junit import junit
from harness.runner.results import Diagnosis
from harness.trace.verdicts import Explanation, Verdict
from tests.unit.reporting.made import REPLAY, SECRET, failing, golden, judged, of_each_class, ran, secrets
from tests.unit.reporting.names import NAMES
from tests.unit.reporting.schemas import JUNIT

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from harness.contract.model import Case
    from harness.runner.results import RunResult


def report(run: RunResult) -> Element:
    """The report, valid."""
    text = junit(run, secrets().redact)
    JUNIT.validate(text)
    return ElementTree.fromstring(text)


def case_of(root: Element, name: str) -> Element:
    (case,) = [case for case in root.iter("testcase") if case.attrib["name"] == name]
    return case


def properties(element: Element) -> dict[str, str]:
    return {one.attrib["name"]: one.attrib["value"] for one in element.findall("properties/property")}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_ci_system_reads(made: dict[str, RunResult], name: str) -> None:
    text = junit(made[name], secrets().redact)
    golden("junit", f"{name}.xml", text)
    JUNIT.validate(text)


@pytest.mark.parametrize("wrong", ['<testsuite name="x"/>', "<testsuites/>", "<case/>"])
def test_the_schema_refuses_what_is_wrong(wrong: str) -> None:
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        JUNIT.validate(wrong)


def test_it_is_green_if_and_only_if_the_run_passed(made: dict[str, RunResult]) -> None:
    for name, run in made.items():
        root = report(run)
        is_green = not [*root.iter("failure"), *root.iter("error")]
        assert is_green == (run.verdict is Verdict.PASSED), name
        assert is_green == (root.attrib["failures"] == root.attrib["errors"] == "0"), name


def test_a_case_is_a_testcase_with_its_seed_and_its_replay(made: dict[str, RunResult]) -> None:
    root = report(made["several"])
    case = case_of(root, "works")
    assert case.attrib == {"classname": "renders", "name": "works", "time": "0.602"}
    assert properties(case) == {"seed": "8124", "replay": REPLAY, "jobs": "3", "examples": "3"}
    assert len(case_of(root, "connects-late").findall("failure")) == 2
    (suite,) = root
    assert properties(suite)["target"] == "https://staging.example.com"
    assert {name: suite.attrib[name] for name in ("tests", "failures", "errors")} == {
        "tests": "2", "failures": "2", "errors": "0",
    }  # fmt: skip


def test_a_failure_is_told_with_the_example_of_its_own_case(both: tuple[Case, Case]) -> None:
    mine, other = (of_each_class(case)["wrong-order"] for case in both)
    run = ran(judged(both[0], mine), judged(both[1], replace(other, input="9 pages", replay="other.json")))
    told = case_of(report(run), "connects-late").find("failure")
    assert told is not None
    assert told.attrib["type"] == "wrong-order"
    assert told.attrib["message"].startswith("renders/order: wrong order: done came as message 2")
    assert "in case: connects-late, and the same in works" in str(told.text)
    assert "smallest input: 9 pages" in str(told.text)


@pytest.mark.parametrize("name", ["inconclusive", "unprepared"])
def test_what_was_not_judged_is_an_error_and_not_your_change(made: dict[str, RunResult], name: str) -> None:
    (error,) = report(made[name]).iter("error")
    assert error.attrib["message"].startswith("not your change: ")


def test_what_was_not_judged_for_what_the_target_did_not_say_may_be_your_change(made: dict[str, RunResult]) -> None:
    (error,) = report(made["not-said"]).iter("error")
    assert error.attrib["message"].startswith("what the client sends cannot be made: ")
    assert str(error.text).endswith("your change may be why.")


def test_what_nothing_exercised_is_skipped(both: tuple[Case, Case]) -> None:
    idle = judged(both[1], clauses={"order": Counter({Verdict.NOT_EXERCISED: 3})})
    root = report(ran(judged(both[0]), idle))
    assert case_of(root, "connects-late").find("skipped") is not None
    assert root.attrib["skipped"] == "1"


def test_an_entry_that_was_not_judged_is_skipped(made: dict[str, RunResult]) -> None:
    assert case_of(report(made["known-no-longer"]), "renders/order").find("skipped") is not None
    assert case_of(report(made["known"]), "renders/deadlines/finished").find("skipped") is None


def test_a_recommended_clause_passes_and_says_so(made: dict[str, RunResult]) -> None:
    case = case_of(report(made["recommended"]), "works")
    assert case.find("failure") is None
    assert properties(case)["recommended"] == "renders/deadlines/finished"
    assert str(case.findtext("system-out")).startswith("SHOULD  renders/deadlines/finished")


def test_a_known_failure_passes_and_says_so(made: dict[str, RunResult]) -> None:
    case = case_of(report(made["known"]), "works")
    assert case.find("failure") is None
    assert properties(case)["known failure"] == "renders/deadlines/finished"
    assert "known until 2026-10-01: the farm is being moved" in str(case.findtext("system-out"))


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("a\x00b", "a\\x00b"),
        ("a]]>b", "a]]>b"),
        ("\ud800 \ufffe \x7f \x0b", "\\ud800 \\ufffe \\x7f \\x0b"),
        ("<b>&amp;'\"", "<b>&amp;'\""),
        ("😀 本", "😀 本"),
        ("a\r\nb", "a\\r\\nb"),
    ],
)
def test_no_text_of_a_target_breaks_it(case: Case, said: str, read: str) -> None:
    told = failing(case, "order", Explanation.TOO_EARLY, Diagnosis("wrong-order", "", said, ""), note=f"note {said}")
    run = ran(judged(case, told, inconclusive=said), stopped=said, target=said)
    root = report(run)
    failure = next(root.iter("failure"))
    assert "\x7f" not in junit(run, secrets().redact)
    assert properties(root[0])["target"] == read.replace("\\r\\n", "\\r\n")
    assert f"  wrong order: {read}" in str(failure.text).splitlines()
    assert f"  note {read}" in str(failure.text).splitlines()


def test_secrets_are_masked(case: Case) -> None:
    told = failing(case, "order", Explanation.TOO_EARLY, Diagnosis("wrong-order", "", SECRET, ""), replay=SECRET)
    text = junit(ran(judged(case, told), target=f"https://{SECRET}"), secrets().redact)
    assert SECRET not in text
    assert text.count("[secret]") == 5
