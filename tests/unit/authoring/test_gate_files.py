from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from harness.authoring.gate_files import JOBS, UNKNOWN_URL, github_text, gitlab_text, target_block, targets_text
from harness.targets.files import find_target
from harness.targets.secrets import Secrets

HEADERS = {"Authorization": "Bearer ${env.STAGING_TOKEN}", "X-API-Key": "${env.KEY}"}
COMMAND = "harness run renders.contract.yaml --target staging --report junit:after202.xml --record traces"


def test_a_target_file_is_read_as_it_is_meant(tmp_path: Path) -> None:
    text = targets_text("staging", "https://staging.example.com", HEADERS, "renders")
    (tmp_path / "targets.yaml").write_text(text, "utf-8")
    target = find_target("staging", {}, Secrets(), {"STAGING_TOKEN": "tok-1", "KEY": "k-1"}, tmp_path)

    assert (target.url, target.jobs) == ("https://staging.example.com", JOBS)
    assert target.headers == {"Authorization": "Bearer tok-1", "X-API-Key": "k-1"}


def test_what_is_commented_out_may_be_used(tmp_path: Path) -> None:
    text = target_block("staging", "https://staging.example.com", {}, "renders").replace("YYYY-MM-DD", "2099-01-31")
    text = re.sub(r"^    # (?=[a-z])", "    ", text, flags=re.M)
    text = re.sub(r"^    #   (?=[{-])", "      ", text, flags=re.M)
    (tmp_path / "targets.yaml").write_text(f"targets:\n{text}", "utf-8")
    target = find_target("staging", {}, Secrets(), {"GIT_SHA": "1f"}, tmp_path)

    assert "# " in text
    assert target.rate is not None
    assert target.cost is not None
    assert target.ready is not None
    assert (target.slack, target.ready.path) == (0.5, "/version")
    assert [one.clause for one in target.known_failures] == ["renders/deadlines/finished"]


def test_a_target_that_is_not_known_has_to_be_filled_in() -> None:
    assert f"url: {UNKNOWN_URL}" in targets_text("staging", "", {}, "renders")


def test_the_workflow_of_github() -> None:
    workflow = yaml.safe_load(github_text("renders.contract.yaml", "staging", ["STAGING_TOKEN", "KEY"]))
    (job,) = workflow["jobs"].values()
    run = next(step for step in job["steps"] if "harness run" in step.get("run", ""))

    assert set(workflow[True]) == {"workflow_dispatch", "workflow_call"}, "YAML 1.1 reads the key `on` as true"
    assert set(workflow[True]["workflow_call"]["secrets"]) == {"STAGING_TOKEN", "KEY"}
    assert workflow["concurrency"] == "after202-staging"
    assert workflow["permissions"] == {"contents": "read"}
    assert job["timeout-minutes"] > 0
    assert run["run"] == COMMAND.replace("--report junit", "--report github --report junit")
    assert run["env"] == {"STAGING_TOKEN": "${{ secrets.STAGING_TOKEN }}", "KEY": "${{ secrets.KEY }}"}
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in used), used
    assert job["steps"][-1]["if"] == "always()"
    assert "Status 3 is not your change" in github_text("r.contract.yaml", "staging", [])


def test_the_job_of_gitlab() -> None:
    text = gitlab_text("renders.contract.yaml", "staging", ["STAGING_TOKEN"])
    (job,) = yaml.safe_load(text).values()

    assert job["script"] == ["pip install after202", COMMAND]
    assert job["resource_group"] == "after202-staging"
    assert job["retry"] == {"max": 1, "exit_codes": 3}
    assert job["artifacts"]["reports"] == {"junit": "after202.xml"}
    assert "masked variables of the project: STAGING_TOKEN" in text


@pytest.mark.parametrize("write", [github_text, gitlab_text])
def test_without_secrets_none_are_asked_for(write: object) -> None:
    text = write("renders.contract.yaml", "my target", [])  # type: ignore[operator]

    assert yaml.safe_load(text)
    assert "secrets" not in text
    assert "masked" not in text
    assert '--target "my target"' in text


@pytest.mark.parametrize("report", ["--report github", ""])
def test_the_command_of_the_pipelines_is_one(report: str) -> None:
    import shlex

    import typer.main

    from harness.cli import app

    text = github_text("renders.contract.yaml", "staging", []) if report else gitlab_text("r.contract.yaml", "qa", [])
    (line,) = [line for line in text.splitlines() if "harness run" in line]
    words = shlex.split(line.partition("harness run ")[2])
    run = typer.main.get_command(app).commands["run"]  # type: ignore[attr-defined]
    with run.make_context("run", words) as context:
        reports = context.params["report"]

    assert reports == (["github"] if report else []) + ["junit:after202.xml"]
