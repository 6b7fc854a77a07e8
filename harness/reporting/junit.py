"""The result as JUnit XML, as Jenkins, GitLab and GitHub's test reporters read it.

A contract is a test suite, a case a test case. A case that could not be judged is an error, so that it never looks as
if it had passed; a case that nothing exercised is skipped. The report is without failure and error if, and only if, the
run passed: what is no case's fault, a known failure that no longer fails or a run that was stopped, has test cases of
its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from harness.reporting.findings import failure_lines, finding_title, known_lines, outcome_lines
from harness.reporting.summary import note_lines, of_the_change
from harness.reporting.tally import by_contract
from harness.reporting.words import joined
from harness.runner.findings import Finding
from harness.runner.results import KnownState
from harness.trace.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.runner.results import CaseResult, KnownOutcome, RunResult

KNOWN_SUITE = "known failures"
RUN_SUITE = "run"
NOT_YOURS = "not your change"


def junit(result: RunResult, redact: Callable[[str], str]) -> str:
    """The text of the report, to be stored as UTF-8."""
    writer = _Writer(result, redact)
    suites = [writer.suite(name, cases) for name, cases in by_contract(result.cases).items()]
    if result.known:
        suites.append(writer.known())
    if result.verdict is not Verdict.PASSED and not any(_is_bad(suite) for suite in suites):
        suites.append(writer.stopped())
    root = Element("testsuites", _counts(suites) | {"name": "after202", "time": f"{result.seconds:.3f}"})
    root.extend(suites)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


class _Writer:
    """Writes the suites of one run."""

    def __init__(self, result: RunResult, redact: Callable[[str], str]) -> None:
        self._result = result
        self._redact = redact

    def suite(self, name: str, cases: Iterable[CaseResult]) -> Element:
        """A contract."""
        listed = list(cases)
        seconds = sum(case.seconds for case in listed)
        suite = Element("testsuite", {"name": self._text(name), "time": f"{seconds:.3f}"})
        self._properties(
            suite,
            ("target", self._result.target),
            ("target name", self._result.target_name),
            ("seed", "of the contracts" if self._result.seed is None else str(self._result.seed)),
            ("jobs", str(sum(case.jobs for case in listed))),
            *(("waived", f"{one.group}: {one.reason}") for one in self._result.waived),
            *(("left out", told) for told in self._result.left_out),
        )
        for case in listed:
            self._case(suite, case)
        suite.attrib.update(_counts([suite]))
        return suite

    def known(self) -> Element:
        """The failures that the target file names; those that fail the gate are failures."""
        suite = Element("testsuite", {"name": KNOWN_SUITE, "time": "0.000"})
        for outcome in self._result.known:
            self._outcome(suite, outcome)
        suite.attrib.update(_counts([suite]))
        return suite

    def stopped(self) -> Element:
        """The run itself, where it did not pass and no case says why."""
        suite = Element("testsuite", {"name": RUN_SUITE, "time": f"{self._result.seconds:.3f}"})
        case = self._testcase(suite, RUN_SUITE, "judges every case", self._result.seconds)
        notes = [line for _, line in note_lines(self._result)]
        told = notes[0] if notes else self._result.verdict.label
        self._problem(case, "error", told, self._result.verdict.label, "\n".join(notes))
        suite.attrib.update(_counts([suite]))
        return suite

    def _case(self, suite: Element, result: CaseResult) -> None:
        case = self._testcase(suite, result.case.contract, result.case.name, result.seconds)
        own = [
            (finding, one) for finding in self._result.findings for one in finding.failures if one in result.failures
        ]
        seeds = {str(one.seed) for _, one in own if one.seed is not None}
        self._properties(
            case,
            *(("seed", seed) for seed in sorted(seeds)),
            *(("replay", one.replay) for _, one in own if one.replay),
            *(("known failure", one.clause) for _, one in own if one.known),
            *(("recommended", one.clause) for _, one in own if one.recommended and not one.known),
            ("jobs", str(result.jobs)),
            ("examples", str(result.examples)),
        )
        broken = [
            Finding((one, *(rest for rest in finding.failures if rest is not one)))
            for finding, one in own
            if not one.tolerated
        ]
        for finding in broken:
            failure = finding.failures[0]
            message = f"{finding_title(finding)}: {failure.diagnosis.story}"
            self._problem(case, "failure", message, failure.diagnosis.kind, joined(failure_lines(finding)))
        self._unfinished(case, result, is_told=bool(broken))
        let_through = [
            joined(known_lines(finding, self._result) if one.known else failure_lines(finding))
            for finding, one in own
            if one.tolerated
        ]
        if let_through:
            SubElement(case, "system-out").text = self._text("\n".join(let_through))

    def _unfinished(self, case: Element, result: CaseResult, *, is_told: bool) -> None:
        """What a case that has no failure to show came to."""
        verdict = result.verdict
        if verdict is Verdict.NOT_EXERCISED:
            SubElement(case, "skipped", {"message": "no example exercised a clause of this case"})
        elif verdict is Verdict.INCONCLUSIVE:
            why = result.inconclusive or "no example was judged"
            told = f"{why}\n{of_the_change(result)}"
            self._problem(case, "error", why if result.not_said else f"{NOT_YOURS}: {why}", "inconclusive", told)
        elif verdict is not Verdict.PASSED and not is_told:
            self._problem(case, "failure", f"a clause does not hold; {result.inconclusive}", verdict.label, "")

    def _outcome(self, suite: Element, outcome: KnownOutcome) -> None:
        case = self._testcase(suite, KNOWN_SUITE, outcome.clause, 0.0)
        self._properties(case, ("reason", outcome.reason), ("until", outcome.until), ("place", str(outcome.place)))
        if outcome.is_broken:
            self._problem(case, "failure", str(outcome.state), "known-failure", joined(outcome_lines(outcome)))
        elif outcome.state is KnownState.UNJUDGED:
            SubElement(case, "skipped", {"message": "not judged in this run"})

    def _testcase(self, suite: Element, classname: str, name: str, seconds: float) -> Element:
        names = {"classname": self._text(classname), "name": self._text(name), "time": f"{seconds:.3f}"}
        return SubElement(suite, "testcase", names)

    def _properties(self, parent: Element, *pairs: tuple[str, str]) -> None:
        properties = SubElement(parent, "properties")
        for name, value in dict.fromkeys(pairs):
            if value:
                SubElement(properties, "property", {"name": name, "value": self._text(value)})

    def _problem(self, case: Element, tag: str, message: str, kind: str, body: str) -> None:
        problem = SubElement(case, tag, {"message": self._text(message), "type": self._text(kind)})
        problem.text = self._text(body)

    def _text(self, text: str) -> str:
        return "".join(one if _is_xml(one) else repr(one)[1:-1] for one in self._redact(text))


def _is_bad(suite: Element) -> bool:
    return suite.attrib["failures"] != "0" or suite.attrib["errors"] != "0"


def _counts(elements: Iterable[Element]) -> dict[str, str]:
    cases = [case for element in elements for case in element.iter("testcase")]
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    counted = {name: sum(case.find(tag) is not None for case in cases) for name, tag in tags.items()}
    return {"tests": str(len(cases)), **{name: str(number) for name, number in counted.items()}}


def _is_xml(character: str) -> bool:
    """Whether XML 1.0 (2.2, Char) has the character; those it discourages are left out too."""
    point = ord(character)
    if point < 0x20:
        return character in "\t\n"
    return not (0x7F <= point <= 0x9F or 0xD800 <= point <= 0xDFFF or point & 0xFFFE == 0xFFFE)
