from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case, Contract

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]

REQUEST = 'request: {method: POST, path: /jobs, json: {id: "${job_id}"}}'
ACCEPTED = "accepted: {status: 202, within: 2s}"
NAMES = {"job_id": "a/b", "count": 3}


def only(contract: Contract) -> Case:
    (case,) = contract.cases
    return case


def test_inputs_are_drawn_or_fresh(read: Read, minimal: str) -> None:
    case = only(read(minimal))
    assert {name: (use.type_name, use.parameters) for name, use in case.inputs.items()} == {"count": ("choice", [3])}
    assert case.fresh == ("job_id",)


def test_a_request_with_a_form(read: Read, minimal: str) -> None:
    form = "multipart: {file: {filename: '${job_id}.csv', content: '${count}', content_type: text/csv}, note: hello}"
    request = only(read(minimal.replace(REQUEST, f"request: {{method: put, path: '/x/${{job_id}}', {form}}}"))).request
    assert (request.method, request.path.render_url(NAMES)) == ("PUT", "/x/a%2Fb")
    file, note = request.form["file"], request.form["note"]
    assert (file.filename.render(NAMES), file.content.render(NAMES), file.content_type.render(NAMES)) == (
        "a/b.csv", 3, "text/csv",
    )  # fmt: skip
    assert (note.filename, note.content.render(NAMES)) == (None, "hello")
    assert (request.json, request.raw) == (None, None)


def test_an_answer(read: Read, minimal: str) -> None:
    expect = "expect: {ours: accepted.body.id == job_id}"
    promised = f"accepted: {{status: [200, 202], within: 2s, body: {{id: '${{job_id}}'}}, {expect}}}"
    answer = only(read(minimal.replace(ACCEPTED, promised))).answer
    assert (answer.statuses, answer.within, answer.body.render(NAMES)) == ((200, 202), 2.0, {"id": "a/b"})
    (relation,) = answer.relations
    assert (relation.clause, relation.points) == ("accepted/ours", {"accepted"})


@pytest.mark.parametrize(
    ("was", "now", "problem"),
    [
        ("count: {choice: [3]}", "count: {choice: [3]}, msg: {choice: [1]}", "an input cannot be called 'msg'"),
        ("count: {choice: [3]}", "count: {choice: [3]}, list: {choice: [1]}", "an input cannot be called 'list'"),
        ("count: {choice: [3]}", "count: {choice: [3]}, loop: {choice: [1]}", "an input cannot be called 'loop'"),
        ("count: {choice: [3]}", "count: {choice: [3]}, a-b: {choice: [1]}", "an input cannot be called 'a-b'"),
        ("{choice: [3]}", "{choice: wrong}", "no parameters fit here"),
        ("{fresh: uuid}", "{fresh: uuid, where: job_id != ''}",
         "a fresh value is not drawn, so 'where' has nothing to choose from"),
        ("method: POST", "method: 3", "'method' must be a text; found 3"),
        ("method: POST", "method: POST, headers: {a b: x}", "'a b' is no name of a header"),
        ("method: POST", "method: POST, headers: {Content-Length: '7'}",
         "Content-Length follows from the body that is sent"),
        ("method: POST", "method: PSOT", "unknown HTTP method 'PSOT'"),
        ("contract: ticks", "contract: tick/s", "a contract cannot be called 'tick/s'"),
        ("works: {}", "works/well: {}", "a case cannot be called 'works/well'"),
        ("json: {id: \"${job_id}\"}", "json: {}, raw: x", "a request has one body: json, multipart or raw"),
        ("json: {id: \"${job_id}\"}", "raw: {a: b}", "'raw' must be a text; found a map"),
        ("json: {id: \"${job_id}\"}", "multipart: {file: [1]}",
         "a part of a form is expected here, a map; found a list"),
        ("json: {id: \"${job_id}\"}", "multipart: {file: {}}", "a part of a form needs 'content'"),
        ("status: 202", "status: []", "at least one HTTP status is expected"),
        ("status: 202", "status: '202'", "an HTTP status from 200 to 599 is expected; found '202'"),
        ("within: 2s}", "within: 2s, expect: {within: 'true'}}", "accepted/within is a clause already"),
        ("within: 2s}", "within: 2s, expect: {a: size(job_id)}}", "this expression is neither true nor false"),
        ("within: 2s}", "within: 2s, body: {a: '${accepted.x}'}}", "nothing here is called 'accepted'"),
        ("works: {}", "works: {client: {connect: early}}",
             "connect is before_request, after_answer or after_end; found 'early'"),
        (
            "works: {}",
            "works: {client: {connect_after: -1s..2s}}",
            "a range of delays such as 0s..3s is expected; found '-1s..2s'",
        ),
        ("works: {}", "works: {inputs: {count: {shelf_photos: {}}}}",
         "one input type and its parameters are expected; found choice and shelf_photos"),
        ("works: {}", "works: {accepted: null}", "case 'works' needs 'accepted' or 'refused'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_once(problems: Tell, minimal: str, was: str, now: str, problem: str) -> None:
    assert was in minimal
    (told,) = problems(minimal.replace(was, now, 1))
    assert told.partition(": ")[2].partition(" | ")[0] == problem
