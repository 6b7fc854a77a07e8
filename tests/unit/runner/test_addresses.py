from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.templates import TemplateError
from harness.runner.addresses import Handshake, handshake, socket_address
from harness.targets.target import make_target
from tests.unit.runner.examples import CONTRACT, cases

if TYPE_CHECKING:
    from pathlib import Path

LOCATION = "${accepted.headers.location}"


@pytest.mark.parametrize(
    ("connect", "location", "url", "address"),
    [
        (LOCATION, "ws://other/s/1", "http://t", "ws://other/s/1"),
        (LOCATION, "https://other/s/1", "http://t", "wss://other/s/1"),
        (LOCATION, "/s/1?a=b", "http://t", "ws://t/s/1?a=b"),
        (LOCATION, "/s/1", "http://t/base", "ws://t/base/s/1"),
        (LOCATION, "/base/s/1", "http://t/base", "ws://t/base/s/1"),
        (LOCATION, "1/socket", "http://t/base", "ws://t/base/1/socket"),
        (LOCATION, "jobs/1", "https://t", "wss://t/jobs/1"),
        (LOCATION, "../1", "http://t/base", "ws://t/1"),
        (LOCATION, "//other/s", "https://t", "wss://other/s"),
        ("ws/progress", "", "http://t/base", "ws://t/base/ws/progress"),
        ("/s/${accepted.headers.location}", "1", "http://t/base", "ws://t/base/s/1"),
    ],
)
def test_where_the_socket_is(tmp_path: Path, connect: str, location: str, url: str, address: str) -> None:
    (case, *_) = cases(tmp_path, CONTRACT.replace("connect: /ws", f"connect: {connect}"))
    assert case.socket is not None
    names = {"accepted": {"status": 202, "headers": {"location": location}, "body": None}}
    assert socket_address(case.socket, names, make_target(url, {}), f"{url}/jobs") == address


def asked(tmp_path: Path, connect: str, answer: str = "") -> Handshake:
    (case, *_) = cases(tmp_path, CONTRACT.replace("connect: /ws", connect))
    assert case.socket is not None
    names = {"accepted": {"status": 202, "headers": {"location": answer}, "body": None}}
    return handshake(case.socket, names, make_target("http://t", {"x-key": "k", "x-both": "target"}), "http://t/jobs")


def test_what_goes_along(tmp_path: Path) -> None:
    found = asked(tmp_path, "connect: /a b\n  headers: {x-both: ' contract '}\n  subprotocol: [v2, '${\"v\" + \"1\"}']")
    assert found == Handshake("ws://t/a%20b", {"x-key": "k", "x-both": "contract"}, ("v2", "v1"))


@pytest.mark.parametrize(
    ("connect", "problem"),
    [
        ("connect: ftp://other/x", "'ftp://other/x' is no WebSocket address"),
        ("connect: 'ws://other:99999/x'", "'ws://other:99999/x' is no WebSocket address"),
        ("connect: 'ws://[::1/x'", "'ws://[::1/x' is no WebSocket address"),
        ("connect: 'ws:///x'", "'ws:///x' is no WebSocket address"),
        ("connect: '/x#y'", "'ws://t/x#y' is no WebSocket address"),
        ("connect: ${accepted.headers.location}", r"'ws://t/x\r\nhost:%20other' is no WebSocket address"),
        (
            'connect: /x\n  headers: {a: "b\\nc"}',
            "the value of the header a has a character that a header cannot carry",
        ),
        (
            "connect: /x\n  headers: {a: '\u00fc'}",
            "the value of the header a has a character that a header cannot carry",
        ),
        ("connect: /x\n  subprotocol: v 2", "'v 2' is no name of a subprotocol"),
    ],
)
def test_what_no_handshake_can_carry(tmp_path: Path, connect: str, problem: str) -> None:
    with pytest.raises(TemplateError) as caught:
        asked(tmp_path, connect, "/x\r\nhost: other")
    assert str(caught.value) == problem
