from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("earlier", "later", "hidden"),
    [
        ("{}", "{type: done}", True),
        ("{type: done}", "{type: done}", True),
        ("{type: done}", "{type: done, ok: true}", True),
        ("{type: done, ok: true}", "{type: done}", False),
        ("{type: done}", "{type: failed}", False),
        ("{n: 1}", "{n: 1.0}", True),
        ("{n: 1}", "{n: true}", False),
        ('{id: "${job}"}', '{id: "${job}", type: done}', True),
        ('{id: "${job}"}', '{id: "${pages}"}', False),
        ('{id: "a-${job}"}', '{id: "a-${job}"}', True),
        ('{id: "a-${job}"}', '{id: "b-${job}"}', False),
        ('{id: "${job}"}', "{id: x}", False),
        ("{list: [1, {a: 1}]}", "{list: [1, {a: 1, b: 2}]}", True),
        ("{list: [1]}", "{list: [1, 2]}", False),
        ("{data: {}}", "{data: 1}", False),
    ],
)
def test_a_kind_is_hidden_by_one_that_asks_for_no_more(
    found: Callable[..., list[str]], earlier: str, later: str, hidden: bool
) -> None:
    messages = f"{{ack: {{type: ack}}, page: {{type: page}}, failed: {earlier}, done: {later}}}"
    told = ["hidden-kind 14: no message is ever 'done': whatever fits it fits 'failed' too, which stands before it"]

    assert found(messages=messages, accepted='{status: 202, within: 2s, body: {p: "${pages}", j: "${job}"}}') == (
        told if hidden else []
    )


def test_a_step_that_contradicts_its_kind_is_found(found: Callable[..., list[str]]) -> None:
    loop = '{for_each: {i: pages}, body: [page: {number: "${i}"}]}'

    assert found(order=f"[{loop}, done: {{type: failed}}, close: 1000]") == [
        "impossible-step 16: no message meets this step: 'messages' says another 'type' of 'done'"
    ]
    assert found(order=f"[{loop}, done: {{type: done, ok: true}}, close: 1000]") == []


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("[page, close: 1000]", []),
        ("[page, {either: [[done, close: 1000], [failed, close]]}]", []),
        ("[page, close: 1000, done, failed]", ["impossible-step 16: nothing comes after a close"]),
        ("[page, close, close: 1000]", ["impossible-step 16: nothing comes after a close"]),
        ("[page, {optional: [close, {optional: done}]}]", ["impossible-step 16: nothing comes after a close"]),
        ("[{repeat: [close, page]}]", ["impossible-step 16: nothing comes after a close"]),
    ],
)
def test_nothing_stands_behind_a_close(found: Callable[..., list[str]], order: str, told: list[str]) -> None:
    assert [one for one in found(order=order) if one.startswith("impossible-step")] == told
