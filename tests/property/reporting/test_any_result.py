"""Whatever texts stand in a result, every report of it is well-formed, and no secret is in one."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from harness.contract.model import Case
from harness.reporting.console import ConsoleReport
from harness.reporting.document import document, written
from harness.reporting.github import annotations, job_summary
from harness.reporting.junit import junit
from harness.runner.results import CaseResult, Diagnosis, Failure, KnownOutcome, KnownState, RunResult, Waived
from harness.runner.run_events import CaseFinished, Heard, Note, RunEvent, RunStarted, Situation
from harness.trace.events import Event, NotJson, What
from harness.trace.verdicts import Explanation, Place, Verdict
from tests.unit.reporting.made import SECRET, failing, ran, renders, secrets
from tests.unit.reporting.schemas import JUNIT, RESULT

Draw = Callable[[st.SearchStrategy], object]

BROKEN = (
    "\ud800",
    "\x00",
    "\x1b[2J",
    "]]>",
    "\r\n::error::x",
    "|",
    "\n````\n",
    "%0A",
    SECRET,
    "\u2028",
    "\ufffe",
    "a,b:c",
)
TEXTS = st.lists(st.text(st.characters(), max_size=5) | st.sampled_from(BROKEN), max_size=3).map("".join)
LISTS = st.lists(TEXTS, max_size=2).map(tuple)
VERDICTS = st.sampled_from([Verdict.NOT_EXERCISED, Verdict.PASSED, Verdict.INCONCLUSIVE, Verdict.FAILED])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)
ANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return renders(tmp_path_factory.mktemp("contract"))[0]


def places(draw: Draw) -> Place:
    return Place(draw(TEXTS), draw(st.integers(1, 99)), draw(st.integers(1, 99)))


def failures(draw: Draw, case: Case, clause: str) -> Failure:
    diagnosis = Diagnosis(*(draw(TEXTS) for _ in range(4)), draw(LISTS), draw(TEXTS))
    told = failing(
        case, clause, draw(st.sampled_from(Explanation)), diagnosis, summary=draw(TEXTS), expected=draw(LISTS),
        near_miss=draw(TEXTS), owed=draw(LISTS), input=draw(TEXTS), note=draw(TEXTS), replay=draw(TEXTS),
        known=draw(st.just("") | TEXTS), also=draw(LISTS), tries=draw(st.integers(1, 3)),
    )  # fmt: skip
    example = replace(told.result.example, spec={"inputs": draw(JSON)})
    return replace(
        told, result=replace(told.result, example=example), violation=told.violation._replace(place=places(draw))
    )


def judged_cases(draw: Draw, case: Case) -> CaseResult:
    named = case._replace(contract=draw(TEXTS), name=draw(TEXTS))
    counts = st.dictionaries(VERDICTS, st.integers(1, 3), max_size=2).map(Counter)
    clauses = draw(st.dictionaries(TEXTS, counts, max_size=3))
    failed = [failures(draw, named, clause) for clause in clauses if draw(st.booleans())]
    clauses.update({one.violation.clause: Counter({Verdict.FAILED: 1}) for one in failed})
    numbers = draw(st.tuples(*[st.integers(0, 3)] * 4))
    return CaseResult(named, *numbers, clauses, failed, draw(st.just("") | TEXTS), draw(st.floats(0, 1e6)))


def outcomes(draw: Draw) -> KnownOutcome:
    return KnownOutcome(draw(TEXTS), draw(TEXTS), draw(TEXTS), places(draw), draw(st.sampled_from(KnownState)))


@st.composite
def results(draw: Draw, case: Case) -> RunResult:
    many = st.integers(0, 2)
    return ran(
        *(judged_cases(draw, case) for _ in range(draw(many))),
        stopped=draw(st.just("") | TEXTS), interrupted=draw(st.booleans()), budget=draw(TEXTS), target=draw(TEXTS),
        target_name=draw(TEXTS), seed=draw(st.none() | st.integers(0)), cost=draw(TEXTS),
        known=tuple(outcomes(draw) for _ in range(draw(many))),
        waived=tuple(Waived(draw(TEXTS), draw(TEXTS), draw(LISTS)) for _ in range(draw(many))),
    )  # fmt: skip


@st.composite
def happenings(draw: Draw) -> RunEvent:
    value = draw(JSON | st.builds(NotJson, TEXTS | st.binary(max_size=5)))
    event = Event(draw(st.floats(0, 1e6)), draw(st.sampled_from(What)), draw(TEXTS), value)
    return draw(st.sampled_from([Heard(draw(TEXTS), event), Note(draw(TEXTS))]))


@given(st.data())
@ANY
def test_junit_is_valid_and_green_if_and_only_if_the_run_passed(case: Case, data: st.DataObject) -> None:
    run = data.draw(results(case))
    text = junit(run, secrets().redact)
    JUNIT.validate(text)
    root = ElementTree.fromstring(text.encode("utf-8"))
    is_green = not [*root.iter("failure"), *root.iter("error")]
    assert is_green == (run.verdict is Verdict.PASSED)
    assert SECRET not in text


@given(st.data())
@ANY
def test_the_document_is_valid(case: Case, data: st.DataObject) -> None:
    text = written(document(data.draw(results(case)), secrets().redact_json))
    RESULT.validate(json.loads(text.encode("utf-8"), parse_constant=pytest.fail))
    assert SECRET not in text


@given(st.data())
@ANY
def test_annotations_are_lines_and_the_summary_keeps_its_table(case: Case, data: st.DataObject) -> None:
    run = data.draw(results(case))
    for line in annotations(run, secrets().redact):
        assert re.fullmatch(r"::(error|warning|notice) (file=[^,:]*,line=\d+,col=\d+,)?title=[^,:]*::.*", line)
        assert len(line.splitlines()) == 1
        assert SECRET not in line
        line.encode("utf-8")
    text = job_summary(run, secrets().redact)
    rows = [line for line in text.split("\n") if line.startswith("| ")]
    assert len(rows) >= len(run.cases) + 2
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows[: len(run.cases) + 2]} == {9}
    assert SECRET not in text
    text.encode("utf-8")


@given(st.data(), st.sampled_from([-1, 0, 1]), st.booleans(), st.booleans(), st.integers(1, 120))
@ANY
def test_the_console_shows_it(
    case: Case, data: st.DataObject, verbosity: int, is_terminal: bool, ascii_only: bool, width: int
) -> None:
    run = data.draw(results(case))
    file = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    console = Console(
        file=file, width=width, soft_wrap=True, force_terminal=is_terminal, legacy_windows=False, _environ={}
    )
    report = ConsoleReport(console, secrets().redact, verbosity=verbosity, ascii_only=ascii_only)
    texts = data.draw(st.tuples(TEXTS, LISTS, st.floats(0, 1e6), st.none() | st.floats(0, 1e6)))
    report(RunStarted(run.target, 1, 1, data.draw(TEXTS), lambda: Situation(1, 2, 3, None, *texts)))
    for event in data.draw(st.lists(happenings(), max_size=3)):
        report(event)
    for one in run.cases:
        report(CaseFinished(one))
    report.finish(run)
    file.flush()
    text = file.buffer.getvalue().decode("utf-8")
    assert SECRET not in text
    assert not ascii_only or text.isascii()
    assert "\x00" not in text
    assert is_terminal or "\x1b" not in text
    assert "\x1b[2J" not in text
    assert is_terminal or not any(line.lstrip().startswith("::error") for line in text.splitlines())
