from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.targets.secrets import MASK, Secrets
from harness.trace.events import Json, NotJson

SECRET = "tok en/+=&\"'\\%~é"
ENVIRONMENT = {"TOKEN": "s3cr3t-value", "OTHER": "an/other+one=", "EMPTY": ""}


def knowing(*values: str) -> Secrets:
    secrets = Secrets()
    for value in values:
        secrets.add(value)
    return secrets


@pytest.mark.parametrize(
    "encoded",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps(json.dumps(SECRET)),
        repr(SECRET),
        repr({"a": SECRET}),
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(SECRET, safe="").lower(),
        quote(SECRET, safe="!*'()"),
        json.dumps(SECRET).replace("/", "\\/"),
    ],
    ids=[
        "plain", "json", "json-utf8", "json-twice", "repr", "repr-dict", "url-path", "url", "form", "url-lower-case",
        "url-of-a-browser", "json-of-php",
    ],
)  # fmt: skip
def test_a_secret_is_masked_in_every_encoding(encoded: str) -> None:
    redacted = knowing(SECRET).redact(f"before {encoded} after")
    assert MASK in redacted
    assert "tok" not in redacted
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=30), st.text(), st.text())
def test_no_secret_survives(value: str, before: str, after: str) -> None:
    if value in MASK:
        return
    redacted = knowing(value).redact(f"{before}{value}{after}")
    assert MASK in redacted
    assert value not in redacted.replace(MASK, "\0")


def test_a_secret_that_is_part_of_another_or_of_the_mask_leaves_one_clean_mask() -> None:
    assert knowing("abc", "abcdef").redact("x abcdef y abc z") == f"x {MASK} y {MASK} z"
    assert knowing("abcdef-secret", "secret").redact("x abcdef-secret y") == f"x {MASK} y"


def test_what_is_no_secret_stays() -> None:
    assert knowing("abcdef").redact("abcde fabcde") == "abcde fabcde"
    assert Secrets().redact("anything") == "anything"
    assert knowing("").redact("anything") == "anything"


@pytest.mark.parametrize("shown", range(8, 18))
def test_the_beginning_of_a_secret_that_a_message_cut_off_is_masked_too(shown: int) -> None:
    value = "sk-live-0123456789"
    cut = f"the answer was 500: 'no such token {value[:shown]}..."
    assert value[:8] not in knowing(value).redact(cut)


def test_json_is_masked_at_every_depth_in_keys_and_values() -> None:
    value: Json = {"a": [{"b s3cr3t": ("s3cr3t", 1, None, True, 1.5)}], "s3cr3t": NotJson("x s3cr3t")}
    masked = knowing("s3cr3t").redact_json(value)
    assert masked == {"a": [{f"b {MASK}": [MASK, 1, None, True, 1.5]}], MASK: {"notJson": f"x {MASK}"}}


def test_a_secret_that_is_a_number_is_masked_as_a_number_too() -> None:
    assert "48151623" not in json.dumps(knowing("48151623").redact_json({"pin": 48151623}))


def test_binary_frames_are_shown_in_hex_without_the_secret() -> None:
    masked = knowing("s3cr3t").redact_json(NotJson(b"\0s3cr3t\xff"))
    assert b"s3cr3t".hex() not in json.dumps(masked)


def test_the_bytes_of_an_input_are_told_by_their_number() -> None:
    assert knowing("s3cr3t").redact_json(b"12345") == {"bytes": 5}


def test_json_as_deep_as_any_that_is_read_is_masked() -> None:
    value: Json = "s3cr3t"
    for _ in range(100):
        value = [value]
    assert knowing("s3cr3t").redact_json(value)


def test_variables_of_the_environment_are_secrets_from_then_on() -> None:
    secrets = Secrets()
    assert secrets.expand("a ${env.TOKEN}:${env.OTHER}", ENVIRONMENT) == "a s3cr3t-value:an/other+one="
    assert secrets.redact("s3cr3t-value an%2Fother%2Bone%3D") == f"{MASK} {MASK}"


@pytest.mark.parametrize("name", ["EMPTY", "MISSING"])
def test_a_variable_that_is_not_set_is_told_by_name(name: str) -> None:
    with pytest.raises(HarnessError, match=name):
        Secrets().expand(f"${{env.{name}}}", ENVIRONMENT)


def test_a_header_is_a_name_and_a_value() -> None:
    secrets = Secrets()
    assert secrets.header("X-Key:  ${env.TOKEN} ", ENVIRONMENT) == ("X-Key", "s3cr3t-value")
    assert secrets.header("x-plain: a: b", ENVIRONMENT) == ("x-plain", "a: b")
    assert secrets.redact("a: b") == "a: b"


@pytest.mark.parametrize("name", ["Authorization", "cookie", "X-API-Key", "Proxy-Authorization"])
def test_headers_that_always_carry_secrets_are_masked_however_they_were_given(name: str) -> None:
    secrets = Secrets()
    secrets.header(f"{name}: Bearer hunter2hunter2", {})
    assert "hunter2" not in secrets.redact("got Bearer hunter2hunter2, or only hunter2hunter2")


def test_what_basic_credentials_say_is_a_secret_too() -> None:
    secrets = Secrets()
    credentials = base64.b64encode(b"me:hunter2-hunter2").decode()
    secrets.header("Authorization: Basic ${env.C}", {"C": credentials})
    assert "hunter2" not in secrets.redact(f"{credentials}: wrong password 'hunter2-hunter2'")


def test_each_cookie_is_a_secret_of_its_own() -> None:
    secrets = Secrets()
    secrets.header("Cookie: session=hunter2hunter2; theme=dark-and-stormy", {})
    assert "hunter2" not in secrets.redact('{"session": "hunter2hunter2"}')


@pytest.mark.parametrize(
    "line",
    [
        "no colon s3cr3t", ": s3cr3t", "two words: s3cr3t", "X\r\nY: s3cr3t", "Ünicode: s3cr3t",
        "X-Key: s3cr3t\r\nY: z",
        "X-Key: s3cr3t\0", "X-Key: s3cr3té",
    ],
)  # fmt: skip
def test_what_is_no_header_is_refused_without_repeating_it(line: str) -> None:
    with pytest.raises(HarnessError) as told:
        Secrets().header(line, {})
    assert "s3cr3t" not in str(told.value)


@pytest.mark.parametrize("value", ["s3cr3t\n", "s3\r\ncr3t", "s3cr3té", "s3cr3t\0", "s3cr3t\x0b!", "s3cr3t\x7f"])
def test_a_secret_that_no_header_can_carry_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(HarnessError, match="X-Key") as told:
        Secrets().header("X-Key: ${env.T}", {"T": value})
    assert "cr3t" not in str(told.value)
