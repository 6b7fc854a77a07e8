from __future__ import annotations

import pytest
from rich.cells import cell_len

from harness.reporting.messages import SHORTEST, heard_line
from harness.runner.run_events import Heard
from harness.trace.events import Event, NotJson, What
from tests.unit.reporting.made import SECRET, secrets
from tests.unit.runner.examples import answer, closed, connecting, got, not_opened, opened, request, sent


def line(event: Event, width: int | None = None) -> str:
    return heard_line(Heard("renders/works 1/10", event), secrets().redact, width)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (request(0.0), "-> POST http://t/jobs"),
        (answer(0.0, 202, {"id": "6f1a"}), '<- 202 {"id": "6f1a"}'),
        (answer(0.0, None), "<- None null"),
        (Event(0.0, What.BEFORE, "login", {"status": 200, "headers": {}, "body": "ok"}), '<- login: 200 "ok"'),
        (connecting(0.0), "-> connect ws://t/ws"),
        (opened(0.0), "<- open"),
        (not_opened(0.0, 403), "<- not opened: connection refused (status 403)"),
        (sent(0.0), '-> ready {"type": "ready"}'),
        (got(0.0, "page", number=0), '<- page {"type": "page", "number": 0}'),
        (Event(0.0, What.RECEIVED, "", {"ü": 1}), '<- (of no kind) {"ü": 1}'),
        (Event(0.0, What.RECEIVED, "", NotJson(b"\x00\xff")), "<- (of no kind) b'\\x00\\xff'"),
        (closed(0.0), "<- close 1000"),
        (closed(0.0, by="client"), "-> close 1000"),
        (Event(0.0, What.CLOSE, "close", {"code": 1011, "reason": "a\nb", "by": "server"}), "<- close 1011 'a\\nb'"),
    ],
)
def test_each_event_is_a_line(event: Event, text: str) -> None:
    assert line(event) == f"  +0.000 s  renders/works 1/10  {text}"


def test_instants_stand_below_one_another() -> None:
    lines = [line(got(at, "page")) for at in (0.041, 12.5, 123.4567)]
    assert [one.partition("  renders")[0] for one in lines] == ["  +0.041 s", " +12.500 s", "+123.457 s"]


@pytest.mark.parametrize("width", [None, 60, 80, 300])
def test_a_long_payload_is_cut(width: int | None) -> None:
    text = line(got(0.0, "page", data="本" * 10_000), width)
    assert text.endswith("...")
    head = "  +0.000 s  renders/works 1/10  <- "
    assert cell_len(text) <= (len(head) + 160 if width is None else max(width, len(head) + SHORTEST))


def test_a_secret_is_masked_before_it_is_cut() -> None:
    for filling in range(120, 170):
        heard = Heard("renders/works 1/10", got(0.0, "page", data="x" * filling + SECRET + "y" * 200))
        text = heard_line(heard, lambda told: told.replace(SECRET, "*"), None)
        assert SECRET[:1] not in text.partition("<-")[2]


def test_what_is_nested_too_deeply_is_said_to_be() -> None:
    value: object = 1
    for _ in range(100_000):
        value = [value]
    assert line(Event(0.0, What.RECEIVED, "page", value)).endswith("<- page (nested too deeply to be shown)")
