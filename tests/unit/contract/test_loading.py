from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import yaml

from harness.contract.classes import HINT_KEYS
from harness.contract.loading import SUFFIX, bundled_contracts
from harness.contract.problems import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.contract.model import Case, Contract

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]


def only(contract: Contract) -> Case:
    (case,) = contract.cases
    return case


def test_a_contract_is_its_name_and_its_cases(read: Read, minimal: str) -> None:
    contract = read(minimal)
    assert (contract.name, contract.title, contract.file) == ("ticks", "ticks", "c.contract.yaml")
    case = only(contract)
    assert (case.full_name, case.file, case.fresh) == ("ticks/works", "c.contract.yaml", ("job_id",))
    assert {relation.clause for relation in case.relations} == {"always/same-job", "at_end/all-ticks"}
    assert [one.clause for one in case.timed] == ["deadlines/news"]
    assert [(one.place.line, one.place.column) for one in case.timed] == [(19, 3)]


def test_the_bundled_contracts_are_there() -> None:
    names = {path.name.removesuffix(SUFFIX) for path in bundled_contracts()}
    assert names >= {"batch-scan", "batch-cancel", "batch-refused", "csv-import", "http", "progress-object"}


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_and_a_byte_order_mark_change_nothing(read: Read, minimal: str, end: str) -> None:
    case = only(read(b"\xef\xbb\xbf" + minimal.replace("\n", end).encode()))
    assert case.relations[0].place.line == 21


# --- inheritance


def test_maps_of_a_case_merge_lists_are_replaced_and_null_removes(read: Read, minimal: str) -> None:
    changes = """
    request: {headers: {x-a: b}, json: {extra: 1}}
    socket: {order: [started, done]}
    at_end: {all-ticks: null, one-done: size(all.done) == 1}
    deadlines: {news: {within: 9s}}
"""
    case = only(read(minimal.replace("  works: {}\n", f"  works: {changes}")))
    assert case.request.json.render({"job_id": "x"}) == {"id": "x", "extra": 1}
    assert list(case.request.headers) == ["x-a"]
    assert {relation.clause for relation in case.relations} == {"always/same-job", "at_end/one-done"}
    assert (case.timed[0].within, case.timed[0].start) == (9.0, ("accepted", "ready"))
    assert len(case.socket.order.steps) == 2
    assert case.socket.within == 2.0


def test_a_refusal_has_what_all_refusals_promise_and_its_own(read: Read, minimal: str) -> None:
    case = only(read(minimal.replace("works: {}", "refuses: {refused: {status: [400, 422], body: {data: x}}}")))
    assert (case.answer.prefix, case.answer.statuses, case.answer.within) == ("refused", (400, 422), 1.0)
    assert case.answer.body.render({}) == {"error": {"code": "E_BAD"}, "data": "x"}
    assert (case.socket, case.timed, case.relations) == (None, (), ())


def test_an_accepted_case_may_have_no_socket(read: Read, minimal: str) -> None:
    bare = "works: {socket: null, deadlines: null, always: null, at_end: null}"
    case = only(read(minimal.replace("works: {}", bare)))
    assert case.socket is None
    assert case.answer.prefix == "accepted"


def test_what_is_promised_of_a_missing_socket_is_told(read: Read, minimal: str) -> None:
    with pytest.raises(ContractError, match="case 'works' has 'deadlines' but no 'socket'"):
        read(minimal.replace("works: {}", "works: {socket: null, always: null, at_end: null}"))


def test_what_all_cases_lack_is_told_once(read: Read, minimal: str) -> None:
    late = "client: {connect: before_request}"
    first = minimal.replace("/ws?job=${job_id}", "/ws?job=${accepted.body.id}")
    with pytest.raises(ContractError) as raised:
        read(first.replace("works: {}", "".join(f"{name}: {{{late}}}\n  " for name in "abc")))
    (problem,) = raised.value.problems
    assert problem.message.startswith("case 'a' (and 2 more) connects before the request, but ")


@pytest.mark.parametrize(
    ("client", "before", "after"),
    [
        ("{}", False, (0.0, 0.0)),
        ("{connect: before_request}", True, (0.0, 0.0)),
        ("{connect_after: 0s..2s}", False, (0.0, 2.0)),
        ("{connect_after: 500ms}", False, (0.5, 0.5)),
    ],
)
def test_clients(read: Read, minimal: str, client: str, *, before: bool, after: tuple[float, float]) -> None:
    case = only(read(minimal.replace("works: {}", f"works: {{client: {client}}}")))
    assert (case.client.before_request, case.client.connect_after) == (before, after)


@pytest.mark.parametrize("key", HINT_KEYS)
def test_a_hint_is_given_for_a_stage_or_a_class(read: Read, minimal: str, key: str) -> None:
    assert only(read(minimal + f"hints: {{{key}: look there}}\n")).hints == {key: "look there"}


def test_a_hint_for_what_there_is_not_is_refused(problems: Tell, minimal: str) -> None:
    line = minimal.count("\n") + 1
    (told,) = problems(minimal + "hints: {silent-jbo: look there}\n")
    assert told.startswith(f"{line}:9: unknown class of failure 'silent-jbo' | here: ")
    assert told.endswith("Did you mean 'silent-job'?")


def test_a_case_may_remove_a_hint(read: Read, minimal: str) -> None:
    text = minimal.replace("works: {}", "works: {hints: {refused: null, too-late: slow}}")
    assert only(read(text + "hints: {refused: a, no-answer: b}\n")).hints == {"no-answer": "b", "too-late": "slow"}


# --- language


@pytest.mark.parametrize("language", ["2", "0", "true", "1.0", "x", "[1]", ""])
def test_another_language_is_told_alone(problems: Tell, minimal: str, language: str) -> None:
    told = problems(minimal.replace("language: 1", f"language: {language}") + "nonsense: 1\n")
    assert len(told) == 1
    assert told[0].startswith("1:1")
    assert "language: 1 is what this version reads; found " in told[0]
    assert ("pip install --upgrade" in told[0]) == (language == "2")


def test_a_missing_language_is_told_first_and_the_rest_with_it(problems: Tell, minimal: str) -> None:
    told = problems("# a comment\n" + minimal.replace("language: 1\n", "") + "nonsense: 1\n")
    assert told[0] == "2:1: a contract needs 'language'"
    assert told[1].split(" | ")[0].endswith("unknown key 'nonsense'")
    assert len(told) == 2


# --- what is wrong


@pytest.mark.parametrize("root", ["~", "[]", "text", "3"])
def test_what_is_no_map_is_told_in_one_line(problems: Tell, root: str) -> None:
    (told,) = problems(root)
    assert "a contract is expected here, a map" in told


def test_a_problem_that_every_case_inherits_is_told_once(problems: Tell, minimal: str) -> None:
    text = minimal.replace("path: /jobs", "pth: /jobs").replace("works: {}", "a: {}\n  b: {}\n  c: {hints: {}}")
    assert [one.partition(" | ")[0] for one in problems(text)] == [
        "4:10: a request needs 'path'",
        "4:25: unknown key 'pth'",
    ]


@pytest.mark.parametrize("wrong", ["{chioce: [3]}", "{choice: wrong}", "3", "{}", "{choice: [3], fresh: uuid}", "~"])
def test_an_input_that_is_declared_wrongly_is_still_declared(problems: Tell, minimal: str, wrong: str) -> None:
    (told,) = problems(minimal.replace("{choice: [3]}", wrong))
    assert told.startswith("3:")


def test_a_case_that_removes_an_input_which_is_still_used_is_named(read: Read, minimal: str) -> None:
    without = minimal.replace("  works: {}\n", "  works: {}\n  without: {inputs: {job_id: null}}\n")
    with pytest.raises(ContractError, match="the case 'without' removes the input 'job_id'"):
        read(without)


def test_the_key_for_another_file_is_suggested_too(read: Read, minimal: str) -> None:
    with pytest.raises(ContractError, match="Did you mean 'based_on'"):
        read(minimal + "based_one: other.yaml\n")


def test_places_of_what_cases_change_are_those_of_the_case(problems: Tell, minimal: str) -> None:
    (told,) = problems(minimal.replace("works: {}", "works: {deadlines: {news: {within: soon}}}"))
    assert told.startswith("25:")


EVERYWHERE = [
    "inputs", "request", "accepted", "refusals", "socket", "deadlines", "always", "at_end", "cases", "client", "hints",
    "contract", "title", "request.method", "request.path", "request.headers", "request.json", "request.multipart",
    "request.raw", "accepted.status", "accepted.within", "accepted.schema", "accepted.body", "accepted.expect",
    "socket.connect", "socket.within", "socket.sends", "socket.sends.ready", "socket.messages", "socket.messages.tick",
    "socket.schemas", "socket.schemas.tick", "socket.anytime", "socket.order", "deadlines.news", "deadlines.news.from",
    "deadlines.news.to", "deadlines.news.within", "deadlines.news.between", "deadlines.news.or_end", "always.same-job",
    "always.same-job.for", "always.same-job.expect", "always.same-job.when", "at_end.all-ticks", "client.connect",
    "client.connect_after", "cases.works", "cases.works.refused", "cases.works.refused.status", "inputs.count",
    "inputs.job_id.fresh", "hints.x", "socket.anytime.tick", "request.multipart.file", "accepted.expect.x",
    "request.headers.x", "request.multipart.file.filename",
]  # fmt: skip


@pytest.mark.parametrize("key", EVERYWHERE)
@pytest.mark.parametrize("value", ["~", "3", "text", "[]", "[1, {a: b}]", "{a: {b: [c]}}", "'${'"])
def test_no_value_anywhere_gives_anything_but_a_contract_or_its_problems(
    read: Read, minimal: str, key: str, value: str
) -> None:
    whole = yaml.safe_load(minimal)
    *way, last = key.split(".")
    part = whole
    for name in way:
        if not isinstance(part.get(name), dict):
            part[name] = {}
        part = part[name]
    part[last] = yaml.safe_load(value)
    with suppress(ContractError):
        read(yaml.safe_dump(whole, sort_keys=False))


@pytest.mark.parametrize(("written", "read_as"), [("{examples: 3}", 3), ("{}", None)])
def test_how_many_examples_a_case_wants(read: Read, minimal: str, written: str, read_as: int | None) -> None:
    assert only(read(minimal.replace("  works: {}\n", f"  works: {written}\n"))).examples == read_as


@pytest.mark.parametrize("wrong", ["0", "-1", "many", "1.5", "true"])
def test_a_wrong_number_of_examples(problems: Tell, minimal: str, wrong: str) -> None:
    (message,) = problems(minimal.replace("  works: {}\n", f"  works: {{examples: {wrong}}}\n"))
    assert "examples: a number from 1 is expected" in message
