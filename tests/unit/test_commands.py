from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import cli, commands, session
from harness.commands import Options, load_contracts, only_clauses, replay_failure, run_contracts, select, settings_of
from harness.contract.loading import bundled_contracts
from harness.contract.problems import ContractError
from harness.errors import HarnessError
from harness.session import Asked
from harness.targets.target import Target
from tests.unit.runner.examples import CONTRACT, REGISTRY, write_contract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.contract.model import Contract

OTHER = CONTRACT.replace("contract: ticks", "contract: tocks").replace("works-too", "only-here")
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and an input type of our own."""
    monkeypatch.chdir(tmp_path)
    for module in (commands, session):
        monkeypatch.setattr(module, "registry", lambda: REGISTRY)
    return tmp_path


@pytest.fixture
def contracts(folder: Path) -> list[Contract]:
    return load_contracts([write_contract(folder), write_contract(folder, OTHER, "tocks")])


def options(**more: object) -> Options:
    asked = {name: more.pop(name) for name in ("target", "headers", "faults", "yes") if name in more}
    plain = {"asked": Asked(**asked), "examples": 1, "concurrency": 1, "timeout": 20.0}  # type: ignore[arg-type]
    return Options(**{**plain, **more})  # type: ignore[arg-type]


def test_contracts_are_loaded_in_the_order_given(contracts: list[Contract]) -> None:
    assert [contract.name for contract in contracts] == ["ticks", "tocks"]


def test_without_paths_the_bundled_contracts_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert [Path(contract.file).name for contract in load_contracts([])] == [path.name for path in bundled_contracts()]


def test_the_problems_of_all_contracts_are_told_in_one_go(folder: Path) -> None:
    first = write_contract(folder, CONTRACT.replace("status: 202", "statis: 202"))
    second = write_contract(folder, OTHER.replace("to: done", "to: dun", 1), "tocks")
    with pytest.raises(ContractError) as told:
        load_contracts([first, second, folder / "none.contract.yaml"])
    for word in ("statis", "dun", "none.contract.yaml"):
        assert word in str(told.value)


def test_two_contracts_of_one_name_are_refused(folder: Path) -> None:
    paths = [write_contract(folder), write_contract(folder, CONTRACT, "copy")]
    with pytest.raises(HarnessError, match="both called 'ticks'"):
        load_contracts(paths)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ((), ["ticks/works", "ticks/works-too", "tocks/works", "tocks/only-here"]),
        (("works",), ["ticks/works", "tocks/works"]),
        (("tocks/works",), ["tocks/works"]),
        (("only-here", "ticks/works"), ["ticks/works", "tocks/only-here"]),
        (("works", "works"), ["ticks/works", "tocks/works"]),
    ],
)
def test_cases_are_selected_by_name(contracts: list[Contract], names: Sequence[str], found: list[str]) -> None:
    assert [case.full_name for case in select(contracts, names)] == found


@pytest.mark.parametrize(
    ("name", "near"),
    [("wroks", "'works'"), ("ticks/wroks", "'ticks/works'"), ("", "works"), ("works/", "works"), ("Works", "'works'")],
)
def test_a_case_that_there_is_not_is_told_with_its_neighbours(contracts: list[Contract], name: str, near: str) -> None:
    with pytest.raises(HarnessError, match=r"no case is called") as told:
        select(contracts, ["works", name])
    assert near in str(told.value)


RESTS_ON = {"accepted/within", "accepted/status", "order", "socket/within", "socket/opens"}


def test_only_the_clauses_that_are_named_and_what_they_rest_on_are_judged(contracts: list[Contract]) -> None:
    cases = only_clauses(select(contracts, ["works"]), ["ticks/deadlines/finished", "deadlines/news"])
    assert [(case.full_name, set(case.clauses) - RESTS_ON) for case in cases] == [
        ("ticks/works", {"deadlines/finished", "deadlines/news"}),
        ("tocks/works", {"deadlines/news"}),
    ]
    assert set(cases[1].clauses) >= RESTS_ON


def test_clauses_are_selected_by_their_group_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    contracts = load_contracts([])
    cases = only_clauses(select(contracts, []), ["recognition"])
    groups = [{one.group for one in case.relations} for case in cases]
    assert groups == [{"recognition"}] * len(groups)
    assert {case.contract for case in cases} == {"batch-scan", "batch-cancel", "csv-import"}


def test_without_names_of_clauses_all_are_judged(contracts: list[Contract]) -> None:
    cases = select(contracts, [])
    assert only_clauses(cases, []) == cases


def test_a_clause_that_there_is_not_is_told_with_its_neighbours(contracts: list[Contract]) -> None:
    with pytest.raises(HarnessError, match=r"is called 'deadlines/new'; .*Did you mean 'deadlines/news'\?$"):
        only_clauses(select(contracts, []), ["deadlines/new"])


def test_a_run_of_some_clauses_leaves_what_failed_by_others_remembered() -> None:
    assert settings_of(options(clauses=("deadlines/news",)), Target("")).fresh
    assert not settings_of(options(), Target("")).fresh


def test_a_fault_and_a_target_exclude_each_other() -> None:
    with pytest.raises(HarnessError, match="--fault is for the bundled server"):
        run_contracts(options(target=NOWHERE, faults=("slow",)))


@pytest.mark.parametrize("seed", ["x", "-1", "1.5", "²", "9" * 5000])
def test_what_is_no_seed_is_refused(folder: Path, seed: str) -> None:
    with pytest.raises(HarnessError, match="--seed takes"):
        run_contracts(options(contracts=(write_contract(folder),), target=NOWHERE, seed=seed))


def test_nobody_there_is_inconclusive_and_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run_contracts(options(contracts=(write_contract(folder),), target=NOWHERE))
    assert status == 3
    assert capsys.readouterr() == (
        "",
        f"harness: {NOWHERE} cannot be reached: connection refused, or no such host; "
        "nothing was judged, this is not your change\n",
    )


def test_no_secret_is_in_any_message(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "s3cr3t-value")
    headers = ("Authorization: Bearer ${env.TOKEN}", "Content-Length: ${env.TOKEN}")
    assert run_contracts(options(contracts=(write_contract(folder),), target=NOWHERE, headers=headers)) == 3
    assert "s3cr3t" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "spec",
    [
        {"inputs": {}, "connect_after": 0},
        {"inputs": {"n": [{}]}, "connect_after": 0},
        {"inputs": {"n": 1, "m": 2}, "connect_after": 10**400},
    ],
)
def test_a_replay_that_does_not_fit_its_contract_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, spec: object
) -> None:
    class Strict(type(REGISTRY["number"])):  # type: ignore[misc]
        def build(self, spec: int) -> int:
            return spec + 1

    for module in (commands, session):
        monkeypatch.setattr(module, "registry", lambda: {"number": Strict()})

    async def reach(target: object) -> None:
        return

    monkeypatch.setattr("harness.runner.run.reach", reach)
    file = folder / "replay.json"
    document = {
        "replay": 1, "contract": str(write_contract(folder)), "case": "works", "clause": "order", "spec": spec,
        "faults": [], "target": NOWHERE, "summary": "",
    }  # fmt: skip
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(HarnessError):
        replay_failure(file, Asked(), 20)


@pytest.mark.parametrize("command", [["run"], ["replay", "x.json"]])
def test_an_empty_target_is_not_taken_for_the_bundled_server(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--target "$STAGING"` with the variable unset must not be a green gate."""
    asked: list[object] = []
    monkeypatch.setattr(commands, "run_contracts", lambda options: asked.append(options) or 0)
    monkeypatch.setattr(commands, "replay_failure", lambda *arguments: asked.append(arguments) or 0)
    monkeypatch.setattr("sys.argv", ["harness", *command, "--target", ""])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert asked == []
    assert "--target" in capsys.readouterr().err


def test_a_mistake_of_our_own_is_never_the_status_of_a_violation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(options: object) -> int:
        raise KeyError("n")

    monkeypatch.setattr(commands, "run_contracts", broken)
    monkeypatch.setattr("sys.argv", ["harness", "run"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "KeyError" in capsys.readouterr().err


def test_ctrl_c_before_the_run_begins_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "run_contracts", interrupted)
    monkeypatch.setattr("sys.argv", ["harness", "run"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130


TARGETS = """\
targets:
  staging:
    url: http://127.0.0.1:9
    jobs: 3
    rate: 10/m
    cost_per_job: 0.02 USD
    examples: 2
    concurrency: 1
    production: true
    known_failures:
      - {clause: ticks/deadlines/news, reason: the farm is being moved, until: 2099-01-31}
"""


def test_a_dry_run_sends_nothing_and_says_what_it_would_cost(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    asked = {"contracts": (write_contract(folder),), "target": "staging", "dry_run": True, "yes": True}
    assert run_contracts(options(**asked, examples=None, concurrency=None)) == 0
    told = capsys.readouterr().out
    assert "dry run: nothing is sent to staging, http://127.0.0.1:9" in told
    assert "jobs      3 of 4 that the examples could make: the budget is 3" in told
    assert "cost      0.06 USD" in told
    assert run_contracts(options(**asked, examples=1, max_jobs=1, rate="1/s")) == 0
    told = capsys.readouterr().out
    assert "the budget is 1" in told
    assert "at the rate of 1/s" in told


def test_production_needs_leave_and_a_known_failure_must_exist(folder: Path) -> None:
    (folder / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    contract = write_contract(folder)
    with pytest.raises(HarnessError, match="add --yes"):
        run_contracts(options(contracts=(contract,), target="staging"))
    (folder / "targets.yaml").write_text(TARGETS.replace("deadlines/news", "deadlines/nwes"), encoding="utf-8")
    with pytest.raises(HarnessError, match=r"targets\.yaml:11: no clause is called 'ticks/deadlines/nwes'"):
        run_contracts(options(contracts=(contract,), target="staging", yes=True))


@pytest.mark.parametrize("rate", ["fast", "0/m", "10"])
def test_what_is_no_rate_is_refused(folder: Path, rate: str) -> None:
    with pytest.raises(HarnessError, match=r"--rate takes N/s, N/m or N/h"):
        run_contracts(options(contracts=(write_contract(folder),), target=NOWHERE, rate=rate))


def test_a_variable_that_a_contract_needs_must_be_set_before_anything_is_sent(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSWORD", raising=False)
    before = 'before: {login: {method: POST, path: /login, json: {p: "${env.PASSWORD}"}}}\ncases:'
    contract = write_contract(folder, CONTRACT.replace("cases:", before))
    with pytest.raises(HarnessError, match="the environment variable PASSWORD is not set"):
        run_contracts(options(contracts=(contract,), target=NOWHERE))


def test_a_mistake_of_our_own_carries_no_secret(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cr3t-value")

    async def broken(*anything: object) -> None:
        raise KeyError("Bearer s3cr3t-value")

    monkeypatch.setattr("harness.runner.run.reach", broken)
    asked = {"target": NOWHERE, "headers": ("Authorization: Bearer ${env.TOKEN}",)}
    with pytest.raises(HarnessError, match="the harness itself failed, please report this") as told:
        run_contracts(options(contracts=(write_contract(folder),), **asked))
    assert "KeyError" in str(told.value)
    assert "s3cr3t" not in str(told.value)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__


def test_a_forgotten_target_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(session.Session, "judge", lambda *anything: 0)
    assert run_contracts(options(contracts=(write_contract(folder),))) == 0
    assert capsys.readouterr().err == "harness: no --target, so the bundled reference server is judged\n"
    assert run_contracts(options(contracts=(write_contract(folder),), target=NOWHERE)) == 0
    assert capsys.readouterr().err == ""


def test_what_several_examples_say_is_told_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = session.Session(Asked(NOWHERE), load_contracts([write_contract(folder)]))
    for told in ("cleaning up", "cleaning up", "waiting", "cleaning up"):
        one._note(told)
    assert capsys.readouterr().out.split("\n") == ["cleaning up", "waiting", "cleaning up", ""]
