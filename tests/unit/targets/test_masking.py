from __future__ import annotations

import base64
import html
import json
import random
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.targets.masking import MASK, looks_secret
from harness.targets.secrets import Secrets
from harness.trace.events import Json

WAYS: dict[str, Callable[[str], str]] = {
    "json": json.dumps,
    "json in UTF-8": lambda text: json.dumps(text, ensure_ascii=False),
    "json of PHP": lambda text: json.dumps(text).replace("/", "\\/"),
    "repr": repr,
    "path": lambda text: quote(text, errors="surrogatepass"),
    "query": lambda text: quote(text, safe="", errors="surrogatepass"),
    "lower": lambda text: quote(text, safe="", errors="surrogatepass").lower() if text.islower() else text,
    "form": lambda text: quote_plus(text, errors="surrogatepass"),
    "html": html.escape,
    "plain": lambda text: text,
}
SECRET = st.text(st.characters(), min_size=8, max_size=40)
AROUND = st.text(max_size=20)


def knowing(*values: str) -> Secrets:
    secrets = Secrets()
    for value in values:
        secrets.add(value)
    return secrets


@example("0000000\ud800", "", "", ["form"])
@example("a secret text", "%c0%80%f4%90%80%80\\", "%", ["query", "json"])
@given(SECRET, AROUND, AROUND, st.lists(st.sampled_from(sorted(WAYS)), max_size=3))
def test_a_planted_secret_never_survives_in_whatever_way_it_is_written(
    secret: str, before: str, after: str, ways: list[str]
) -> None:
    text = before + secret + after
    for way in ways:
        text = WAYS[way](text)

    redacted = knowing(secret).redact(text)

    assert MASK in redacted
    written = secret
    for way in ways:
        written = WAYS[way](written)
    core = written.strip("\"'")
    assert core not in redacted.replace(MASK, "\0") or core in MASK


@given(st.lists(SECRET, min_size=1, max_size=4), st.data())
def test_no_planted_secret_survives_in_json(planted: list[str], data: st.DataObject) -> None:
    leaf = st.one_of(st.sampled_from(planted), st.integers(), st.booleans(), st.none(), AROUND)
    value = data.draw(
        st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(planted), inner))
    )

    told = json.dumps(knowing(*planted).redact_json(value), ensure_ascii=False)

    assert [one for one in planted if one in told.replace(MASK, "\0")] == []


QUIET = st.text("xyz .,é\n\"'%\\")


@given(st.text("ABCDEFG+/=_-", min_size=4), QUIET, QUIET, st.sampled_from(sorted(WAYS)))
def test_what_is_beside_a_secret_stays(secret: str, before: str, after: str, way: str) -> None:
    write = WAYS[way]
    text = write(f"{before}x{secret}x{after}")

    assert knowing(secret).redact(text) == text.replace(write(f"x{secret}x").strip("\"'"), f"x{MASK}x")


@pytest.mark.parametrize("way", sorted(WAYS))
def test_exactly_the_secret_is_masked(way: str) -> None:
    secret = "tök en/+=&\"'\\%~😀"
    text = WAYS[way](f"é< before {secret} after >é")
    before, _, after = text.partition(
        WAYS[way](secret).strip("\"'" if way in ("json", "json in UTF-8", "repr") else "")
    )

    assert before
    assert after or way in ("repr", "json of PHP", "lower")
    redacted = knowing(secret).redact(text)
    assert redacted.count(MASK) == 1
    assert not after or redacted == f"{before}{MASK}{after}"


@pytest.mark.parametrize(
    "encoded",
    [
        b"s3cr3t-value-1".hex(),
        b"s3cr3t-value-1".hex().upper(),
        *(base64.b64encode(b"x" * shift + b"s3cr3t-value-1" + b"yy").decode() for shift in range(4)),
        base64.urlsafe_b64encode(b"s3cr3t-value-1").decode(),
    ],
)
def test_a_secret_is_found_in_hexadecimal_and_in_base64(encoded: str) -> None:
    redacted = knowing("s3cr3t-value-1").redact(f"data: {encoded}")

    assert MASK in redacted
    assert len(redacted.replace(MASK, "")) <= len("data: ") + 10


@pytest.mark.parametrize(
    ("told", "redacted"),
    [
        ("wss://h/ws?token=abc&job=7", "wss://h/ws?token=[secret]&job=7"),
        ("/ws?job=7&ticket=abc", "/ws?job=7&ticket=[secret]"),
        ("got '/a?access_token=abc' here", "got '/a?access_token=[secret]' here"),
        ("/a?X-Amz-Signature=abc&X-Amz-Date=1", "/a?X-Amz-Signature=[secret]&X-Amz-Date=1"),
        ("/cb#id_token=abc", "/cb#id_token=[secret]"),
        ("/a?code=4711", "/a?code=[secret]"),
        ("/a?sessionId=x1", "/a?sessionId=[secret]"),
        ("/a?apikey=x&api_key=y&sig=z", "/a?apikey=[secret]&api_key=[secret]&sig=[secret]"),
        ('<a href="/a?b=1&amp;token=abc">', '<a href="/a?b=1&amp;token=[secret]">'),
        (r'{"u": "/a?b=1\u0026token=abc"}', r'{"u": "/a?b=1\u0026token=[secret]"}'),
        ("next=%2Fa%3Ftoken%3Dabc%26b%3D1", "next=%2Fa%3Ftoken%3D[secret]%26b%3D1"),
        ("/a?token=[secret]", "/a?token=[secret]"),
        ("http://me:hunter2@proxy:1", "http://me:[secret]@proxy:1"),
        ("Authorization: Bearer abc.def", "Authorization: [secret]"),
        ("{'authorization': 'Basic YTpi', 'x': 1}", "{'authorization': '[secret]', 'x': 1}"),
        ('"set-cookie": "sid=1; Path=/"', '"set-cookie": "[secret]"'),
        ("set-cookie: sid=1; Path=/", "set-cookie: [secret]; Path=/"),
    ],
)  # fmt: skip
def test_some_values_are_masked_for_where_they_stand(told: str, redacted: str) -> None:
    assert Secrets().redact(told) == redacted


@pytest.mark.parametrize(
    "told",
    [
        "/a?jobId=7&page=2&keyword=x&statusCode=4&monkey=1", "token=abc is no parameter of a URL", "http://h:80/a@b",
        "/ws?ticket=${ticket.body.id}", "--header 'Authorization: Bearer ${env.TOKEN}'", "ws://h:1/x", "a ... b",
        "the token is missing: log in", "/a?token=", "unauthorized: no", "http://h?x=1:2@",
    ],
)  # fmt: skip
def test_what_stands_elsewhere_stays(told: str) -> None:
    assert Secrets().redact(told) == told


def test_the_end_of_a_secret_behind_a_gap_is_masked_too() -> None:
    told = "'sk-live-01 ... 23456789' is too long"

    assert knowing("sk-live-0123456789").redact(told) == "'[secret] ... [secret]' is too long"


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("token", True), ("accessToken", True), ("access_token", True), ("accesstoken", True), ("X-Api-Key", True),
        ("ws-ticket", True), ("code", True), ("JWT", True), ("tokens", True),
        ("API-Keys", True), ("clientSecret", True), ("authCode", True),
        ("statusCode", False), ("monkey", False), ("keyword", False), ("design", False), ("jobId", False), ("", False),
    ],
)  # fmt: skip
def test_names_tell_secrets(name: str, secret: bool) -> None:
    assert looks_secret(name) is secret


def adversaries() -> dict[str, Callable[[int], str]]:
    return {
        "prose": lambda size: "lorem ipsum dolor " * (size // 18),
        "json": lambda size: json.dumps([{"a": 'x"y\n', "n": n, "u": f"/a?x={n}%20"} for n in range(size // 48)]),
        "backslashes": lambda size: "\\" * size,
        "percents": lambda size: "%25" * (size // 3),
        "dots": lambda size: " ... " * (size // 5),
        "entities": lambda size: "&amp;" * (size // 5),
        "parameters": lambda size: "?token=abc" * (size // 10),
        "colons": lambda size: "://" + ":" * size,
        "cookies": lambda size: "cookie" + " " * size,
        "headers": lambda size: "cookie: " * (size // 8),
        "one letter": lambda size: "a" * size,
    }


@pytest.mark.parametrize("kind", sorted(adversaries()))
def test_masking_takes_time_in_proportion_to_the_text(kind: str) -> None:
    """Measured against itself, on a sixteenth of the text: 16 times the time if linear, 256 if quadratic."""
    draw = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789-_.+/='\"\\ "
    secrets = knowing(
        "a" * 50 + "b", *("".join(draw.choices(letters, k=draw.choice([16, 40, 800]))) for _ in range(19))
    )

    def seconds(size: int) -> float:
        text = adversaries()[kind](size)
        begun = time.process_time()
        secrets.redact(text)
        return time.process_time() - begun

    short = min(seconds(62_500) for _ in range(3))
    assert seconds(1_000_000) < max(80 * short, 0.5)


def test_a_trace_is_not_slowed_down() -> None:
    """Most texts of a trace are short and hold nothing: against a plain search for each secret, measured beside it."""
    values = [f"secret-token-{number}-abcdef" for number in range(20)]
    secrets, texts = knowing(*values), ["batch-progress", "queued", "processing", "complete"] * 5000

    def seconds(work: Callable[[str], object]) -> float:
        begun = time.process_time()
        for text in texts:
            work(text)
        return time.process_time() - begun

    assert min(seconds(secrets.redact) for _ in range(3)) < 3 * min(
        seconds(lambda text: [value in text for value in values]) for _ in range(3)
    )


def test_a_long_secret_is_one_like_any_other() -> None:
    token = "".join(random.Random(2).choices("abcdefghijklmnop-_.", k=20_000))

    assert knowing(token).redact(f"x {token} y {token[:9000]}...") == f"x {MASK} y {MASK}..."


VALUE: Json = {
    "ticket": "abcd", "expires": 60, "id": 48151623, "list": [{"text": "a longer text"}], "ok": True, "state": "ready",
    "code": 4711, "url": "wss://h/x?token=tok1", "none": None, "secrets": {"inner": ["pass"]},
}  # fmt: skip


def test_an_answer_that_is_secret_is_masked_but_for_its_short_words() -> None:
    secrets = Secrets()
    secrets.add_answer(VALUE)

    hidden = ["abcd", "48151623", "a longer text", "4711", "wss://h/x?token=tok1", "tok1", "pass"]
    assert [secrets.redact(f"x {text} y") for text in hidden] == ["x [secret] y"] * len(hidden)
    shown = "60 ready True None ok"
    assert secrets.redact(shown) == shown


def test_an_answer_that_is_but_a_text_is_masked_without_its_line_break() -> None:
    secrets = Secrets()
    secrets.add_answer("tok-12345678\n")

    assert secrets.redact("tok-12345678") == MASK


def test_the_cookies_that_an_answer_sets_are_masked_elsewhere_too() -> None:
    secrets = Secrets()
    secrets.add_headers(
        {"set-cookie": "sid=abc12345; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT, id2=def67890", "x": "long-enough"}
    )

    assert secrets.redact("abc12345 def67890 long-enough Path=/") == f"{MASK} {MASK} long-enough Path=/"


def test_headers_are_masked_by_their_name_in_json() -> None:
    answer: Json = {"headers": {"Set-Cookie": "a=1", "content-type": "text/plain"}}

    assert Secrets().redact_json(answer) == {"headers": {"Set-Cookie": MASK, "content-type": "text/plain"}}


def test_the_token_of_an_address_is_masked_elsewhere_too() -> None:
    secrets = Secrets()
    secrets.add_url("wss://h/ws?ticket=a%2Fb1234&job=7654321")

    assert secrets.redact("a/b1234 7654321") == f"{MASK} 7654321"


def test_the_password_of_an_address_is_masked_however_it_is_sent() -> None:
    secrets = Secrets()
    secrets.add_user("http://me:hunter%2F2@h:1")
    sent = base64.b64encode(b"me:hunter/2").decode()

    assert secrets.redact(f"hunter/2 {sent} me") == f"{MASK} {MASK} me"
