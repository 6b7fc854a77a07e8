from __future__ import annotations

import pytest

from harness.authoring.words import (
    is_acknowledgement,
    is_keep_alive,
    is_secret_name,
    secret_values,
    snake,
    upper,
    variable,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("photoStatus", "photo_status"),
        ("photo-status", "photo_status"),
        ("render.frame done", "render_frame_done"),
        ("HTTPError", "http_error"),
        ("--", ""),
        ("x", "x"),
        ("jobID", "job_id"),
    ],
)
def test_snake(text: str, name: str) -> None:
    assert snake(text) == name


@pytest.mark.parametrize(
    ("text", "taken", "name"),
    [
        ("frames", (), "frames"),
        ("frames", ("frames",), "frames_n"),
        ("frames", ("frames", "frames_n"), "frames_n_2"),
        ("3d", (), "n_3d"),
        ("", (), "n"),
        ("in", (), "in_n"),
        ("string", (), "string_n"),
        ("日本", (), "n"),
        ("a" * 60, (), "a" * 40),
    ],
)
def test_a_variable_can_be_used_in_expressions(text: str, taken: tuple[str, ...], name: str) -> None:
    assert variable(text, "n", taken) == name


def test_upper() -> None:
    assert upper("my-renders") == "MY_RENDERS"
    assert upper("3d") == "SERVICE"


@pytest.mark.parametrize(
    "name", ["token", "accessToken", "X-API-Key", "apikey", "password", "client_secret", "ticket", "auth_key", "jwt"]
)
def test_a_secret_is_known_by_its_name(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["key", "sortKey", "Idempotency-Key", "code", "max_tokens", "tokens_used", "session", "author", "status"]
)
def test_what_is_no_secret(name: str) -> None:
    assert not is_secret_name(name)


def test_secrets_are_found_inside_and_in_addresses() -> None:
    value = {
        "id": "r-12345678",
        "auth": {"ticket": "tick-12345", "short": "x"},
        "tickets": ["aaaaaaaa", "b"],
        "socket": "wss://x/y?job=r-12345678&token=tok-123456",
        "token_url": "https://x/token",
    }

    assert secret_values(value) == ["tick-12345", "aaaaaaaa", "tok-123456"]


def test_kinds_are_known_by_their_names() -> None:
    assert [
        name for name in ("ping", "heart_beat", "keepalive", "shipping", "keep_alive_x") if is_keep_alive(name)
    ] == [
        "ping",
        "heart_beat",
        "keepalive",
        "keep_alive_x",
    ]
    assert [name for name in ("ready_ack", "subscribed", "back", "welcome", "packed") if is_acknowledgement(name)] == [
        "ready_ack",
        "subscribed",
        "welcome",
    ]
