from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.loading import load
from harness.contract.problems import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.contract.model import Case, Contract

    Read = Callable[..., Contract]
    Tell = Callable[..., list[str]]

SLIM = "language: 1\ncontract: slim\nbased_on: base.yaml\ncases:\n  works: {}\n"


@pytest.fixture
def base(minimal: str) -> str:
    """What is left of the contract as a file that others are based on: it has neither a name nor cases."""
    return minimal.replace("language: 1\ncontract: ticks\n", "").partition("cases:")[0]


def only(contract: Contract) -> Case:
    (case,) = contract.cases
    return case


def test_a_contract_is_merged_over_what_it_is_based_on(read: Read, base: str, minimal: str) -> None:
    slim = SLIM.replace("cases:", "request: {path: /other, json: null}\nat_end: {all-ticks: null}\ncases:")
    case, alone = only(read(slim, base=base)), only(read(minimal))
    assert (case.full_name, case.request.method, case.request.json) == ("slim/works", "POST", None)
    assert case.request.path.render({}) == "/other"
    assert [clause for clause in alone.clauses if clause not in case.clauses] == ["at_end/all-ticks"]


def test_its_name_and_cases_are_not_inherited(read: Read, minimal: str) -> None:
    contract = read(SLIM, base=minimal.replace("contract: ticks", "contract: ticks\ntitle: Ticks"))
    assert (contract.name, contract.title, [case.name for case in contract.cases]) == ("slim", "slim", ["works"])


def test_a_base_can_be_based_on_another_and_each_is_found_from_the_file_that_names_it(
    read: Read, base: str, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "first.yaml").write_text(base + "title: no\n", encoding="utf-8")
    (tmp_path / "deep" / "second.yaml").write_text("based_on: first.yaml\nrequest: {path: /second}\n", encoding="utf-8")
    case = only(read(SLIM.replace("base.yaml", "deep/second.yaml")))
    assert (case.request.method, case.request.path.render({})) == ("POST", "/second")
    assert case.timed[0].place.file.endswith("deep/first.yaml")


def test_what_is_wrong_in_a_base_is_told_where_it_stands(read: Read, base: str) -> None:
    with pytest.raises(ContractError) as caught:
        read(SLIM, base=base.replace("within: 5s", "within: 5"))
    (problem,) = caught.value.problems
    assert str(problem).splitlines()[:2] == [
        "base.yaml:17:56: 'within' must be a duration such as 500ms, 5s or 1m; found 5",
        "   17 |   news: {from: [accepted, ready], to: started, within: 5}",
    ]


def test_a_part_of_a_file_is_referred_to_and_what_stands_beside_is_merged_over_it(read: Read, minimal: str) -> None:
    socket = "  connect: /ws" + minimal.partition("  connect: /ws")[2].partition("deadlines")[0]
    text = minimal.replace(socket, '  $ref: "parts.yaml#/a~1b/socket"\n  connect: /mine\n  sends: null\n')
    text = text.replace("[accepted, ready]", "accepted")
    case = only(read(text, parts=f"a/b:\n  socket:\n    {socket.strip().replace(chr(10), chr(10) + '  ')}\n"))
    assert case.socket.connect.render({}) == "/mine"
    assert (list(case.socket.sends), list(case.socket.kinds)) == ([], ["started", "tick", "done", "failed"])


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("order: [started,", 'order: [{$ref: "parts.yaml#/begin/0"},'),
        ("inputs: {count: {choice: [3]}", 'inputs: {count: {$ref: "parts.yaml#/count"}'),
        ("news: {from", "news: {$ref: 'parts.yaml#/deadline', from"),
        ("works: {}", 'works: {$ref: "parts.yaml#/case"}'),
        ("cases:\n  works: {}", 'cases: {$ref: "parts.yaml#/cases"}'),
        ('json: {id: "${job_id}"}}', '$ref: "parts.yaml#/request"}'),
    ],
)
def test_where_a_reference_can_stand(read: Read, minimal: str, was: str, now: str) -> None:
    parts = """\
begin: [[started]]
count: {choice: [3]}
deadline: {within: 7s, from: done}
case: {$ref: "#/cases/works"}
cases: {works: {title: null}}
request: {json: {id: "${job_id}"}}
"""
    assert was in minimal
    case = only(read(minimal.replace(was, now), parts=parts))
    assert case.clauses == only(read(minimal)).clauses
    assert case.inputs["count"].parameters == [3]


def test_a_reference_without_a_file_is_one_into_its_own(read: Read, minimal: str) -> None:
    text = minimal.replace(
        "works: {}", "works: {}\n  again: {deadlines: {again: {$ref: '#/deadlines/news', within: 9s}}}"
    )
    _, again = read(text).cases
    assert [(one.clause, one.to, one.within) for one in again.timed] == [
        ("deadlines/news", ("started",), 5.0), ("deadlines/again", ("started",), 9.0),
    ]  # fmt: skip


def test_templates_schemas_and_parameters_keep_a_ref_of_their_own(read: Read, minimal: str) -> None:
    text = minimal.replace("{choice: [3]}", '{choice: [{$ref: "x#/y"}]}').replace("size(all.tick) == count", "true")
    text = text.replace('{for_each: {i: count}, body: [{tick: {number: "${i}"}}]}', '{tick: {$ref: "a"}}')
    text = text.replace('{id: "${job_id}"}}', '{$ref: "b"}}').replace("done: {type: done}", 'done: {$ref: "c"}')
    text = text.replace("within: 2s}", 'within: 2s, body: {$ref: "d"}, schema: {$ref: "#/$defs/e", $defs: {e: {}}}}')
    text = text.replace("json: {type: ready}", 'json: {$ref: "f"}').replace(
        "works: {}", 'works: {client: {first: [{$ref: "g"}]}}'
    )
    case = only(read(text))
    assert case.inputs["count"].parameters == [{"$ref": "x#/y"}]
    assert case.request.json.render({}) == {"$ref": "b"}
    assert case.socket.kinds["done"].render({}) == {"$ref": "c"}
    assert case.answer.body.render({}) == {"$ref": "d"}
    assert case.socket.sends["ready"].message.render({}) == {"$ref": "f"}
    assert case.client.first[0].render({}) == {"$ref": "g"}


def test_a_schema_in_a_shared_file_refers_from_there(read: Read, base: str, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    shared = base.replace("within: 2s}", 'within: 2s, schema: {properties: {n: {$ref: "s.yaml#/n"}}}}')
    (tmp_path / "deep" / "base.yaml").write_text(shared, encoding="utf-8")
    (tmp_path / "deep" / "s.yaml").write_text("n: {type: integer}\n", encoding="utf-8")
    slim = SLIM.replace("base.yaml", "deep/base.yaml")
    here = slim.replace("works: {}", 'works: {accepted: {schema: {properties: {m: {$ref: "s.yaml#/m"}}}}}')
    schema = only(read(here, s="m: {type: string}\n")).answer.schema
    assert schema.problem({"n": 1, "m": "x"}) is None
    assert [schema.problem(value) for value in ({"n": "x"}, {"m": 1})] == [
        "at n: 'x' is not of type \"integer\"".replace("'", '"'), 'at m: 1 is not of type "string"',
    ]  # fmt: skip


def test_schemas_that_look_alike_in_two_folders_are_two(read: Read, base: str, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "part.yaml").write_text('schema: {$ref: "s.yaml#/n"}\nstatus: 202\nwithin: 1s\n', "utf-8")
    (tmp_path / "deep" / "s.yaml").write_text("n: {type: integer}\n", encoding="utf-8")
    cases = 'cases:\n  a: {accepted: {$ref: "deep/part.yaml"}}\n  b: {accepted: {schema: {$ref: "s.yaml#/n"}}}\n'
    a, b = read(SLIM.partition("cases:")[0] + cases, base=base, s="n: {type: string}\n").cases
    assert [case.answer.schema.problem(1) is None for case in (a, b)] == [True, False]


@pytest.mark.parametrize(
    ("was", "now", "problem"),
    [
        ("based_on: base.yaml", "based_on: [base.yaml]",
         "3:11: the file that this contract is based on is expected; found a list | for example based_on: common.yaml"),
        ("base.yaml", "c.contract.yaml",
         "3:11: what this contract is based on leads back to itself: c.contract.yaml -> c.contract.yaml"),
        ("base.yaml", '"a\\0b"', "3:11: 'a\\x00b' leads to no readable file"),
        ("base.yaml", "list.yaml", "1:1: what a contract is based on is a map; found a list"),
        ("base.yaml", "old.yaml", "1:11: language: 1 is what this version reads; found 0"),
        ("base.yaml", "cut.yaml", "2:1: this is no YAML: expected the node content, but found '<stream end>'"),
        ("works: {}", 'works: {socket: {$ref: "base.yaml#/sokcet"}}',
         "5:26: 'base.yaml#/sokcet' leads nowhere: there is no 'sokcet' in a map | "
         "here: accepted, always, at_end, deadlines, inputs, refusals, request, socket. Did you mean 'socket'?"),
        ("works: {}", 'works: {socket: {$ref: "list.yaml#/2"}}',
         "5:26: 'list.yaml#/2' leads nowhere: there is no '2' in a list | looked in list.yaml"),
        ("works: {}", 'works: {socket: {order: {$ref: "list.yaml#/0", at_least: 1}}}',
         "5:34: what stands beside a $ref is merged over a map; this leads to 'a' | let the $ref stand alone"),
        ("works: {}", "works: {socket: {$ref: [a]}}",
         "5:26: a file, and the way in it, is expected; found a list | for example common.yaml#/socket"),
        ("works: {}", 'works: {socket: {$ref: "https://x.example/y#/z"}}',
         "5:26: 'https://x.example/y#/z' is no reference: references to the network are not followed"),
        ("works: {}", 'works: {socket: {$ref: "base.yaml#socket"}}',
         "5:26: 'base.yaml#socket' is no reference: behind the # the way begins with /, as in common.yaml#/socket"),
        ("works: {}", 'works: {socket: {$ref: "loop.yaml#/a"}}',
         "2:12: this reference leads back to itself: loop.yaml#/a -> loop.yaml#/b/0 -> loop.yaml#/a"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_once(problems: Tell, base: str, was: str, now: str, problem: str) -> None:
    files = {"list": "[a]\n", "old": "language: 0\n", "cut": "a: [\n"}
    files |= {"loop": 'a: {$ref: "#/b/0"}\nb: [{$ref: "loop.yaml#/a"}]\n'}
    told = problems(SLIM.replace(was, now), base=base, **files)
    assert [one.partition(" | ")[0] if "looked at" in one else one for one in told] == [problem]


def test_a_file_that_is_not_there_is_looked_for_among_those_that_are(problems: Tell, base: str, tmp_path: Path) -> None:
    (told,) = problems(SLIM.replace("base.yaml", "bsae.yaml"), base=base)
    path = tmp_path / "bsae.yaml"
    assert told == f"3:11: 'bsae.yaml' leads to no readable file | looked at {path}. Did you mean 'base.yaml'?"


@pytest.mark.parametrize(
    "parts",
    [
        "".join(f"p{i}: [{{$ref: '#/p{i + 1}'}}, {{$ref: '#/p{i + 1}'}}]\n" for i in range(40)) + "p40: []\n",
        "".join(f"p{i}: {{$ref: '#/p{i + 1}'}}\n" for i in range(400)) + "p400: []\n",
    ],
    ids=["wide", "deep"],
)
def test_references_that_would_never_end_do(problems: Tell, minimal: str, parts: str) -> None:
    told = problems(minimal.replace("order: [started,", 'order: [{$ref: "parts.yaml#/p0"}, started,'), parts=parts)
    assert any("references written out" in one for one in told)
    assert len(told) == 1


def test_what_a_contract_shares_is_found_from_its_own_folder(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "base.yaml").write_text(base, encoding="utf-8")
    (tmp_path / "there" / "slim.contract.yaml").write_text(SLIM.replace("{}", "{inputs: null}"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ContractError) as caught:
        load(tmp_path / "there" / "slim.contract.yaml", {})
    assert {problem.span.document.file for problem in caught.value.problems} == {"there/base.yaml"}
