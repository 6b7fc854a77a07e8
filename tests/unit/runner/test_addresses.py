from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.runner.addresses import socket_address
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
