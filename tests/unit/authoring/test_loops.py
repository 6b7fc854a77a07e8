from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.trace.events import Json
from tests.unit.authoring.examples import a_trace, asked, guessed


def order(messages: list[dict[str, Any]], body: Json) -> str:
    text = guessed(a_trace([*messages, {"type": "over"}]), asked(body)).text
    part = text.partition("  order:\n")[2].partition("    - over\n")[0]
    return "\n".join(line[4:].partition("  #")[0].rstrip() for line in part.splitlines())


def t(kind: str, **fields: Json) -> dict[str, Any]:
    return {"type": kind, **fields}


THREE_LIST = {"files": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("messages", "body", "expected"),
    [
        (
            [t("f", n=0), t("f", n=1), t("f", n=2)],
            {"frames": 3},
            '- for_each: {i: frames}\n  body:\n    - f: {n: "${i}"}',
        ),
        (
            [t("f", n=1), t("f", n=2), t("f", n=3)],
            THREE_LIST,
            '- for_each: {i: size(files)}\n  body:\n    - f: {n: "${i + 1}"}',
        ),
        (
            [x for n in (0, 1) for x in (t("a", n=n), t("log"), t("b", n=n))],
            {"k": 2},
            '- for_each: {i: k}\n  body:\n    - a: {n: "${i}"}\n    - log\n    - b: {n: "${i}"}',
        ),
        (
            [x for n in (0, 1) for x in (t("a", n=n), t("log"))],
            {"k": 2},
            '- for_each: {i: k}\n  body:\n    - a: {n: "${i}"}\n    - log',
        ),
        (
            [t("a", n=0), t("ok", n=0), t("a", n=1), t("bad", n=1)],
            {"k": 2},
            '- for_each: {i: k}\n  body:\n    - a: {n: "${i}"}\n    - either: [{ok: {n: "${i}"}}, {bad: {n: "${i}"}}]',
        ),
        (
            [t("a", n=0), t("a", n=0), t("b", n=0), t("a", n=1), t("b", n=1)],
            {"k": 2},
            '- for_each: {i: k}\n  body:\n    - repeat: {a: {n: "${i}"}}\n      at_least: 1\n    - b: {n: "${i}"}',
        ),
        (
            [t("a", n=0), t("a", n=1), t("b", n=1), t("b", n=0)],
            {"k": 2},
            '- for_each: {i: k}\n  interleaved: true\n  body:\n    - a: {n: "${i}"}\n    - b: {n: "${i}"}',
        ),
        (
            [t("a", n=0), t("a", n=1), t("load", cpu=0.5), t("b", n=1), t("load", cpu=0.7), t("b", n=0)],
            {"k": 2},
            "- interleave:\n    - for_each: {i: k}\n      interleaved: true\n      body:\n"
            '        - a: {n: "${i}"}\n        - b: {n: "${i}"}\n    - repeat: load',
        ),
        (
            [t("begun"), t("a", d={"n": 0}), t("a", d={"n": 1})],
            {"k": 2},
            '- begun\n- for_each: {i: k}\n  body:\n    - a: {d: {n: "${i}"}}',
        ),
        ([t("a", n=0), t("a", n=1)], {"k": 3}, "- repeat: a\n  at_least: 1"),
        ([t("a", n=2), t("a", n=3)], {"k": 2}, "- repeat: a\n  at_least: 1"),
        (
            [t("a", n=1), t("a", n=0)],
            {"k": 2},
            '- for_each: {i: k}\n  interleaved: true\n  body:\n    - a: {n: "${i}"}',
        ),
        ([t("a", n=0)], {"k": 1}, "- a"),
        ([t("a", timestamp=0), t("a", timestamp=1)], {"k": 2}, "- repeat: a\n  at_least: 1"),
    ],
)
def test_a_loop_goes_over_what_was_asked_for(
    messages: list[dict[str, Any]], body: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    assert order(messages, body) == expected
    made = guessed(a_trace([*messages, t("over")]), asked(body))
    assert not made.checked(tmp_path).failures


def test_of_two_numbers_that_fit_the_one_with_the_name_is_taken() -> None:
    body = {"quality": 2, "pages": 2, "names": ["a", "b"]}

    assert "for_each: {i: pages}" in order([t("page", n=1), t("page", n=2)], body)
    assert "for_each: {i: size(names)}" in order([t("x", n=1), t("x", n=2)], body)


def test_numbers_in_forms_and_queries_count_too() -> None:
    from harness.authoring.asked import read_asked
    from harness.authoring.curl import parse

    messages = [t("page", n=1), t("page", n=2), t("over")]
    for command, written in [
        ("curl -X POST 'https://x/r?pages=2'", "path: /r?pages=${pages}"),
        ("curl https://x/r -d 'pages=2&a=b'", "raw: pages=${pages}&a=b"),
        ("curl https://x/r -F pages=2", 'multipart: {pages: "${pages}"}'),
    ]:
        text = guessed(a_trace(messages), read_asked(parse(command), "r", {}, lambda path: b"")).text
        assert written in text
        assert "pages: {integer: 1..2}" in text
