from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.steps import ForEachStep, KindStep, SequenceStep
from harness.temporal.anytime import Anytime
from harness.temporal.deadlines import Deadline, Gap
from harness.temporal.keyed import KeyedDeadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case, Contract

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]

NEWS = "news: {from: [accepted, ready], to: started, within: 5s}"
ORDER = "  order: [started"


def only(contract: Contract) -> Case:
    (case,) = contract.cases
    return case


def test_a_socket(read: Read, minimal: str) -> None:
    socket = only(read(minimal.replace(ORDER, "  schemas: {tick: {required: [n]}}\n" + ORDER))).socket
    assert socket.connect.render_url({"job_id": "a b"}) == "/ws?job=a%20b"
    assert socket.sends["ready"].message.render({}) == {"type": "ready"}
    assert list(socket.kinds) == ["started", "tick", "done", "failed"]
    schema, place = socket.schemas["tick"]
    assert (place.line, schema.problem({"n": 1})) == (17, None)
    assert schema.problem({}) is not None


@pytest.mark.parametrize(
    ("written", "rendered"),
    [("v2.progress", ["v2.progress"]), ('["v${count}", "${accepted.body.token}"]', ["v3", "t"])],
)
def test_subprotocols(read: Read, minimal: str, written: str, rendered: list[str]) -> None:
    socket = only(read(minimal.replace(ORDER, f"  subprotocol: {written}\n{ORDER}"))).socket
    names = {"count": 3, "accepted": {"body": {"token": "t"}}}
    assert [one.render(names) for one in socket.subprotocols] == rendered


def test_a_client_that_stays_to_see_that_nothing_more_comes(read: Read, minimal: str) -> None:
    socket = only(read(minimal.replace("close: 1000]", "{quiet: 1500ms}]"))).socket
    assert socket.quiet == 1.5
    assert isinstance(socket.order, SequenceStep)
    assert [type(step) for step in socket.order.steps] == [KindStep, ForEachStep, KindStep]
    assert only(read(minimal)).socket.quiet == 0.0


def test_a_kind_can_be_called_quiet(read: Read, minimal: str) -> None:
    text = minimal.replace("failed: {type: failed}", "quiet: {type: quiet}")
    socket = only(read(text.replace("close: 1000]", "{quiet: {n: 1}}]"))).socket
    assert socket.quiet == 0.0
    assert socket.order.steps[-1].kind == "quiet"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[failed]", {"failed": Anytime()}),
        ("[]", {}),
        ("{failed: {until: close}}", {"failed": Anytime(None, until_close=True)}),
        ("{failed: {after: started, until: end}}", {"failed": Anytime("started")}),
    ],
)
def test_anytime(read: Read, minimal: str, written: str, meant: object) -> None:
    assert only(read(minimal.replace(ORDER, f"  anytime: {written}\n{ORDER}"))).socket.anytime == meant


def test_deadlines_of_items(read: Read, minimal: str) -> None:
    written = "item: {from: [started], to: [done, failed], within: 30s, each: data.number, or_end: true}"
    (item,) = only(read(minimal.replace(NEWS, written))).timed
    assert item == KeyedDeadline(
        "deadlines/item", item.place, ("started",), ("done", "failed"), 30.0, ("data", "number"), or_end=True
    )
    (plain,) = only(read(minimal.replace(NEWS, written.replace(", or_end: true", "")))).timed
    assert not plain.or_end


def test_deadlines_and_gaps(read: Read, minimal: str) -> None:
    case = only(
        read(
            minimal.replace(
                NEWS,
                "one: {from: [ready, ready], to: [done, failed], within: 5s, or_end: true}\n"
                "  two: {between: received, from: started, to: [end, close], within: 500ms}",
            )
        )
    )
    one, two = case.timed
    assert isinstance(one, Deadline)
    assert (one.start, one.to, one.within, one.or_end) == (("ready",), ("done", "failed"), 5.0, True)
    assert isinstance(two, Gap)
    assert (two.start, two.to, two.within) == (("started",), ("end", "close"), 0.5)


def test_relations_know_what_they_look_back_at(read: Read, minimal: str) -> None:
    text = 'far: {expect: last.done.n == 1 && "all.nothing" != "", when: size(sent.ready) > size(all.failed)}'
    case = only(read(minimal.replace("all-ticks: size(all.tick) == count", text)))
    far = next(relation for relation in case.relations if relation.clause == "at_end/far")
    assert (far.needs, far.points) == ({"done", "failed"}, {"end"})


SOCKET_SCHEMA = "accepted: {status: 202, within: 2s, schema: {$ref: 'SCHEMA'}}"


def test_schemas_that_refer_to_each_other_come_to_an_end(read: Read, minimal: str) -> None:
    files = {
        "one": "a: {properties: {x: {$ref: 'two.yaml#/b'}}}",
        "two": "b: {type: object, properties: {y: {$ref: 'one.yaml#/a'}}}",
    }
    text = minimal.replace("accepted: {status: 202, within: 2s}", SOCKET_SCHEMA.replace("SCHEMA", "one.yaml#/a"))
    schema = only(read(text, **files)).answer.schema
    assert schema.problem({"x": {"y": {"x": {}}}}) is None
    assert schema.problem({"x": {"y": {"x": 3}}}) is not None


def test_a_folder_may_have_any_name(
    read: Read, minimal: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("a b%20c#d") / "schemas"
    folder.mkdir()
    (folder / "s.yaml").write_text("a: {type: string}", encoding="utf-8")
    relative = folder.as_uri()
    text = minimal.replace(
        "accepted: {status: 202, within: 2s}", SOCKET_SCHEMA.replace("SCHEMA", f"{relative}/s.yaml#/a")
    )
    assert only(read(text)).answer.schema.problem(3) is not None


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        (
            "http://example.com/x",
            "http://example.com/x is no file beside the contract; references to the network are not followed",
        ),
        ("none.yaml", "'none.yaml' leads to no readable file"),
        ("a%00b", "'a%00b' leads to no readable file"),
        ("http://[x", "'http://[x' is no reference: Invalid IPv6 URL"),
        ("bad.yaml", "this is no YAML: expected the node content, but found '<stream end>'"),
        ("far.yaml#/a", "'gone.yaml' leads to no readable file"),
        ("#/nowhere", "this is no schema that can be used: Pointer '/nowhere' does not exist"),
    ],
)  # fmt: skip
def test_references_that_lead_nowhere(problems: Tell, minimal: str, reference: str, problem: str) -> None:
    text = minimal.replace("accepted: {status: 202, within: 2s}", SOCKET_SCHEMA.replace("SCHEMA", reference))
    (told,) = problems(text, bad="a: [\n", far="a: {$ref: gone.yaml}")
    assert told.partition(": ")[2].partition(" | ")[0] == problem


@pytest.mark.parametrize(
    ("was", "now", "problem"),
    [
        ("connect: /ws?job=${job_id}", "connect: [a]", "'connect' must be a text; found a list"),
        ("ready: {json: {type: ready}}", "ready: {at: close, json: {}}", "at: open is expected; found 'close'"),
        ("tick: {type: tick}", "tick: [1]", "the object that a tick contains is expected; found a list"),
        ("failed: {type: failed}", "ready: {type: failed}",
         "a kind cannot be called 'ready': what is sent or asked is"),
        ("failed: {type: failed}", "either: {type: failed}", "a kind cannot be called 'either'"),
        ("failed: {type: failed}", "open: {type: failed}", "a kind cannot be called 'open'"),
        (ORDER, "  schemas: {tok: {}}\n" + ORDER, "unknown kind 'tok'"),
        (ORDER, "  schemas: {tick: x}\n" + ORDER, "a JSON Schema is expected here, a map; found 'x'"),
        (
            ORDER,
            "  anytime: {failed: {after: [started, done]}}\n" + ORDER,
            "one kind is expected here; found a list of several",
        ),
        (ORDER, "  anytime: {failed: {until: done}}\n" + ORDER, "until: end or until: close is expected; found 'done'"),
        (ORDER, "  anytime: [tok]\n" + ORDER, "unknown kind 'tok'"),
        (ORDER, "  anytime: {failed: {after: failed}}\n" + ORDER, "unknown kind of the order 'failed'"),
        (ORDER, "  anytime: [tick]\n" + ORDER, "tick is a kind of 'anytime'; its messages do not count in the order"),
        (
            ORDER,
            "  late_join: snapshot\n" + ORDER,
            "late_join is replay, or says which kind is the snapshot; found 'snapshot'",
        ),
        (ORDER, "  subprotocol: []\n" + ORDER, "at least one subprotocol is expected"),
        (ORDER, "  subprotocol: 2\n" + ORDER, "a subprotocol must be a text; found 2"),
        ("close: 1000]", "{quiet: 0s}]", "'quiet' must be longer than nothing; found '0s'"),
        ("close: 1000]", "close: 1000, {quiet: 1s}]",
         "a client that stays to see that nothing more comes cannot wait for the server's close"),
        ("close: 1000]", "{optional: {quiet: 1s}}]",
         "quiet is the last step of the whole order, in the place of a close"),
        (ORDER, "  late_join: {}\n" + ORDER, "'late_join' needs 'snapshot'"),
        (ORDER, "  late_join: {snapshot: strated}\n" + ORDER, "unknown kind 'strated'"),
        (ORDER, "  late_join: {snapshot: failed, ove: done}\n" + ORDER, "unknown key 'ove'"),
        (ORDER, "  late_join: {snapshot: done}\n" + ORDER, "done ends the job; after a snapshot it goes on"),
        (
            ORDER,
            "  late_join: {snapshot: failed, over: failed}\n" + ORDER,
            "failed ends the job; after a snapshot it goes on",
        ),
        ("from: [accepted, ready], to: started", "from: started, to: done, each: a..b",
         "a path in the message is expected; found 'a..b'"),
        ("from: [accepted, ready], to: started", "from: tick, to: end, each: number", "unknown kind 'end'"),
        ("from: [accepted, ready]", "between: received, each: n, from: started", "unknown key 'each'"),
        ("from: [accepted, ready]", "from: []", "at least one point is expected"),
        ("from: [accepted, ready]", "from: [refused]", "unknown point 'refused'"),
        ("to: started, within: 5s", "to: started, within: 0s", "'within' must be longer than nothing; found '0s'"),
        ("to: started, within: 5s", "to: started, within: 5s, or_end: 1", "or_end is true or false; found 1"),
        ("from: [accepted, ready]", "between: received, from: open", "unknown kind 'open'"),
        ("from: [accepted, ready]", "between: sent, from: started", "between: received is expected; found 'sent'"),
        ("for: [started, tick]", "for: []", "at least one kind is expected"),
        ("for: [started, tick]", "for: [ready]", "unknown kind 'ready'"),
        ("size(all.tick) == count", "size(all.tik) == count", "unknown kind 'tik'"),
        ("size(all.tick) == count", "size(sent.tick) == count", "unknown sent message 'tick'"),
        ("size(all.tick) == count", "msg.x == count", "nothing here is called 'msg'"),
        ("size(all.tick) == count", "size(all.tick)", "this expression is neither true nor false"),
        ("size(all.tick) == count", "[a]", "a relation is expected here, a map; found a list"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_once(problems: Tell, minimal: str, was: str, now: str, problem: str) -> None:
    assert was in minimal
    (told,) = problems(minimal.replace(was, now, 1))
    assert told.partition(": ")[2].partition(" | ")[0] == problem


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("{i: count}", "{i: size(accepted.body.items)}"),
        ("{tick: {number: ", "{tick: {number: '${accepted.body.n}', n: "),
        ("started: {type: started}", "started: {type: '${accepted.body.type}'}"),
        ("{i: count}", "{i: login.body.count}"),
    ],
)
def test_what_may_come_cannot_depend_on_an_answer(problems: Tell, minimal: str, was: str, now: str) -> None:
    step = "before:\n  login: {method: POST, path: /login}\n"
    (told,) = problems(minimal.replace(was, now).replace("cases:", f"{step}cases:"))
    assert "is not known here: kinds and their order are settled before anything is sent | use an input or" in told


@pytest.mark.parametrize("was", ["connect: /ws?job=${job_id}", "ready: {json: {type: ready}}"])
def test_a_client_that_connects_first_cannot_use_the_answer(problems: Tell, minimal: str, was: str) -> None:
    now = was.replace("${job_id}", "${accepted.body.id}").replace("type: ready", "id: '${accepted.body.id}'")
    text = minimal.replace(was, now).replace("works: {}", "works: {client: {connect: before_request}}")
    (told,) = problems(text)
    assert "case 'works' connects before the request" in told
