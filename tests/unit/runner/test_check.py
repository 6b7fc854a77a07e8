"""Recorded traces come to the result to which the live run came."""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from harness import checking
from harness.checking import CheckOptions, check_traces
from harness.errors import HarnessError
from harness.reporting.console import failure_lines
from harness.runner import asking, attempt, live_client
from harness.runner.check import check, read_trace
from harness.runner.diagnose import diagnose
from harness.runner.drawing import describe
from harness.runner.drive import drive
from harness.runner.findings import Finding
from harness.runner.record import Recorder
from harness.runner.results import Example, Failure
from harness.targets.secrets import Secrets
from harness.trace.events import Json, NotJson
from harness.trace.verdicts import Verdict
from harness.transport.websocket import Closed, NotOpenedError
from tests.unit.runner.examples import CONTRACT, REGISTRY, cases, services, spec, write_contract

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case
    from harness.runner.results import ExampleResult

FAST = CONTRACT.replace("within: 5s", "within: 60ms").replace("within: 1s", "within: 30ms").replace("30s", "200ms")
FRESH = FAST.replace("{n: {number: 3}}", "{n: {number: 3}, job: {fresh: uuid}}")
LIMIT = 20
DONE = [{"type": "ack"}, {"type": "tick"}, {"type": "done"}, Closed(1000, "", "server")]
STORIES: dict[str, list[Json]] = {
    "passes": DONE,
    "silent": [None],
    "acknowledged, then silent": [{"type": "ack"}, None],
    "late": [{"type": "ack"}, 0.08, {"type": "tick"}, {"type": "done"}, Closed(1000, "", "server")],
    "very late": [0.1, *DONE],
    "stopped": [{"type": "ack"}, {"type": "tick"}, None],
    "wrong order": [{"type": "done"}, {"type": "tick"}, None],
    "foreign": [{"type": "what"}, NotJson("text"), NotJson(b"\xff"), *DONE],
    "huge": [{"type": "tick", "n": float("inf")}, {"type": "done"}, Closed(1000, "", "server")],
    "closed early": [{"type": "tick"}, Closed(1011, "trouble", "server")],
    "never closed": [*DONE[:-1], None],
    "after the end": [*DONE[:-1], {"type": "tick"}, None],
}


class Socket:
    """Says what it is told to: messages, pauses, and silence for good where the story ends or says None."""

    def __init__(self, story: list[Json]) -> None:
        self._story = deque(story)

    async def receive(self) -> Json:
        if self._story and isinstance(self._story[0], float):
            await asyncio.sleep(self._story.popleft())
        message = self._story.popleft() if self._story else None
        if message is None:
            await asyncio.Event().wait()
        return message

    async def send(self, message: Json) -> bool:
        return True

    async def close(self) -> None:
        return


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Json]:
    async def run(case: Case, story: list[Json] | None, status: int | None = 202) -> ExampleResult:
        async def send(request: Json, on_sent: Callable[[], None], **way: Json) -> Json:
            on_sent()
            if status is None:
                await asyncio.Event().wait()
            return {"status": status, "headers": {"x": "y"}, "body": {"id": "7"}}

        async def open_websocket(url: str, headers: Json, **way: Json) -> Socket:
            if story is None:
                raise NotOpenedError("the handshake was answered 403", 403, {}, "no")
            return Socket(story)

        monkeypatch.setattr(asking, "send", send)
        monkeypatch.setattr(live_client, "open_websocket", open_websocket)
        monkeypatch.setattr(attempt, "READ_ON", 0.3)
        needed = services()
        async with asyncio.timeout(LIMIT), needed.clock.watching():
            return await drive(Example(case, spec()), needed)

    return run


def record(folder: Path, *results: ExampleResult, warn: Callable[[str], None] = pytest.fail) -> list[Path]:
    files = {result.example.case.contract: folder.parent / "ticks.contract.yaml" for result in results}
    recorder = Recorder(folder, files, Secrets().redact_json, warn)
    for result in results:
        recorder(result, 7)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def blocks(result: ExampleResult) -> list[list[tuple[str, str]]]:
    words = describe(result.example, REGISTRY)
    return [
        failure_lines(Finding((Failure(result, violation, diagnose(result, violation), words, 7),)))
        for violation in result.violations
        if not violation.consequence
    ]


async def assert_same(live: ExampleResult, folder: Path) -> None:
    (path,) = await asyncio.to_thread(record, folder, live)
    checked = check(read_trace(path), str(path), live.example.case, REGISTRY, {})
    assert checked.result == replace(live, jobs=0)
    assert [failure_lines(Finding((failure,))) for failure in checked.failures] == (
        blocks(live) if not live.inconclusive else []
    )
    assert checked.notes == ()


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_a_recorded_trace_gives_the_live_result(
    tmp_path: Path, live: Callable[..., Json], story: list[Json]
) -> None:
    case = cases(tmp_path, FRESH)[0]
    result = await live(case, story)
    await assert_same(result, tmp_path / "traces")
    assert (result.verdict is Verdict.PASSED) == (story in (DONE, STORIES["huge"]))


SNAPSHOT = FRESH.replace("done: {type: done}}", "done: {type: done}, state: {type: state}}").replace(
    "  order:", "  late_join: {snapshot: state}\n  order:"
)
STATE = {"type": "state", "done": 3}
SNAPSHOT_STORIES: dict[str, tuple[list[Json], bool]] = {
    "a snapshot": ([{"type": "ack"}, STATE, {"type": "tick"}, *DONE[2:]], True),
    "the end": ([{"type": "ack"}, STATE, *DONE[2:]], True),
    "the whole order": (DONE, True),
    "a snapshot too late": ([{"type": "ack"}, {"type": "tick"}, STATE, *DONE[2:]], False),
    "no end": ([{"type": "ack"}, STATE, {"type": "tick"}, DONE[3]], False),
    "two ends": ([{"type": "ack"}, STATE, {"type": "tick"}, DONE[2], *DONE[2:]], False),
}


@pytest.mark.parametrize(("story", "right"), SNAPSHOT_STORIES.values(), ids=SNAPSHOT_STORIES)
async def test_so_does_one_of_a_service_with_snapshots(
    tmp_path: Path, live: Callable[..., Json], story: list[Json], right: bool
) -> None:
    case = cases(tmp_path, SNAPSHOT)[0]
    result = await live(case, story)
    assert (result.verdict is Verdict.PASSED) == right
    await assert_same(result, tmp_path / "traces")


async def test_a_snapshot_is_for_those_who_come_late(tmp_path: Path, live: Callable[..., Json]) -> None:
    text = SNAPSHOT.replace("works: {}", "works: {client: {connect: before_request}}")
    case = cases(tmp_path, text)[0]
    result = await live(case, SNAPSHOT_STORIES["a snapshot"][0])
    violation = result.violation_of("order")
    assert violation is not None
    assert violation.summary == 'message 1 of the order is state {"type": "state", "done": 3}: it may not come here'
    await assert_same(result, tmp_path / "traces")


@pytest.mark.parametrize("status", [500, None])
async def test_so_does_one_without_a_job(tmp_path: Path, live: Callable[..., Json], status: int | None) -> None:
    case = cases(tmp_path, FAST.replace("within: 2s}\nsocket", "within: 50ms}\nsocket"))[0]
    result = await live(case, DONE, status)
    assert result.verdict is Verdict.FAILED
    await assert_same(result, tmp_path / "traces")


async def test_so_does_one_without_a_socket(tmp_path: Path, live: Callable[..., Json]) -> None:
    result = await live(cases(tmp_path, FAST)[0], None)
    assert result.violation_of("socket/opens") is not None
    await assert_same(result, tmp_path / "traces")


async def test_so_does_one_that_a_stall_made_inconclusive(tmp_path: Path, live: Callable[..., Json]) -> None:
    result = await live(cases(tmp_path, FAST)[0], STORIES["very late"])
    stalled = replace(result, stalls=((0.0, result.end),))
    (path,) = record(tmp_path / "traces", stalled)
    checked = check(read_trace(path), "f", result.example.case, REGISTRY, {})
    assert "but this process stalled" in checked.result.inconclusive
    assert (checked.result.verdict, checked.failures) == (Verdict.INCONCLUSIVE, ())


async def test_so_does_one_that_nothing_watched(
    tmp_path: Path, live: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "UNWATCHED", 0.05)
    before, _, after = FAST.partition("deadlines:")
    result = await live(cases(tmp_path, before + after[after.index("hints:") :])[0], [None])
    assert re.search(r"no deadline watches this job, and nothing came for \d+ ms", result.inconclusive)
    await assert_same(result, tmp_path / "traces")


async def test_a_longer_deadline_than_was_waited_for_is_inconclusive(tmp_path: Path, live: Callable[..., Json]) -> None:
    result = await live(cases(tmp_path, FAST)[0], STORIES["silent"])
    (path,) = record(tmp_path / "traces", result)
    patient = cases(tmp_path, FAST.replace("within: 60ms", "within: 5s").replace("200ms", "5s").replace("30ms", "5s"))
    checked = check(read_trace(path), "f", patient[0], REGISTRY, {})
    assert checked.result.verdict is Verdict.INCONCLUSIVE
    assert "and a deadline runs until 5" in checked.result.inconclusive


async def test_an_input_that_is_new_in_the_contract_is_missed_in_words(
    tmp_path: Path, live: Callable[..., Json]
) -> None:
    result = await live(cases(tmp_path, FAST)[0], DONE)
    (path,) = record(tmp_path / "traces", result)
    text = FAST.replace("{n: {number: 3}}", "{n: {number: 3}, m: {number: 3}}")
    newer = cases(tmp_path, text.replace("[{repeat: tick}", "[{for_each: {i: m}, body: tick}"))[0]
    checked = check(read_trace(path), "f", newer, REGISTRY, {})
    assert checked.notes == (
        "order was not judged: it needs the input m, which the trace does not have; add --input 'm=JSON'",
    )
    assert checked.result.verdicts["order"] is Verdict.NOT_EXERCISED
    assert check(read_trace(path), "f", newer, REGISTRY, {"m": 1}).result.verdicts["order"] is Verdict.PASSED


# --- recording


async def test_names_are_sortable_and_safe_and_nothing_is_overwritten(
    tmp_path: Path, live: Callable[..., Json]
) -> None:
    text = FAST.replace("contract: ticks", 'contract: "ticks"').replace("works: {}", '"wörks: a b?": {}')
    result = await live(cases(tmp_path, text)[0], DONE)
    folder = tmp_path / "a folder" / "of traces"
    first = record(folder, result, result)
    assert [path.name for path in first] == ["0001-ticks-w-rks-a-b-.ndjson", "0002-ticks-w-rks-a-b-.ndjson"]
    assert len(record(folder, result)) == 3


async def test_a_folder_that_cannot_be_made_is_told_before_any_job(tmp_path: Path, live: Callable[..., Json]) -> None:
    result = await live(cases(tmp_path, FAST)[0], DONE)
    (tmp_path / "taken").write_text("a file")
    told: list[str] = []
    with pytest.raises(HarnessError, match="no traces can be recorded in "):
        record(tmp_path / "taken" / "traces", result, warn=told.append)
    assert told == []


async def test_a_message_nested_too_deeply_to_be_written_ends_nothing(
    tmp_path: Path, live: Callable[..., Json]
) -> None:
    deep: Json = {}
    for _ in range(5000):
        deep = {"a": deep}
    result = await live(cases(tmp_path, FAST)[0], DONE)
    told: list[str] = []
    deep_result = replace(result, events=(*result.events, result.events[-2]._replace(value=deep)))
    record(tmp_path / "traces", deep_result, warn=told.append)
    assert len(told) == 1


# --- the command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checking, "registry", lambda: REGISTRY)
    monkeypatch.setattr("harness.commands.registry", lambda: REGISTRY)
    monkeypatch.setattr(checking, "PipeConsole", lambda **more: Console(width=200, **more))
    return tmp_path


RECORDING = """\
{"dir": "out", "at": 5, "data": {"type": "ready"}}
{"dir": "in", "at": 5.1, "data": {"type": "ack"}}
{"dir": "in", "at": 5.2, "data": {"type": "tick"}}
{"dir": "in", "at": 5.3, "data": {"type": "done"}}
{"dir": "close", "at": 5.4, "code": 1000}
"""


def recording(folder: Path, text: str = RECORDING, name: str = "r.ndjson") -> Path:
    (folder / name).write_text(text)
    return folder / name


def run(folder: Path, *paths: Path, case: str = "works", **more: Json) -> int:
    return check_traces(CheckOptions(paths, write_contract(folder), case, **more))


def test_somebody_elses_recording_is_judged_as_far_as_it_goes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, recording(folder)) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[0].split() == ["passed", "ticks/works", str(folder / "r.ndjson")]
    idle = out.split("not exercised by any trace: ")[1].splitlines()[0].split(", ")
    assert idle == [
        "ticks/accepted/within", "ticks/accepted/status", "ticks/socket/within", "ticks/socket/opens",
        "ticks/deadlines/news", "ticks/deadlines/finished",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"type": "done"', '"type": "nod"'), "  foreign message: message 2 of the order is"),
        (('5.1, "data": {"type": "ack"}', '6.5, "data": {"type": "ack"}'), "too late: `ack` came 1.5 s after `ready`"),
        (("1000", "1006"), "closed with code 1006"),
        (('{"dir": "in", "at": 5.3, "data": {"type": "done"}}\n', ""), "1 message came, the last was `tick`"),
    ],
)
def test_what_breaks_in_it_is_found(
    folder: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], said: str
) -> None:
    text = RECORDING.replace(*change)
    if "6.5" in text:
        text = text.replace("5.2", "6.6").replace("5.3", "6.7").replace("5.4", "6.8")
    assert run(folder, recording(folder, text)) == 1
    out = capsys.readouterr().out
    assert said in out
    assert "smallest input" not in out
    assert "no-answer" not in out


def test_a_recording_that_ends_early_is_no_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    early = recording(folder, "".join(line + "\n" for line in RECORDING.splitlines()[:3]))
    assert run(folder, early) == 0
    assert "  the recording ends after 3 events, 200 ms; expected next: tick, done" in capsys.readouterr().out


def test_a_recording_in_which_nothing_is_judged_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, recording(folder, RECORDING.splitlines()[0])) == 2
    assert "nothing in it exercises a clause" in capsys.readouterr().out


def test_the_others_are_judged_whatever_one_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = recording(folder, RECORDING.replace('"at": 5.3', '"at": x'), "broken.ndjson")
    (folder / "no text.ndjson").write_bytes(b'{"dir": "in"}\n\xff\n')
    (folder / "empty").mkdir()
    paths = [broken, folder / "none", folder / "no text.ndjson", folder / "empty", recording(folder)]
    assert run(folder, *paths) == 2
    out, err = capsys.readouterr()
    assert out.startswith("passed ")
    assert out.splitlines()[-1] == "error: 5 traces (4 error, 1 passed)"
    lines = err.splitlines()
    assert lines[0].startswith(f"harness: {broken}:4: this line is damaged")
    assert lines[1].startswith(f"harness: {folder / 'none'}: this file cannot be read")
    assert lines[2].startswith(f"harness: {folder / 'no text.ndjson'}:2: this line is damaged, or no text in UTF-8")
    assert lines[3].startswith(f"harness: {folder / 'empty'}: there is no trace")
    assert len(lines) == 4


def test_each_connection_of_a_recording_is_judged_and_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = CONTRACT.replace("order: [{repeat: tick}", "order: [{repeat: {tick: {}}, at_least: 1}")
    write_contract(folder, text)
    lines = [json.loads(line) | {"connection": number} for line in RECORDING.splitlines() for number in (0, 1)]
    whole = "\n".join(json.dumps(line) for line in lines)
    path = recording(folder, whole)
    options = CheckOptions((path,), folder / "ticks.contract.yaml", "works")
    assert check_traces(options) == 0
    assert "same-story" not in capsys.readouterr().out

    del lines[5]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    assert check_traces(options) == 1
    out = capsys.readouterr().out
    assert "lost message: connection 1: tick never came: `done` came instead" in out
    assert 'message 1 of connection 1 is done {"type": "done"}, and of connection 0 it was tick' in out
    assert "ticks/same-story" in out
    path.write_text("\n".join(json.dumps(line) for line in (*lines[:5], *lines[7:])))
    assert check_traces(options) == 1
    assert "silent job (closed-without-end): connection 0: " in capsys.readouterr().out


def test_what_it_is_a_recording_of_must_be_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recording(folder)
    assert check_traces(CheckOptions((path,))) == 2
    assert "add --contract FILE --case NAME" in capsys.readouterr().err
    assert run(folder, path, case="") == 2
    assert "add --case NAME; ticks.contract.yaml has works, works-too" in capsys.readouterr().err
    assert run(folder, path, case="wroks") == 2
    assert "no case is called 'wroks'" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["n", "n=", "=1", "n={", "n=" + "[" * 100_000])
def test_an_input_is_a_name_and_json(folder: Path, text: str) -> None:
    with pytest.raises(HarnessError, match="--input takes NAME=JSON"):
        run(folder, recording(folder), inputs=(text,))


def test_an_input_must_be_one_of_the_cases(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, recording(folder), inputs=("m=1",)) == 2
    assert "ticks/works has no input 'm'; " in capsys.readouterr().err


async def test_a_wrong_contract_is_told_once(
    folder: Path, live: Callable[..., Json], capsys: pytest.CaptureFixture[str]
) -> None:
    result = await live(cases(folder, FAST)[0], DONE)
    paths = await asyncio.to_thread(record, folder / "traces", result, result)
    (folder / "ticks.contract.yaml").unlink()
    assert check_traces(CheckOptions(tuple(paths))) == 2
    err = capsys.readouterr().err
    assert err.count("cannot be read") == 1
    assert "--contract FILE" in err
    write_contract(folder, FAST)
    assert check_traces(CheckOptions((folder / "traces",))) == 0


def test_a_message_that_was_not_recorded_starts_no_deadline(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unheard = recording(folder, RECORDING.partition("\n")[2])
    assert run(folder, unheard) == 0
    assert "ticks/deadlines/acknowledged" in capsys.readouterr().out.split("not exercised by any trace: ")[1]


def test_an_action_that_was_not_recorded_is_not_missed(folder: Path) -> None:
    text = CONTRACT.replace("deadlines:", "deadlines:\n  stops: {from: tick, to: cancel, within: 50ms}")
    text = text.replace("hints:", "actions: {cancel: {method: POST, path: /c}}\nclient: {act: {cancel: {}}}\nhints:")
    checked = check(read_trace(recording(folder)), "f", cases(folder, text)[0], REGISTRY, {})
    assert checked.result.verdict is Verdict.PASSED
    assert checked.result.verdicts["deadlines/stops"] is Verdict.NOT_EXERCISED


@pytest.mark.parametrize(("at", "verdict"), [(1.0, Verdict.PASSED), (1.0000000000000002, Verdict.FAILED)])
def test_an_event_at_the_very_instant_of_its_deadline_is_in_time(folder: Path, at: float, verdict: Verdict) -> None:
    lines = [
        json.loads(line) | {"at": place} for place, line in zip((0.0, at, 2, 3, 4), RECORDING.splitlines(), strict=True)
    ]
    path = recording(folder, "\n".join(json.dumps(line) for line in lines))
    checked = check(read_trace(path), "f", cases(folder)[0], REGISTRY, {})
    assert checked.result.verdicts["deadlines/acknowledged"] is verdict


@pytest.mark.parametrize(
    ("strict", "status", "word", "verdict"), [(False, 0, "SHOULD", "passed"), (True, 1, "FAILED", "failed")]
)
def test_what_is_only_recommended_is_told_and_fails_nothing_but_with_strict(
    capsys: pytest.CaptureFixture[str], strict: bool, status: int, word: str, verdict: str
) -> None:
    trace = Path("tests/dialects/event_data/bad/always/is-translated.ndjson")
    assert check_traces(CheckOptions((trace,), strict=strict)) == status
    out = capsys.readouterr().out
    assert out.startswith(f"{verdict} ")
    assert f"{word}  event_data/always/is-translated" in out
    assert ("1 recommended clause broken" in out) is not strict
    assert out.splitlines()[-1] == f"{verdict}: 1 trace (1 {verdict})"


def test_what_must_hold_fails_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contract, changed = Path("tests/dialects/event_data/event_data.contract.yaml"), tmp_path / "changed.contract.yaml"
    changed.write_text(contract.read_text("utf-8").replace("words == size(words)", "words == 99"), "utf-8")
    trace = Path("tests/dialects/event_data/bad/always/is-translated.ndjson")
    assert check_traces(CheckOptions((trace,), changed)) == 1
    out = capsys.readouterr().out
    assert out.index("SHOULD  event_data/always/is-translated") < out.index(
        "FAILED  event_data/at_end/counts-the-words"
    )
