"""What a newcomer sees first: console, contract, target file and pipelines. `UPDATE_GOLDEN=1` writes them anew.

The jobs are recordings, so that every instant is the same each time.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.initialising import InitOptions, init_contract
from harness.trace.ndjson import Header, Trace, write
from tests.unit.authoring.examples import a_trace

HERE = Path(__file__).parent
CONTENT = "-H 'content-type: application/json'"
ID = "6f1c1f0e-0d6e-4f1c-8b7e-0123456789ab"

RENDERS = (
    "curl -X POST https://staging.example.com/renders -H 'Authorization: Bearer $STAGING_TOKEN' "
    f'{CONTENT} -d \'{{"scene": "castle", "frames": 3, "quality": "draft"}}\''
)
IMPORTS = (
    f'curl https://staging.example.com/imports -u me:pass --json \'{{"jobId": "{ID}", "files": ["a.csv", "b.csv"]}}\''
)


def renders() -> Trace:
    job = "r-7f3a91"

    def message(event: str, **data: object) -> dict[str, object]:
        return {"event": event, "data": {"render": job, **data}}

    frames = [message("frame", frame=n, of=3, progress=round(n / 3, 2), seconds=1.5 + n) for n in (1, 2, 3)]
    messages = [message("queued", position=2), frames[0], {"event": "ping"}, *frames[1:]]
    messages.append(message("finished", frames=3, files=[{"frame": n, "url": f"/f/{n}.exr"} for n in (1, 2, 3)]))
    answer = {"id": job, "state": "queued", "stream": f"/renders/{job}/events"}
    return a_trace(messages, answer, at=[0.21, 1.9, 3.4, 4.6, 7.2, 7.9])


def imports() -> Trace:
    ready = {"ready": {"type": "ready"}}
    messages = [
        {"type": "ready_ack"},
        *({"type": "file", "state": "begun", "jobId": ID, "file": n} for n in (0, 1)),
        {"type": "load", "jobId": ID, "cpu": 0.4},
        {"type": "file", "state": "stored", "jobId": ID, "file": 1, "rows": 10, "note": None},
        {"type": "load", "jobId": ID, "cpu": 0.9},
        {"type": "file", "state": "stored", "jobId": ID, "file": 0, "rows": 12, "note": "late"},
        {"type": "complete", "jobId": ID, "total": 2, "status": "complete"},
    ]
    return a_trace(messages, {"job": {"id": ID}}, ready, close=None)


JOBS = {
    "renders": (renders, InitOptions(from_curl=RENDERS)),
    "imports": (
        imports,
        InitOptions(from_curl=IMPORTS, socket=f"/feed?job={ID}", sends=('{"type": "ready"}',), target="qa", multiple=2),
    ),
}
WRITTEN = {
    "{}.contract.yaml": "contract.yaml",
    "targets.yaml": "targets.yaml",
    ".github/workflows/after202.yml": "github.yml",
    ".gitlab-ci.yml": "gitlab.yml",
}


@pytest.mark.parametrize("name", JOBS)
def test_a_first_contract_reads_as_it_did(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("STAGING_TOKEN", "tok-1234567")
    make, options = JOBS[name]
    header = Header("old.contract.yaml", "works", {"inputs": {}, "connect_after": 0.0}, {})
    job = make()
    Path("job.ndjson").write_text(write(Trace(header, job.events, job.end), lambda value: value), "utf-8")

    from dataclasses import replace

    assert init_contract(replace(options, from_trace=Path("job.ndjson"))) == 0
    assert_golden(HERE / name / "console.txt", capsys.readouterr().out)
    for path, golden in WRITTEN.items():
        assert_golden(HERE / name / golden, Path(path.format(name)).read_text("utf-8"))


def assert_golden(golden: Path, text: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8"), golden.name
