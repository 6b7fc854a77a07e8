from __future__ import annotations

import pytest

from harness.authoring.typed_secrets import missing_variable, sends_without_secrets, socket_without_secrets
from harness.errors import HarnessError
from harness.trace.events import Json


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("${accepted.headers.location}/events?session=sess-hush&token=hushhush123", "query token"),
        ("/ws?api%5Fkey=hushhush123#x", "query api_key"),
        ("/ws?token=hushhush123${accepted.body.id}", "query token"),
        ('/ws/${accepted.body.x ? "a" : "b"}?token=hushhush123', "query token"),
        ("wss://me:hushhush123@example.com/ws", "its user"),
    ],
)
def test_a_secret_in_the_address_is_refused(address: str, where: str) -> None:
    with pytest.raises(HarnessError, match=f"--socket: {where} looks like a secret") as told:
        socket_without_secrets(address)
    assert "hush" not in str(told.value)


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("/ws?token=${ticket.body.token}&job=j-1", "/ws?token=${ticket.body.token}&job=j-1"),
        ("/ws?token=${env.T}", "/ws?token=${env.T}"),
        ("/ws?token=$T&a=$B", "/ws?token=${env.T}&a=${env.B}"),
        ("/ws?$filter=x&token=", "/ws?$filter=x&token="),
        ("${accepted.body.stream}", "${accepted.body.stream}"),
        ("/token=x", "/token=x"),
    ],
)
def test_values_from_elsewhere_are_no_secrets_of_the_address(address: str, written: str) -> None:
    assert socket_without_secrets(address) == written


def test_a_secret_that_is_sent_is_refused() -> None:
    with pytest.raises(HarnessError, match=r"--send: auth\.token looks like a secret") as told:
        sends_without_secrets({"hello": {"auth": {"token": "hushhush123"}}})
    assert "hush" not in str(told.value)
    with pytest.raises(HarnessError, match=r"--send: tokens\.token\.1 looks like a secret"):
        sends_without_secrets({"hello": {"tokens": {"token": ["${env.T}", "hushhush123"]}}})


def test_what_is_sent_may_take_a_secret_from_elsewhere() -> None:
    sends: dict[str, Json] = {"hello": {"token": "$T", "$ref": "$T", "password": "${login.body.p}", "n": [1, None]}}

    assert sends_without_secrets(sends) == {
        "hello": {"token": "${env.T}", "$ref": "$T", "password": "${login.body.p}", "n": [1, None]}
    }


def test_a_variable_must_be_set() -> None:
    assert missing_variable(frozenset("AB"), {"A": "x", "B": ""}) == "B"
    assert missing_variable(frozenset("A"), {"A": "x"}) == ""
