from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Contract, Send

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]

READY = "ready: {json: {type: ready}}"


@pytest.fixture
def sent(read: Read, minimal: str) -> Callable[[str], Send]:
    """The message `ready`, written so."""

    def send(written: str) -> Send:
        (case,) = read(minimal.replace(READY, f"ready: {written}")).cases
        return case.socket.sends["ready"]

    return send


@pytest.mark.parametrize(
    ("written", "after", "each", "raw", "rendered"),
    [
        ("{json: {n: '${count}'}}", "open", False, False, {"n": 3}),
        ("{at: open, json: [1]}", "open", False, False, [1]),
        ("{after: tick, json: {n: '${msg.n}', count: '${count}'}}", "tick", False, False, {"n": 7, "count": 3}),
        ("{each: tick, json: {type: pong, n: '${msg.n}'}}", "tick", True, False, {"type": "pong", "n": 7}),
        ("{text: 'no {json'}", "open", False, True, "no {json"),
        ("{each: tick, text: 'pong ${msg.n}'}", "tick", True, True, "pong 7"),
    ],
)
def test_when_and_what_a_client_sends(
    sent: Callable[[str], Send], written: str, after: str, each: bool, raw: bool, rendered: object
) -> None:
    send = sent(written)
    assert (send.after, send.each, send.raw) == (after, each, raw)
    assert send.message.render({"count": 3, "msg": {"n": 7}}) == rendered


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("{}", "a message to send needs 'json' or 'text'"),
        ("{json: {}, text: x}", "a message is either json or text | in a case, null removes one"),
        ("{text: {a: b}}", "'text' must be a text; found a map"),
        ("{at: done, json: {}}", "at: open is expected; found 'done'"),
        ("{after: tik, json: {}}", "unknown kind 'tik' | here: done, failed, started, tick. Did you mean 'tick'?"),
        ("{each: [tick], json: {}}", "'each' must be a text; found a list"),
        ("{after: tick, each: done, json: {}}",
         "a message is sent at open, after a kind, or for each of a kind"),
        ("{json: {n: '${msg.n}'}}", "nothing here is called 'msg' | here: accepted, count, env, job_id."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_once(problems: Tell, minimal: str, written: str, problem: str) -> None:
    (told,) = problems(minimal.replace(READY, f"ready: {written}").replace("[accepted, ready]", "accepted"))
    assert told.partition(": ")[2] == problem


@pytest.mark.parametrize("name", ["close", "count"])
def test_a_message_has_a_name_of_its_own(problems: Tell, minimal: str, name: str) -> None:
    told = problems(minimal.replace(READY, f"{READY}\n    {name}: {{json: {{}}}}"))
    assert any("a message needs another name" in one for one in told)
