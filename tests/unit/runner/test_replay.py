from __future__ import annotations

import json
import random
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.contract.loading import bundled_contracts
from harness.errors import HarnessError
from harness.runner.replay import Replay, read_replay, write_replay
from harness.targets.secrets import MASK, Secrets
from harness.trace.events import Event, Json, NotJson, What
from tests.unit.runner.examples import answer, failure, got, request, result, violation

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.runner.results import Failure

FOLDER = Path("failures")
CONTRACT = Path("ticks.contract.yaml")
RIGHT = {
    "replay": 2,
    "contract": "ticks.contract.yaml",
    "case": "works",
    "clause": "order",
    "spec": {"inputs": {"n": 1}, "connect_after": 0.5},
    "faults": ["slow"],
    "target": None,
    "summary": "too soon",
    "events": [],
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture
def broken(case: Case) -> Failure:
    seen = (
        request(100.0),
        answer(100.5, 202, {"echo": "Bearer s3cr3t"}, authorization="Bearer s3cr3t"),
        got(101.0, "tick", number=1),
        Event(101.25, What.RECEIVED, "", NotJson(b"\0\1")),
        Event(101.5, What.RECEIVED, "", NotJson("s3cr3t?")),
    )
    return failure(case, violation(), result=result(case, violation(), events=seen))


def write(broken: Failure, secrets: Secrets | None = None, **more: Json) -> Path:
    given_ = {"folder": FOLDER, "contract": CONTRACT, "faults": ("slow",), "target": None, **more}
    return write_replay(broken, secrets=secrets or Secrets(), **given_)


def other_class(broken: Failure) -> Failure:
    return replace(broken, diagnosis=replace(broken.diagnosis, kind="lost-message"))


def test_what_is_written_is_read_again(broken: Failure) -> None:
    replay = read_replay(write(broken, target="http://t", faults=("slow", "silent")))
    spec = {"inputs": {"n": 1}, "connect_after": 0.0}
    assert replay == Replay(CONTRACT, "works", "order", spec, ("slow", "silent"), "http://t", "too soon", "wrong-order")


def test_the_same_failure_goes_to_the_same_file_and_another_one_to_another(broken: Failure, case: Case) -> None:
    assert write(broken) == write(broken)
    assert write(failure(case, violation("always/x"))) != write(broken)
    assert (
        len({write(broken), write(broken, target="http://t"), write(broken, faults=()), write(other_class(broken))})
        == 4
    )


def test_events_are_kept_with_their_instants_from_the_first_one(broken: Failure) -> None:
    events = json.loads(write(broken).read_text("utf-8"))["events"]
    assert [event["at"] for event in events] == [0.0, 0.5, 1.0, 1.25, 1.5]
    assert events[2] == {"at": 1.0, "what": "received", "point": "tick", "value": {"type": "tick", "number": 1}}
    assert events[3]["value"] == {"notJson": "0001"}


def test_secrets_are_not_kept(broken: Failure) -> None:
    secrets = Secrets()
    secrets.add("s3cr3t")
    text = write(broken, secrets, target="http://t/s3cr3t").read_text("utf-8")
    assert "s3cr3t" not in text
    assert text.count(MASK) == 4


@pytest.mark.parametrize("word", ["works", "order", "slow", "ticks"])
def test_a_secret_that_is_also_an_ordinary_word_does_not_spoil_what_a_replay_needs(broken: Failure, word: str) -> None:
    secrets = Secrets()
    secrets.add(word)
    replay = read_replay(write(broken, secrets))
    assert (replay.contract, replay.case, replay.clause, replay.faults) == (CONTRACT, "works", "order", ("slow",))


@pytest.mark.parametrize("number", [0, 1])
def test_a_bundled_contract_is_found_again_wherever_it_is_installed(broken: Failure, number: int) -> None:
    path = bundled_contracts()[number]
    written = write(broken, contract=path)
    assert json.loads(written.read_text("utf-8"))["contract"] == f"bundled:{path.name}"
    assert read_replay(written).contract == path


def test_where_nothing_can_be_written_it_is_an_oserror(broken: Failure) -> None:
    FOLDER.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(OSError, match="failures"):
        write(broken)


def test_there_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="is no replay file"):
        read_replay(tmp_path / "none.json")
    with pytest.raises(HarnessError, match="is no replay file"):
        read_replay(tmp_path)


@pytest.mark.parametrize("version", [0, 3, None, "1", [1]])
def test_another_version_says_what_to_do(tmp_path: Path, version: Json) -> None:
    path = tmp_path / "replay.json"
    path.write_text(json.dumps({**RIGHT, "replay": version}), encoding="utf-8")
    with pytest.raises(HarnessError, match="run `harness run` again"):
        read_replay(path)


def read_text(path: Path, text: str | bytes) -> None:
    """Read a file with this text: it is right, or a HarnessError says what is wrong."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    with suppress(HarnessError):
        read_replay(path)


def test_no_truncated_file_is_a_traceback(broken: Failure, tmp_path: Path) -> None:
    whole = write(broken).read_bytes()
    for length in range(0, len(whole), 7):
        read_text(tmp_path / "cut.json", whole[:length])


def test_no_flipped_byte_is_a_traceback(broken: Failure, tmp_path: Path) -> None:
    whole, chance = write(broken).read_bytes(), random.Random(1)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        read_text(tmp_path / "flipped.json", bytes(damaged))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(st.sampled_from(sorted(RIGHT)), json_values)
def test_no_wrong_value_is_a_traceback(tmp_path: Path, key: str, value: Json) -> None:
    read_text(tmp_path / "wrong.json", json.dumps({**RIGHT, key: value}))


@pytest.mark.parametrize("key", sorted(set(RIGHT) - {"events", "replay"}))
def test_no_missing_value_is_a_traceback(tmp_path: Path, key: str) -> None:
    path = tmp_path / "missing.json"
    path.write_text(json.dumps({name: value for name, value in RIGHT.items() if name != key}), encoding="utf-8")
    with pytest.raises(HarnessError, match=f"is damaged.*{key}"):
        read_replay(path)


@pytest.mark.parametrize("delay", [10**400, -1, float("nan"), float("inf"), "soon", None])
def test_a_delay_that_is_none_is_damage(tmp_path: Path, delay: Json) -> None:
    path = tmp_path / "delay.json"
    path.write_text(json.dumps({**RIGHT, "spec": {"inputs": {"n": 1}, "connect_after": delay}}), encoding="utf-8")
    with pytest.raises(HarnessError, match="is damaged"):
        read_replay(path)


def test_a_file_nested_too_deeply_is_damage(tmp_path: Path) -> None:
    read_text(tmp_path / "deep.json", "[" * 100_000)


def test_the_version_before_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "replay.json"
    path.write_text(json.dumps({**RIGHT, "replay": 1}), encoding="utf-8")
    assert read_replay(path).spec == RIGHT["spec"]


CLIENT: dict[str, Json] = {
    "watchers": 3, "slow": 1.5, "first": 1, "drop": {"after_messages": 3, "by": "reset", "return_after": 0.2},
    "sends": {"ready": {"times": 2, "after": 0.4}}, "acts": [{"nth": 2, "after": 0.0, "times": 1}],
}  # fmt: skip


def test_what_the_client_did_is_kept(tmp_path: Path) -> None:
    spec = {"inputs": {"n": 1}, "connect_after": 0.5, "client": CLIENT, "beside": [{"inputs": {"n": 2}}]}
    path = tmp_path / "replay.json"
    path.write_text(json.dumps({**RIGHT, "spec": spec}), encoding="utf-8")
    assert read_replay(path).spec == spec


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ([], "'client' must be an object"),
        ({"watchers": 0}, "'watchers' must be a whole number from 1 to 1000, not 0"),
        ({"watchers": True}, "'watchers' must be a whole number"),
        ({"slow": "1s"}, "'slow' must be a number of seconds"),
        ({"drop": {"by": "fire"}}, "'by' must be 'close', 'reset' or 'restart', not 'fire'"),
        ({"drop": {"when": 1}}, "'drop' cannot have 'when'"),
        ({"sends": {"ready": {"times": -1}}}, "'times' must be a whole number from 0"),
        ({"acts": {}}, "'acts' must be a list"),
        ({"acts": [{"after": 1e9}]}, "'after' must be a number of seconds from 0 to 86400"),
    ],
)
def test_a_client_that_cannot_be_is_told(tmp_path: Path, client: Json, said: str) -> None:
    path = tmp_path / "replay.json"
    path.write_text(json.dumps({**RIGHT, "spec": {**RIGHT["spec"], "client": client}}), encoding="utf-8")
    with pytest.raises(HarnessError, match="is damaged") as told:
        read_replay(path)
    assert said in str(told.value)
