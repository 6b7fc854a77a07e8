from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.trace.events import ACCEPTED, CLOSE, CONNECT, OPEN, REQUEST, UNDECLARED, Event, Json, NotJson, What
from harness.trace.lines import TraceError
from harness.trace.ndjson import Header, Trace, read, unnamed, write

ROOT = Path(__file__).parents[3]
FROZEN = (ROOT / "tests" / "fixtures" / "trace-v1.ndjson").read_text("utf-8")
FROZEN_2 = (ROOT / "tests" / "fixtures" / "trace-v2.ndjson").read_text("utf-8")
HEADER = Header("bundled:x.contract.yaml", "works", {"inputs": {"n": 2}, "connect_after": 0.25}, {"job": "j-1"}, 7)
EVENTS = (
    Event(0.1 + 0.2, What.REQUEST, REQUEST, {"method": "POST", "url": "http://t/jobs"}),
    Event(1.0, What.ANSWER, ACCEPTED, {"status": 202, "headers": {"a": "b"}, "body": {"id": 1}}),
    Event(1.5, What.RECEIVED, "tick", {"type": "tick"}),
    Event(2.0, What.CLOSE, CLOSE, {"code": 1000, "reason": "", "by": "server"}),
)
TRACE = Trace(HEADER, EVENTS, 2.5, ((0.5, 0.75),))
AS_WRITTEN = replace(TRACE, events=tuple(unnamed(event) for event in EVENTS))


def plain(value: Json) -> Json:
    return value


def wrong(text: str) -> str:
    with pytest.raises(TraceError) as told:
        read(text, "t.ndjson")
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_trace_of_version_1_stays_readable() -> None:
    assert read(FROZEN, "f") == Trace(
        Header(
            "ticks.contract.yaml",
            "ticks",
            {"inputs": {"n": 2}, "connect_after": 0.25},
            {"job": "8c8b53ec-4a5f-4a91-b3d0-6cce3c7466a7"},
            1024791967,
        ),
        (
            Event(0.016135888999997405, What.REQUEST, REQUEST, {"method": "POST", "url": "http://127.0.0.1:9000/jobs"}),
            Event(
                0.02184247800050798,
                What.ANSWER,
                UNDECLARED,
                {
                    "status": 202,
                    "headers": {"content-type": "application/json"},
                    "body": {"id": "7", "stream": "/stream/7"},
                },
            ),
            Event(0.2718, What.CONNECT, CONNECT, {"url": "ws://127.0.0.1:9000/stream/7"}),
            Event(0.2785, What.OPEN, OPEN),
            Event(0.279, What.SENT, "ready", {"type": "ready"}),
            Event(0.28, What.RECEIVED, UNDECLARED, {"event": "tick", "data": {"i": 0, "large": float("inf")}}),
            Event(0.29, What.RECEIVED, UNDECLARED, NotJson('["no object"] \ud800')),
            Event(0.3, What.RECEIVED, UNDECLARED, NotJson(b"\x00\xff")),
            Event(1.0, What.CLOSE, CLOSE, {"code": 1006, "reason": "", "by": "server"}),
        ),
        1.0004,
        ((0.5, 0.75),),
    )


def test_what_is_written_is_read_again_without_its_kinds() -> None:
    text = write(TRACE, plain)
    assert read(text, "f") == AS_WRITTEN
    assert text.isascii()
    assert len(text.splitlines()) == len(EVENTS) + 2
    assert "tick" not in text.replace('{"type": "tick"}', "")
    assert '"at": 0.30000000000000004' in text


def test_the_frozen_trace_is_written_as_it_was() -> None:
    trace = read(FROZEN, "f")
    kept = FROZEN.replace(', "something-new": true', "").replace('"at": 1,', '"at": 1.0,')
    assert write(trace, plain) == kept.replace('"trace": 1', '"trace": 2')


def test_the_frozen_trace_of_this_version_is_written_as_it_was() -> None:
    trace = read(FROZEN_2, "f")
    assert write(trace, plain) == FROZEN_2
    (action, asked) = (event for event in trace.events if event.what in (What.ACTION, What.AFTERWARDS))
    assert (action.point, action.value["seconds"], asked.value["status"]) == ("cancel", 0.0125, None)
    assert action.of_the_job


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"seconds": 0.0125', '"seconds": "soon"'), "'seconds' must be a number of seconds"),
        (('"event": "action", "name": "cancel"', '"event": "action"'), "'name' is missing"),
        (('"by": "reset"', '"by": "fire"'), "'by' must be 'close', 'reset' or 'restart', not 'fire'"),
        (('"beside": [{"inputs"', '"beside": [{"outputs"'), "'beside' cannot have 'outputs'"),
    ],
)
def test_what_is_damaged_of_the_client_is_told(change: tuple[str, str], said: str) -> None:
    assert FROZEN_2.count(change[0]) == 1
    with pytest.raises(TraceError, match=r"f:\d+: ") as told:
        read(FROZEN_2.replace(*change), "f")
    assert said in str(told.value)


def test_every_line_is_json_for_everybody() -> None:
    events = (Event(0.0, What.RECEIVED, "", {"low": -float("inf"), "list": [float("inf"), "Infinity", "-Infinity"]}),)
    text = write(replace(TRACE, events=events), plain)
    for line in text.splitlines():
        json.loads(line, parse_constant=pytest.fail)
    assert read(text, "f").events == events


def test_secrets_are_masked_wherever_the_target_could_put_them() -> None:
    def redact(value: Json) -> Json:
        return json.loads(json.dumps(value).replace("hush", "[secret]"))

    events = (
        Event(0.0, What.REQUEST, REQUEST, {"method": "POST", "url": "http://t/?key=hush"}),
        Event(0.1, What.ANSWER, "", {"status": 500, "headers": {"x": "hush"}, "body": {"hush": "hush"}}),
        Event(0.2, What.SENT, "ready", {"token": "hush"}),
        Event(0.3, What.RECEIVED, "", {"token": "hush"}),
        Event(0.4, What.RECEIVED, "", NotJson("hush!")),
        Event(0.5, What.RECEIVED, "", NotJson(b"\xff hush")),
        Event(0.6, What.CLOSE, CLOSE, {"code": 1008, "reason": "hush", "by": "server"}),
    )
    text = write(replace(TRACE, header=replace(HEADER, fresh={"job": "hush"}), events=events), redact)
    assert "hush" not in text
    again = read(text, "f")
    assert again.events[5].value == NotJson(b"\xff [secret]")
    assert again.events[1].value == {"status": 500, "headers": {"x": "[secret]"}, "body": {"[secret]": "[secret]"}}


def test_a_mask_never_takes_a_traces_own_words() -> None:
    def redact(value: Json) -> Json:
        if isinstance(value, dict):
            return dict.fromkeys(["[secret]"], 1)
        return "[secret]" if isinstance(value, str) else value

    again = read(write(TRACE, redact), "f")
    assert again.events[-1].value == {"code": 1000, "reason": "[secret]", "by": "server"}
    assert again.header is not None
    assert (again.header.contract, again.header.case, again.header.spec) == (HEADER.contract, "works", HEADER.spec)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"trace": 3}', "1: this trace is of version 3, this after202 reads versions 1 and 2: a newer one is needed"),
        ('{"trace": 0}', "1: this trace is of version 0, this after202 reads versions 1 and 2"),
        ('{"trace": true}', "1: 'trace' must be a whole number, not True"),
        ('{"replay": 1}', "1: this is no trace: its first line has neither 'trace' nor 'dir'"),
        ("\x00\x01", "1: this line is damaged, or no JSON: Expecting value (column 1)"),
        ("[1]", "1: a line of a trace is a JSON object, not [1]"),
        ("7" * 5000, "1: this line is damaged, or no JSON: "),
        ("[" * 100_000, "1: this line is damaged, or no JSON: it is nested too deeply"),
        ('{"trace": NaN}', "1: this line is damaged, or no JSON: NaN is no JSON"),
        ("", "1: the file is empty"),
        ("\n \n\r\n", "1: the file is empty"),
    ],
)
def test_what_is_no_trace_is_told_with_its_line(line: str, said: str) -> None:
    assert wrong(line).startswith(f"t.ndjson:{said}")


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (('"end": 2.5', '"fin": 2.5'), 6, "the trace is cut off after this line"),
        (('"at": 1.5', '"at": "1.5"'), 4, "'at' must be a number of seconds, not '1.5'"),
        (('"at": 1.5', '"at": 1700000000000'), 4, "are these milliseconds?"),
        (('"at": 1.5', '"at": 1e999'), 4, "'at' must be a number of seconds, not a number too large"),
        (('"event": "received"', '"event": "recieved"'), 4, "no event is called 'recieved'; there are before, "),
        (('"event": "received"', '"event": ["received"]'), 4, "'event' must be a text"),
        (('"event": "received"', '"event": "sent"'), 4, "'name' is missing"),
        (('{"type": "tick"}', "[1]"), 4, "'value' must be an object, not [1]"),
        (('"value": {"type": "tick"}', '"binary": "%%"'), 4, "'binary' must be base64"),
        (('"status": 202', '"status": "202"'), 3, "'status' must be a whole number, not '202'"),
        (('"headers": {"a": "b"}', '"headers": 1'), 3, "'headers' must be an object"),
        (('"by": "server"', '"by": "somebody"'), 5, "'by' must be one of server, client"),
        (('"code": 1000', '"code": 1000.5'), 5, "'code' must be a whole number"),
        (('[[0.5, 0.75]]', '[[0.5]]'), 6, "'stalls' must be a list of pairs of seconds"),
        (('"connection": 0, "event": "received"', '"connection": -1, "event": "received"'), 4, "from 0 to 999, not -1"),
        (('"connection": 0, "event": "received"', '"connection": 1000, "event": "received"'), 4, "to 999, not 1000"),
        (('"connection": 0, "event": "received"', '"connection": true, "event": "received"'), 4, "must be a whole"),
        (('"inputs": {"n": 2}', '"inputs": [2]'), 1, "'spec' must have 'inputs'"),
        (('"connect_after": 0.25', '"connect_after": -1'), 1, "'connect_after' must be a number of seconds from 0"),
        (('"fresh": {"job": "j-1"}', '"fresh": "j-1"'), 1, "'fresh' must be an object"),
    ],
)  # fmt: skip
def test_what_is_damaged_is_told_with_its_line(change: tuple[str, str], line: int, said: str) -> None:
    text = write(TRACE, plain)
    assert text.count(change[0]) >= 1
    told = wrong(text.replace(*change))
    assert told.startswith(f"t.ndjson:{line}: ")
    assert said in told


def test_a_trace_that_is_cut_off_anywhere_is_refused() -> None:
    text = write(TRACE, plain)
    for length in range(1, len(text) - 1):
        assert re.match(r"t\.ndjson:\d+: ", wrong(text[:length]))
    assert read(text.rstrip("\n"), "f") == AS_WRITTEN


@pytest.mark.parametrize("text", ["\ufeff{}", "{}\r\n", "\n{}"])
def test_what_editors_add_does_no_harm(text: str) -> None:
    written = write(TRACE, plain)
    assert read(text.replace("{}", written), "f") == AS_WRITTEN


# --- somebody else's recording


def test_the_minimal_form() -> None:
    text = "\n".join(
        [
            '{"dir": "open", "at": 1700000000}',
            '{"dir": "out", "at": 1700000000.5, "data": {"type": "ready"}}',
            '{"dir": "in", "at": 1700000001, "data": {"type": "tick"}}',
            '{"dir": "in", "at": 1700000001, "data": "{\\"type\\": \\"tick\\"}"}',
            '{"dir": "in", "at": 1700000001, "data": "hello"}',
            '{"dir": "in", "at": 1700000001, "data": [1]}',
            '{"dir": "close", "at": 1700000002}',
        ]
    )
    trace = read(text, "f")
    assert (trace.header, trace.end, trace.stalls) == (None, 2.0, ())
    assert [(event.at, event.what, event.value) for event in trace.events] == [
        (0.0, What.OPEN, None),
        (0.5, What.SENT, {"type": "ready"}),
        (1.0, What.RECEIVED, {"type": "tick"}),
        (1.0, What.RECEIVED, {"type": "tick"}),
        (1.0, What.RECEIVED, NotJson("hello")),
        (1.0, What.RECEIVED, NotJson("[1]")),
        (2.0, What.CLOSE, {"code": 1005, "reason": "", "by": "server"}),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"dir": "up", "at": 2}', "'dir' must be in, out, open or close, not 'up'"),
        ('{"dir": "in", "at": 2}', "'data' is missing"),
        ('{"dir": "in", "data": {}}', "'at' is missing"),
        ('{"dir": "in", "at": 0.5, "data": {}}', "this line is earlier than the one before it"),
        ('{"dir": "close", "at": 2, "code": "1000"}', "'code' must be a whole number"),
        ('{"dir": ["in"], "at": 2}', "'dir' must be a text"),
    ],
)
def test_what_is_wrong_in_it_is_told_with_its_line(line: str, said: str) -> None:
    told = wrong(f'{{"dir": "in", "at": 1, "data": {{}}}}\n{line}\n')
    assert told.startswith("t.ndjson:2: ")
    assert said in told


def test_what_the_documentation_shows_is_so() -> None:
    page = (ROOT / "docs" / "traces.md").read_text("utf-8")
    shown = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert len(shown) == 2
    ours, theirs = (read(text, "docs") for text in shown)
    assert ours.header is not None
    assert write(ours, plain) == shown[0]
    assert theirs.header is None
