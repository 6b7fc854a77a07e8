"""The small modules of the room: addresses, preparing, questions, timeline, silence, placing, templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.authoring.asked import read_asked
from harness.authoring.curl import File, parse
from harness.authoring.hiding import Hiding
from harness.authoring.observed import observe
from harness.authoring.placing import places, write
from harness.authoring.preparing import (
    contract_name,
    named_sends,
    shell,
    with_headers,
    with_named_sends,
    with_names,
)
from harness.authoring.questions import questions
from harness.authoring.rendering import compiled, rendered, rendered_url
from harness.authoring.silence import silence
from harness.authoring.socket_address import misspelt, socket_in, socket_template, suggested
from harness.authoring.timeline import told
from harness.errors import HarnessError
from harness.targets.secrets import Secrets
from harness.trace.events import Event, Json, NotJson, What
from harness.trace.ndjson import Trace
from tests.unit.authoring.examples import a_trace, asked

ID = "6f1c1f0e-0d6e-4f1c-8b7e-0123456789ab"


# --- where the socket is ---


@pytest.mark.parametrize(
    ("body", "template"),
    [
        ({"id": "1", "stream": "/s/1"}, "${accepted.body.stream}"),
        ({"links": {"progress-url": "https://x/p"}}, '${accepted.body.links["progress-url"]}'),
        ({"events": "/e", "live": "wss://x/e"}, "${accepted.body.live}"),
        ({"stream": "yes", "self": "/renders/1"}, ""),
        ("text", ""),
    ],
)
def test_an_answer_may_say_where_the_socket_is(body: Json, template: str) -> None:
    assert socket_in({"status": 202, "headers": {}, "body": body}) == template


@pytest.mark.parametrize(
    ("url", "template"),
    [
        ("wss://h/renders/r-7f3a91/events", "${accepted.body.stream}"),
        ("ws://h/ws?job=r-7f3a91&v=2", "/ws?job=${accepted.body.id}&v=2"),
        ("ws://h/jobs/job-1234/r-7f3a91", "/jobs/${mine}/${accepted.body.id}"),
        ("ws://h/all", "/all"),
        ("wss://other/feed", "${accepted.body.whole}"),
    ],
)
def test_an_address_that_was_seen_becomes_a_template(url: str, template: str) -> None:
    body = {"id": "r-7f3a91", "stream": "/renders/r-7f3a91/events", "whole": "https://other/feed", "n": 1}

    assert socket_template(url, {"body": body}, {"mine": "job-1234"}) == template


# --- what was typed ---


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x/v1/renders", "renders"),
        ("https://x/api/v2/videoJobs/start?x=1", "video-jobs"),
        ("x/renders/42", "renders"),
        ("https://x/", ""),
        ("https://x/api/v1", "api"),
        ("https://x/csv-import", "csv-import"),
    ],
)
def test_the_name_comes_from_the_path(url: str, name: str) -> None:
    assert contract_name(url) == name


def test_what_is_sent_has_names() -> None:
    sends = named_sends(['{"type": "ready"}', '{"type": "ready", "n": 1}', '{"x": 1}', "[1]", '{"op": "close"}'])

    assert list(sends) == ["ready", "ready_sent", "message", "message_sent", "close_sent"]
    with pytest.raises(HarnessError, match="--send takes JSON"):
        named_sends(["ready"])


def test_what_was_sent_in_a_recording_gets_names() -> None:
    say = {"type": "ready"}
    trace = a_trace([{"type": "a"}], sends={"": say})
    again = with_named_sends(Trace(None, (*trace.events, Event(9.0, What.SENT, "", say)), 9.0))

    assert [event.point for event in again.events if event.what is What.SENT] == ["ready", "ready"]


def test_headers_of_a_request_made_before_go_to_the_target_too() -> None:
    main = asked()
    one = read_asked(parse("curl https://staging.example.com/t -H 'X-API-Key: abcdefgh'"), "r", {}, lambda path: b"")
    other = read_asked(parse("curl https://auth.example.com/t -H 'X-API-Key: abcdefgh'"), "r", {}, lambda path: b"")
    both = with_headers(main, {"ticket": one})

    assert both.target_headers == {"X-API-Key": "${env.R_API_KEY}"}
    assert both.literals == {"R_API_KEY": "abcdefgh"}
    assert both.variables == ("R_API_KEY",)
    with pytest.raises(HarnessError, match=r"--before login: it takes a secret to https://auth\.example\.com"):
        with_headers(main, {"login": other})
    with pytest.raises(HarnessError, match="--before t: its X-API-Key is not that of the request"):
        with_headers(
            both, {"t": read_asked(parse("curl https://staging.example.com/t -H 'X-API-Key: $K'"), "r", {}, bytes)}
        )


def test_an_id_that_was_typed_into_the_sockets_address_is_a_name() -> None:
    assert with_names(f"/ws?job={ID}", asked({"jobId": ID})) == "/ws?job=${job_id}"
    assert with_names("/ws", None) == "/ws"


def test_words_for_a_shell() -> None:
    assert shell("a/b.yaml") == "a/b.yaml"
    assert shell("my file") == '"my file"'


# --- questions ---


def test_questions_are_asked_until_each_answer_is_one() -> None:
    typed = iter(
        [
            "staging",
            "https://staging.example.com/",
            "renders",
            "put /renders",
            "{",
            '{"n": 3}',
            "NONE",
            "TOKEN",
            "",
            "x",
            '{"type": "ready"}',
        ]
    )
    said: list[str] = []
    answers = questions(lambda question: next(typed), said.append, {"TOKEN": "t"})

    assert (answers.curl.method, answers.curl.url) == ("PUT", "https://staging.example.com/renders")
    assert answers.curl.data == ('{"n": 3}',)
    assert answers.curl.headers == (("authorization", "Bearer $TOKEN"), ("content-type", "application/json"))
    assert (answers.socket, answers.sends) == ("", ('{"type": "ready"}',))
    assert [text.split()[0] for text in said] == ["it", "a", "that", "NONE", "that"]


def test_empty_answers_leave_things_out() -> None:
    typed = iter(["http://127.0.0.1:9000", "/jobs", "@b.json", "", "/ws", ""])
    answers = questions(lambda question: next(typed), lambda text: None, {})

    assert answers.curl.method == "POST"
    assert answers.curl.data == (File("b.json"),)
    assert dict(answers.curl.headers) == {"content-type": "application/json"}
    assert answers.sends == ()


# --- the timeline ---


@pytest.mark.parametrize(
    ("what", "value", "text"),
    [
        (What.REQUEST, {"method": "POST", "url": "https://x/y"}, "request     POST https://x/y"),
        (What.ANSWER, {"status": 202, "headers": {}, "body": {"id": "é"}}, 'answer      202 {"id": "é"}'),
        (What.BEFORE, {"status": 200, "headers": {}, "body": {}}, "before      ticket 200"),
        (What.OPEN, None, "open"),
        (
            What.NOT_OPENED,
            {"status": 403, "problem": "the handshake was answered 403"},
            "not_opened  the handshake was answered 403",
        ),
        (What.RECEIVED, NotJson("hi"), "received    'hi'"),
        (What.CLOSE, {"code": 1000, "reason": "bye", "by": "client"}, "close       1000 'bye' by us"),
    ],
)
def test_each_event_is_a_line(what: What, value: Json, text: str) -> None:
    assert told(Event(0.0414, what, "ticket", value)) == f"   +0.041 s  {text}"


def test_a_long_line_is_cut() -> None:
    line = told(Event(1.0, What.RECEIVED, "", {"text": "x" * 500}), 60)
    assert len(line) == 60
    assert line.endswith("...")


# --- where the socket is ---


@pytest.mark.parametrize(
    ("template", "told_why"),
    [
        (
            "${accepted.headers.locaton}/events",
            "accepted.headers has no 'locaton'; here: a, location. Did you mean 'loc",
        ),
        ('/x?job=${accepted.body["jobid"]}', "accepted.body has no 'jobid'; here: none."),
        ("${accepted.headers.a.b}", "accepted.headers.a has no fields"),
        ("${accepted.headers.a}${1 + 1}", ""),
    ],
)
def test_what_is_misspelt_is_told_with_what_is_there(template: str, told_why: str) -> None:
    told_of_it = misspelt(template, {"accepted": {"headers": {"location": "/x", "a": "b"}, "body": {}}})
    assert told_of_it.startswith(told_why)
    assert bool(told_of_it) == bool(told_why)


def test_a_location_is_suggested() -> None:
    assert "${accepted.headers.location}" in suggested({"headers": {"location": "/x"}})
    assert "${accepted.body.stream}" in suggested({"headers": {}})


# --- silence ---


def stage(messages: list[dict[str, Any]], sends: dict[str, Any] | None = None, close: int | None = None) -> str:
    trace = a_trace(messages, sends=sends, close=close)
    trace = Trace(None, trace.events, trace.end + 30)
    found = silence(trace, observe(trace))
    return f"{found[0]}: {found[1]}" if found else ""


READY = {"ready": {"type": "ready"}}
BEGUN = "the 202 came after 40 ms, the socket opened"


@pytest.mark.parametrize(
    ("messages", "sends", "close", "told_stage"),
    [
        ([], None, None, f"open-but-nothing: {BEGUN}, then nothing for 30 s"),
        ([], READY, None, f"open-but-nothing: {BEGUN}, `ready` was sent, then nothing for 30 s"),
        (
            [{"type": "ready_ack"}],
            READY,
            None,
            f"acknowledged-but-nothing: {BEGUN}, `ready` was sent, only `ready_ack` came, then nothing for 30 s",
        ),
        ([], None, 1000, f"closed-without-end: {BEGUN}, then the socket was closed with 1000"),
        (
            [{"type": "p"}] * 3,
            None,
            None,
            f"stopped-after-message: {BEGUN}, 3 messages came, the last was `p`, then nothing for 30 s",
        ),
        ([{"type": "p"}] * 3, None, 1000, ""),
        ([{"type": "p"}, {"type": "done"}], None, None, ""),
    ],
)
def test_a_silent_job_has_its_stage(
    messages: list[dict[str, Any]], sends: dict[str, Any] | None, close: int | None, told_stage: str
) -> None:
    assert stage(messages, sends, close) == told_stage


@pytest.mark.parametrize(("status", "name"), [(403, "not-upgraded"), (None, "refused")])
def test_a_socket_that_does_not_open(status: int | None, name: str) -> None:
    value = {"status": status, "headers": {}, "body": None, "problem": "why it was not"}
    events = (*a_trace([], close=None).events[:3], Event(0.2, What.NOT_OPENED, "not_opened", value))
    trace = Trace(None, events, 0.2)

    assert silence(trace, observe(trace)) == (name, "the 202 came after 40 ms, why it was not")


# --- files ---


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    first = places(tmp_path, "renders", force=False)
    assert first.targets == tmp_path / "targets.yaml"
    assert first.gitlab == tmp_path / ".gitlab-ci.yml"
    for path in (first.contract, first.targets, first.gitlab):
        assert path is not None
        write(path, "mine\n")
    with pytest.raises(HarnessError, match=r"renders.contract.yaml is there already: --force replaces it, --name"):
        places(tmp_path, "renders", force=False)
    again = places(tmp_path, "other", force=False)
    assert (again.targets, again.known_targets) == (None, tmp_path / "targets.yaml")
    assert again.gitlab == tmp_path / "after202.gitlab-ci.yml"
    assert again.github == first.github
    write(tmp_path / "after202.gitlab-ci.yml", "mine\n")
    write(first.github or tmp_path, "mine\n")
    kept = places(tmp_path, "other", force=False)
    assert (kept.github, kept.gitlab) == (None, None)
    forced = places(tmp_path, "renders", force=True)
    assert forced.gitlab == tmp_path / "after202.gitlab-ci.yml", "the author's own pipeline is never replaced"
    assert (forced.github, forced.targets) == (first.github, None)


def test_a_target_file_further_up_is_the_one(tmp_path: Path) -> None:
    write(tmp_path / "targets.yaml", "mine\n")
    assert places(tmp_path / "a" / "b", "x", force=False).known_targets == tmp_path / "targets.yaml"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "there" / "is a folder.yaml"
    (folder / "inner").mkdir(parents=True)
    with pytest.raises(HarnessError, match=r"is a folder\.yaml cannot be written: "):
        write(folder, "x")
    assert [path.name for path in folder.parent.iterdir()] == ["is a folder.yaml"]
    write(tmp_path / "x.yaml", "é\n")
    assert (tmp_path / "x.yaml").read_bytes() == "é\n".encode()


# --- templates and secrets ---


def test_templates_are_those_of_contracts() -> None:
    names = {"accepted": {"body": {"id": "a b", "n": 3}}}

    assert rendered({"n": "${accepted.body.n}", "l": ["x${accepted.body.n}", None]}, names, "--send") == {
        "n": 3,
        "l": ["x3", None],
    }
    assert rendered_url("/s?id=${accepted.body.id}", names, "--socket") == "/s?id=a%20b"
    with pytest.raises(HarnessError, match=r"--socket: nothing here is called 'acepted'.*Did you mean 'accepted'"):
        compiled("/s/${acepted.body.id}", ["accepted"], "--socket")
    with pytest.raises(HarnessError, match=r"--socket: \$\{accepted.body.x\} has no value|no value here"):
        rendered_url("${accepted.body.x}", names, "--socket")


def test_nothing_is_guessed_from_a_secret() -> None:
    hiding = Hiding(Secrets())
    trace = a_trace([{"type": "a", "echo": "tick-12345678"}], {"ticket": "tick-12345678", "id": "r-1"})
    for event in trace.events:
        hiding.look_at(event)
    masked = hiding.masked(trace)

    assert "tick-12345678" not in repr(masked)
    said = Hiding(Secrets())
    for event in a_trace([{"type": "a", "resume_token": "res-12345678"}]).events:
        said.look_at(event)
    assert said.without("x: res-12345678") == "x: [secret]"
    assert "'id': 'r-1'" in repr(masked)
    assert (
        hiding.without("path: /s?ticket=${t.body.ticket}&x=tick-12345678")
        == "path: /s?ticket=${t.body.ticket}&x=[secret]"
    )
