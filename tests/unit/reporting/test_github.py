from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.reporting.github import annotations, job_summary
from harness.runner.results import Diagnosis
from harness.trace.verdicts import Explanation, Place
from tests.unit.reporting.made import SECRET, failing, golden, judged, of_each_class, ran, secrets
from tests.unit.reporting.names import NAMES

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.runner.results import RunResult

COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:\r\n]*)(?:,\w+=[^,:\r\n]*)*)::([^\r\n]*)")


def told(text: str) -> str:
    """A property or a message as the runner reads it."""
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    command = COMMAND.fullmatch(line)
    assert command, line
    pairs = (pair.partition("=") for pair in command[2].split(","))
    return command[1], {name: told(value) for name, _, value in pairs}, told(command[3])


def read(run: RunResult) -> list[tuple[str, dict[str, str], str]]:
    return [parsed(line) for line in annotations(run, secrets().redact)]


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_at_the_lines_of_a_contract(made: dict[str, RunResult], name: str) -> None:
    lines = annotations(made[name], secrets().redact)
    golden("github", f"{name}.txt", "".join(f"{line}\n" for line in lines))
    assert all(COMMAND.fullmatch(line) for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_page_of_a_job_shows(made: dict[str, RunResult], name: str) -> None:
    golden("github", f"{name}.md", job_summary(made[name], secrets().redact))


def test_a_finding_is_an_error_where_its_clause_is_written(made: dict[str, RunResult]) -> None:
    first, second = read(made["several"])
    assert first[0] == second[0] == "error"
    assert first[1] == {
        "file": "renders.contract.yaml", "line": "17", "col": "3",
        "title": "renders/deadlines/news: silent job (acknowledged-but-nothing)",
    }  # fmt: skip
    assert "replay: harness replay .harness/failures/7c1e42ab.json" in first[2].splitlines()
    assert second[1]["title"] == "renders/deadlines/finished: too late, flaky"


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("passed", []),
        ("known", ["notice"]),
        ("recommended", ["warning"]),
        ("known-no-longer", ["error", "warning"]),
        ("known-expired", ["error", "error"]),
        ("inconclusive", ["warning"]),
        ("interrupted", ["error", "warning", "warning"]),
        ("stopped", ["warning"]),
    ],
)
def test_each_thing_has_its_weight(made: dict[str, RunResult], name: str, commands: list[str]) -> None:
    assert [command for command, _, _ in read(made[name])] == commands


def test_an_entry_of_the_target_file_is_told_where_it_stands(made: dict[str, RunResult]) -> None:
    _, where, message = read(made["known-no-longer"])[0]
    assert (where["file"], where["line"]) == ("targets.yaml", "12")
    assert "no longer fails: remove it from targets.yaml:12" in message


def test_status_3_is_not_your_change(made: dict[str, RunResult]) -> None:
    (command,) = read(made["unprepared"])
    assert command[2].endswith("says nothing of your change.")
    assert "not your change" in job_summary(made["unprepared"], secrets().redact)


def test_what_the_target_did_not_say_may_be_your_change(made: dict[str, RunResult]) -> None:
    (command,) = read(made["not-said"])
    assert command[2].endswith("your change may be why.")
    assert "not your change" not in job_summary(made["not-said"], secrets().redact)


def strange(case: Case, said: str) -> RunResult:
    return ran(judged(case, failing(case, "order", Explanation.TOO_EARLY, Diagnosis("wrong-order", "", said, said))))


@pytest.mark.parametrize("said", ["50 %25 100%", "a\nb", "a\r\n::error::x", "a,b:c::d", "\u2028\x85\x0b", "\ud800"])
def test_a_command_is_one_line_and_reads_the_same(case: Case, said: str) -> None:
    (line,) = annotations(strange(case, said), secrets().redact)
    assert len(line.splitlines()) == 1
    shown = "".join(one if one.isprintable() else repr(one)[1:-1] for one in said)
    assert f"wrong order: {shown}" in parsed(line)[2].splitlines()


def test_a_path_is_written_with_slashes(case: Case) -> None:
    broken = of_each_class(case)["wrong-order"]
    violation = broken.violation._replace(place=Place("contracts\\my, odd: name.yaml", 3))
    (_, where, _), *_ = read(ran(judged(case, replace(broken, violation=violation))))
    assert where["file"] == "contracts/my, odd: name.yaml"


def test_no_text_of_a_target_leaves_its_block(case: Case) -> None:
    text = job_summary(strange(case, "x\n```\n# heading | `<img src=x>`"), secrets().redact)
    assert "\n# heading" not in text
    assert "\n````text\n" in text
    assert text.count("\n````\n") == 1


def test_the_table_keeps_its_columns(case: Case) -> None:
    odd = judged(case._replace(name="a|b`c*<d>"), inconclusive="x")
    text = job_summary(ran(odd), secrets().redact)
    (row,) = [line for line in text.splitlines() if line.startswith("| renders/")]
    assert row.startswith(r"| renders/a\|b\`c\*\<d\> | ")
    assert len(re.findall(r"(?<!\\)\|", row)) == 9


def test_secrets_are_masked(case: Case) -> None:
    run = ran(judged(case, of_each_class(case)["server-error"]), target=f"https://{SECRET}")
    text = "".join(annotations(run, secrets().redact)) + job_summary(run, secrets().redact)
    assert SECRET not in text
    assert text.count("[secret]") + text.count(r"\[secret\]") == 3
