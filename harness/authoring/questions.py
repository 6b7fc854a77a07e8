"""The few questions from which a first contract can begin."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.authoring.curl import Curl, File

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.authoring.curl import Content

METHODS = ("POST", "PUT", "PATCH", "GET")


@dataclass(frozen=True, slots=True)
class Answers:
    """What was said: the request, the socket's address (empty: look in the answer) and what the client sends."""

    curl: Curl
    socket: str
    sends: tuple[str, ...]


def questions(ask: Callable[[str], str], say: Callable[[str], None], environment: Mapping[str, str]) -> Answers:
    """Ask until every answer can be used.

    Args:
        ask: shows a question and gives what was typed.
        say: shows what was wrong with an answer.
        environment: in which the token's variable must be set.
    """

    def until(question: str, wrong: Callable[[str], str]) -> str:
        while True:
            text = ask(question).strip()
            problem = wrong(text)
            if not problem:
                return text
            say(problem)

    url = until("Address of the service (https://staging.example.com): ", _no_address)
    start = until("What starts a job (POST /renders): ", _no_start)
    method, _, path = start.rpartition(" ")
    body = until("Its JSON body, or @FILE; empty for none: ", _no_body)
    variable = until(
        "The environment variable that holds the bearer token; empty for none: ",
        lambda name: (
            "" if not name or environment.get(name) else f"{name} is not set here: export it, or leave it empty"
        ),
    )
    socket = ask("Where the socket is, such as ${accepted.body.stream}; empty to look in the answer: ").strip()
    send = until("JSON that the client sends once it is open; empty for nothing: ", _no_message)
    headers = [("authorization", f"Bearer ${variable}")] if variable else []
    data: tuple[Content, ...] = (File(body[1:]) if body.startswith("@") else body,) if body else ()
    if data:
        headers.append(("content-type", "application/json"))
    curl = Curl(method.strip().upper() or "POST", f"{url.rstrip('/')}/{path.lstrip('/')}", tuple(headers), data)
    return Answers(curl, socket, (send,) if send else ())


def _no_address(text: str) -> str:
    return "" if text.startswith(("http://", "https://")) and " " not in text else "it begins with http:// or https://"


def _no_start(text: str) -> str:
    method, _, path = text.rpartition(" ")
    if not path.startswith("/"):
        return "a path such as /renders is needed; a method may stand before it"
    known = not method or method.strip().upper() in METHODS
    return "" if known else f"one of {', '.join(METHODS)} and a path, such as POST /renders"


def _no_body(text: str) -> str:
    return "" if text.startswith("@") or not text else _no_message(text)


def _no_message(text: str) -> str:
    try:
        json.loads(text or "{}")
    except ValueError as error:
        return f"that is no JSON: {error}"
    return ""
