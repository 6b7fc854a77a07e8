from __future__ import annotations

import base64
import re

import pytest

from harness.authoring.asked import Asked, pairs_text, path_text, read_asked
from harness.authoring.curl import parse
from harness.errors import HarnessError

URL = "https://staging.example.com/renders"
ID = "6f1c1f0e-0d6e-4f1c-8b7e-0123456789ab"
OTHER = "11111111-0d6e-4f1c-8b7e-0123456789ab"
FILES = {
    "rows.csv": b"a,b\r\n1,2\r\n",
    "photo.png": b"\x89PNG\xff",
    "large.txt": b"x" * 70_000,
    "b.json": b'{"n":\n 3}',
}


def ask(command: str, name: str = "renders", **environment: str) -> Asked:
    return read_asked(parse(command), name, environment, FILES.__getitem__)


def test_the_parts_go_where_they_belong() -> None:
    asked = ask(
        f"curl {URL}?pages=2 -H 'Authorization: Bearer $STAGING_TOKEN' -H 'content-type: application/json' "
        "-H 'X-Mode: fast' -d '{\"scene\": null}'"
    )

    assert (asked.method, asked.origin) == ("POST", "https://staging.example.com")
    assert asked.request == {
        "path": "/renders",
        "query": {"pages": "2"},
        "json": {"scene": None},
        "headers": {"X-Mode": "fast"},
    }
    assert asked.target_headers == {"Authorization": "Bearer ${env.STAGING_TOKEN}"}
    assert asked.variables == ("STAGING_TOKEN",)
    assert asked.literals == {}


@pytest.mark.parametrize("reference", ["$T", "${T}", "${env.T}"])
def test_a_variable_is_referred_to_as_shells_do_it(reference: str) -> None:
    assert ask(f"curl {URL} -H 'x-api-key: {reference}'").target_headers == {"x-api-key": "${env.T}"}


@pytest.mark.parametrize(
    ("header", "line", "variable", "value"),
    [
        ("Authorization: Bearer abc.def.ghi", "Bearer ${env.RENDERS_TOKEN}", "RENDERS_TOKEN", "abc.def.ghi"),
        ("authorization: abcdefgh", "${env.RENDERS_TOKEN}", "RENDERS_TOKEN", "abcdefgh"),
        ("X-API-Key: abcdefgh", "${env.RENDERS_API_KEY}", "RENDERS_API_KEY", "abcdefgh"),
        ("Cookie: a=1; b=2", "${env.RENDERS_COOKIE}", "RENDERS_COOKIE", "a=1; b=2"),
        ("X-Auth-Token: zzz", "${env.RENDERS_AUTH_TOKEN}", "RENDERS_AUTH_TOKEN", "zzz"),
    ],
)
def test_a_secret_becomes_a_variable(header: str, line: str, variable: str, value: str) -> None:
    asked = ask(f"curl {URL} -H '{header}'")

    assert list(asked.target_headers.values()) == [line]
    assert asked.literals == {variable: value}
    assert asked.variables == (variable,)
    assert value not in str(asked.request)


def test_a_secret_that_the_shell_filled_in_is_known_again() -> None:
    asked = ask(f"curl {URL} -H 'Authorization: Bearer tok-12345'", HOME="x", STAGING_TOKEN="tok-12345")

    assert asked.target_headers == {"Authorization": "Bearer ${env.STAGING_TOKEN}"}
    assert asked.literals == {}


@pytest.mark.parametrize("command", [f"curl -u me:pass {URL}", "curl https://me:pass@staging.example.com/renders"])
def test_user_and_password_become_one_variable(command: str) -> None:
    asked = ask(command)

    assert asked.origin == "https://staging.example.com"
    assert asked.target_headers == {"Authorization": "Basic ${env.RENDERS_CREDENTIALS}"}
    assert asked.literals == {"RENDERS_CREDENTIALS": base64.b64encode(b"me:pass").decode()}


def test_a_header_from_a_request_made_before_stays_in_the_contract() -> None:
    asked = ask(f"curl {URL} -H 'Authorization: Bearer ${{login.body.token}}'")

    assert asked.request["headers"] == {"Authorization": "Bearer ${login.body.token}"}
    assert asked.target_headers == {}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (f"curl '{URL}?api_key=12345678'", "query api_key looks like a secret"),
        (f'curl {URL} --json \'{{"user": {{"password": "x"}}}}\'', "json user.password looks like a secret"),
        (f'curl {URL} --json \'{{"a": "${{T}}"}}\'', r"json a takes \$\{T\} from the environment"),
        (f"curl '{URL}?a=$T'", r"query a takes \$T from the environment"),
        ("curl ftp://x/y", "must be http:// or https://"),
        ("curl https://:80/y", "must be http:// or https://"),
        ("curl '$API/renders'", "variable API is not set"),
        (f"curl {URL} -F f=@photo.png", "photo.png is no text"),
        (f"curl {URL} -F f=@large.txt", "large.txt has 70000 bytes"),
    ],
)
def test_what_a_contract_cannot_hold_is_refused(command: str, told: str) -> None:
    with pytest.raises(HarnessError, match=told):
        ask(command)


def test_a_field_may_be_called_like_a_secret_and_be_none() -> None:
    asked = ask(f'curl {URL} --json \'{{"max_tokens": 5, "code": "DE", "token": "${{login.body.token}}"}}\'')

    assert asked.request["json"]["token"] == "${login.body.token}"


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ("--json '[1]'", {"json": [1]}),
        ("-d '{\"a\": 1}'", {"json": {"a": 1}}),
        ("-d @b.json", {"json": {"n": 3}}),
        ("-d 'n=3&name=a%20b'", {"pairs": {"n": "3", "name": "a%20b"}}),
        ("-d 'a&b'", {"raw": "a&b"}),
        ("-d 'a=1&a=2'", {"raw": "a=1&a=2"}),
        ("-H 'content-type: text/csv' --data-binary @rows.csv", {"raw": "a,b\r\n1,2\r\n"}),
        (
            "-F n=3 -F 'f=@rows.csv;type=text/csv'",
            {
                "multipart": {
                    "n": "3",
                    "f": {"filename": "rows.csv", "content": "a,b\r\n1,2\r\n", "content_type": "text/csv"},
                }
            },
        ),
    ],
)
def test_bodies(options: str, body: dict[str, object]) -> None:
    request = dict(ask(f"curl {URL} {options}").request)

    assert {key: value for key, value in request.items() if key not in ("path", "query", "headers")} == body


def test_what_stands_in_a_file_is_no_template() -> None:
    asked = read_asked(parse(f"curl {URL} -F f=@x.txt"), "renders", {}, lambda path: b"costs ${price}")

    assert asked.request["multipart"]["f"]["content"] == "costs $${price}"


def test_the_content_type_is_kept_where_the_contract_would_send_another() -> None:
    assert ask(f"curl {URL} --json 1").request["headers"] == {}
    other = ask(f"curl {URL} -H 'content-type: application/vnd.api+json' -d '{{}}'")
    assert other.request["headers"] == {"content-type": "application/vnd.api+json"}
    assert ask(f"curl {URL} -d a=1").request["headers"] == {"content-type": "application/x-www-form-urlencoded"}
    assert "sent as application/json" in ask(f"curl {URL} -d '{{}}'").notes[0]


@pytest.mark.parametrize(
    ("command", "name", "places"),
    [
        (f'curl {URL} --json \'{{"jobId": "{ID}", "x": "{OTHER}"}}\'', "job_id", 1),
        (f'curl {URL} --json \'{{"id": "{ID}", "ref": "job:{ID}"}}\'', "id", 2),
        (f"curl {URL} -H 'Idempotency-Key: {ID}'", "idempotency_key", 1),
        (f"curl -X PUT {URL}/{ID}", "id", 1),
    ],
)
def test_an_id_of_the_client_is_new_each_time(command: str, name: str, places: int) -> None:
    asked = ask(command)

    assert asked.originals == {name: ID}
    assert re.fullmatch(r"[0-9a-f-]{36}", asked.fresh[name])
    assert asked.fresh[name] != ID
    assert str(asked.request).count(f"${{{name}}}") == places
    assert ID not in str(asked.request)


@pytest.mark.parametrize(
    "command",
    [f'curl {URL} --json \'{{"projectId": "{ID}"}}\'', f"curl {URL}/{ID}/frames", f"curl {URL} --json '[\"{ID}\"]'"],
)
def test_an_id_of_what_is_there_already_stays(command: str) -> None:
    asked = ask(command) if "[" not in command else ask(command.replace(f'["{ID}"]', f'{{"scenes": ["{ID}"]}}'))

    assert asked.fresh == {}
    assert ID in str(asked.request)


def test_paths_and_pairs_are_written_as_they_were() -> None:
    assert path_text(ask(f"curl '{URL}?a=1&b=%20&c'").request) == "/renders?a=1&b=%20&c"
    assert path_text(ask(f"curl '{URL}?a=1&a=2'").request) == "/renders?a=1&a=2"
    assert path_text(ask("curl staging.example.com").request) == "/"
    assert ask("curl localhost:8000/x").origin == "http://localhost:8000"
    assert ask("curl '$API/renders#top'", API="https://a.example.com/v1/").request["path"] == "/v1/renders"
    assert pairs_text({"a": "1", "b": "${n}"}) == "a=1&b=${n}"
