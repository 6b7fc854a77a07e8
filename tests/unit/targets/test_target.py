from __future__ import annotations

from decimal import Decimal

import pytest

from harness.errors import HarnessError
from harness.targets.target import Cost, Target, check_production, make_target

HEADERS = {"Authorization": "Bearer x"}


@pytest.mark.parametrize(
    ("url", "path", "http", "socket"),
    [
        ("http://h:81", "/a", "http://h:81/a", "ws://h:81/a"),
        ("http://h:81/", "a?b=c", "http://h:81/a?b=c", "ws://h:81/a?b=c"),
        ("https://h/base/", "/a", "https://h/base/a", "wss://h/base/a"),
        ("http://[::1]:81", "/a", "http://[::1]:81/a", "ws://[::1]:81/a"),
        ("https://h", "//evil.example/a", "https://h//evil.example/a", "wss://h//evil.example/a"),
    ],
)
def test_paths_belong_to_the_target(url: str, path: str, http: str, socket: str) -> None:
    target = make_target(url, HEADERS)
    assert target.http_url(path) == http
    assert target.socket_url(path) == socket
    assert target.headers_for(http) == target.headers_for(socket) == HEADERS


@pytest.mark.parametrize(
    ("address", "socket"),
    [
        ("ws://other/x", "ws://other/x"),
        ("wss://other/x", "wss://other/x"),
        ("https://other/x", "wss://other/x"),
        ("http://other/x", "ws://other/x"),
    ],
)
def test_absolute_addresses_keep_their_host(address: str, socket: str) -> None:
    assert make_target("https://h", {}).socket_url(address) == socket


@pytest.mark.parametrize(
    "url",
    [
        "https://h.example/x", "https://H.EXAMPLE/x", "https://h.example:443/x", "wss://h.example/x",
        "wss://h.example:443/x?y", "https://user@h.example/",
    ],
)  # fmt: skip
def test_headers_go_to_the_targets_own_origin(url: str) -> None:
    assert make_target("https://h.example", HEADERS).headers_for(url) == HEADERS


@pytest.mark.parametrize(
    "url",
    [
        "http://h.example/x", "ws://h.example/x", "https://h.example:444/x", "https://evil.example/x",
        "https://h.example.evil/x", "https://h.example@evil.example/x", "https://sub.h.example/x", "wss://[::1]/x",
        "https://evil.example/https://h.example/", "gopher://h.example/", "",
    ],
)  # fmt: skip
def test_headers_go_nowhere_else(url: str) -> None:
    assert make_target("https://h.example", HEADERS).headers_for(url) == {}


@pytest.mark.parametrize("url", ["ws://h.example:99999999/x", "ws://[::1/x", "wss://h:port/x"])
def test_an_address_that_is_none_gets_no_headers(url: str) -> None:
    """Addresses come out of the target's answers: a wrong one is the target's mistake, not an exception."""
    assert make_target("https://h.example", HEADERS).headers_for(url) == {}


@pytest.mark.parametrize(
    "url",
    [
        "", "h", "h:81", "ftp://h", "ws://h", "http://", "http:///x", "http://h:0", "http://h:99999", "http://h:port",
        "http://h?a=b", "http://h#a", "http://[::1", "http://[zz]", "//h", "http://:81",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(HarnessError, match="--target takes an address"):
        make_target(url, {})


@pytest.mark.parametrize("url", ["http://me:hunter2@h", "http://me:hunter2@h?a=b", "http://me:hunter2@h:0"])
def test_user_and_password_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(HarnessError) as told:
        make_target(url, {})
    assert "hunter2" not in str(told.value)


def test_the_scheme_may_be_in_capitals() -> None:
    target = make_target("HTTP://h:81", HEADERS)
    assert target.socket_url("/a") == "ws://h:81/a"


def test_a_target_without_headers_has_none() -> None:
    assert Target("http://h").headers_for("http://h/x") == {}


@pytest.mark.parametrize(
    ("cost", "jobs", "text"),
    [
        (Cost(Decimal("0.02"), "USD"), 25, "0.50 USD"),
        (Cost(Decimal("0.02"), "USD"), 0, "0.00 USD"),
        (Cost(Decimal("0.0015"), "€"), 10, "0.015 €"),
        (Cost(Decimal(3)), 7, "21.00"),
        (Cost(Decimal("999999999.999999999"), "USD"), 10**9, "999999999999999999.00 USD"),
    ],
)
def test_what_jobs_cost(cost: Cost, jobs: int, text: str) -> None:
    assert cost.text(jobs) == text


def test_production_needs_leave() -> None:
    with pytest.raises(HarnessError, match=r"the target 'live' is production, .* add --yes"):
        check_production(Target("http://h", name="live", production=True), False)
    check_production(Target("http://h", name="live", production=True), True)
    check_production(Target("http://h", name="staging"), False)
