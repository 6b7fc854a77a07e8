from __future__ import annotations

import pytest

from harness.authoring.curl import Curl, File, FormPart, parse
from harness.errors import HarnessError

URL = "https://staging.example.com/renders"

CHROME = r"""curl 'https://staging.example.com/renders' \
  -H 'accept: */*' \
  -H 'accept-language: de-DE,de;q=0.9' \
  -H 'authorization: Bearer abc.def' \
  -H 'content-type: application/json' \
  -b 'session=1f' \
  -H 'origin: https://app.example.com' \
  -H 'sec-ch-ua: "Chromium";v="140"' \
  -H 'sec-fetch-mode: cors' \
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \
  --data-raw $'{"scene":"it\'s\u0021","frames":3}' \
  --compressed"""

WINDOWS = """curl ^"https://staging.example.com/renders?a=1^&b=2^" ^\r
  -H ^"content-type: application/json^" ^\r
  --data-raw ^"^{^\\^"frames^\\^":3^}^" """


@pytest.mark.parametrize(
    ("command", "request_"),
    [
        (f"curl {URL}", Curl("GET", URL)),
        (f"{URL} -X put", Curl("PUT", URL)),
        (f"/usr/bin/curl --request=POST --url {URL}", Curl("POST", URL)),
        (f"curl -sSL -XPOST {URL} -d a=1 --data b=2", Curl("POST", URL, data=("a=1", "b=2"))),
        (f"curl {URL} --json '{{}}'", Curl("POST", URL, (("content-type", "application/json"),), ("{}",))),
        (f"curl {URL} -d @body.json", Curl("POST", URL, data=(File("body.json", lines=True),))),
        (f"curl {URL} --data-binary @body.json", Curl("POST", URL, data=(File("body.json"),))),
        (f"curl {URL} --data-raw @me", Curl("POST", URL, data=("@me",))),
        (f"curl {URL} --data-urlencode 'q=a b&c'", Curl("POST", URL, data=("q=a%20b%26c",))),
        (f"curl -G {URL} -d a=1 -d b=2", Curl("GET", f"{URL}?a=1&b=2")),
        (f"curl -G {URL}?z=0 -d a=1", Curl("GET", f"{URL}?z=0&a=1")),
        (f"curl -I {URL}", Curl("HEAD", URL)),
        (f"curl -u me:pass {URL}", Curl("GET", URL, user="me:pass")),
        (f"curl {URL} -H 'X-A: 1' -H 'x-a: 2' -H 'X-Empty:'", Curl("GET", URL, (("x-a", "2"),))),
        (f"curl {URL} -H 'accept: */*'", Curl("GET", URL, dropped=("accept",))),
        (f"curl {URL} -H 'accept: text/csv'", Curl("GET", URL, (("accept", "text/csv"),))),
        (
            f"curl {URL} -F n=3 -F 'file=@my rows.csv;type=text/csv' -F 'note=a;b' -F doc=<notes.txt",
            Curl(
                "POST",
                URL,
                form={
                    "n": FormPart("3"),
                    "file": FormPart(File("my rows.csv"), "my rows.csv", "text/csv"),
                    "note": FormPart("a;b"),
                    "doc": FormPart(File("notes.txt")),
                },
            ),
        ),
        (
            f"curl {URL} -F 'f=@C:\\tmp\\a.csv;filename=b.csv'",
            Curl("POST", URL, form={"f": FormPart(File("C:\\tmp\\a.csv"), "b.csv")}),
        ),
        (f"curl {URL} --form-string 'a=@b'", Curl("POST", URL, form={"a": FormPart("@b")})),
        (f"curl -X POST \\\n  -H 'a: b' \\\r\n {URL}", Curl("POST", URL, (("a", "b"),))),
        (f"curl -H 'Authorization: Bearer $TOKEN' {URL}", Curl("GET", URL, (("Authorization", "Bearer $TOKEN"),))),
    ],
)
def test_a_command_is_the_request_that_curl_would_make(command: str, request_: Curl) -> None:
    assert parse(command) == request_


def test_what_a_browser_copies() -> None:
    curl = parse(CHROME)

    assert curl.method == "POST"
    assert dict(curl.headers) == {
        "authorization": "Bearer abc.def",
        "content-type": "application/json",
        "Cookie": "session=1f",
    }
    assert curl.data == ('{"scene":"it\'s!","frames":3}',)
    assert curl.dropped == ("accept", "accept-language", "origin", "sec-ch-ua", "sec-fetch-mode", "user-agent")


def test_what_a_browser_copies_for_windows() -> None:
    curl = parse(WINDOWS)

    assert curl.url == f"{URL}?a=1&b=2"
    assert curl.data == ('{"frames":3}',)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (f"wget {URL}", "--from-curl: this is no curl command"),
        (f"/usr/bin/wget -q {URL}", "this is no curl command"),
        (f"wget.exe {URL}", "this is no curl command"),
        (f"http POST {URL}", "this is no curl command"),
        (f"A=b curl {URL}", "this is no curl command"),
        ("curl", "--from-curl needs one address; found no address"),
        (f"curl {URL} {URL}", "found 2 addresses"),
        (f"curl -k {URL}", "-k is refused, certificates are always verified"),
        (f"curl --insecure {URL}", "SSL_CERT_FILE"),
        (f"curl --data-rwa x {URL}", "curl's --data-rwa is not known here; here: .* Did you mean '--data-raw'"),
        (f"curl -Z {URL}", "curl's -Z is not known here"),
        (f"curl {URL} -H", "--header has no value; is a quote missing"),
        (f"curl {URL} -H 'no colon'", "-H takes 'Name: value'"),
        (f"curl {URL} -b jar.txt", "-b with a file is not known here"),
        (f"curl {URL} -d a -F b=c", "one body: -d or -F"),
        (f"curl {URL} -F b", "-F takes NAME=VALUE"),
        (f"curl -G {URL} -d @file", "-G with a file is not known here"),
        (f"curl '{URL}", "no closing quotation"),
        (f"curl {URL} --data-urlencode name@file", "--data-urlencode takes NAME=TEXT"),
    ],
)
def test_what_is_no_command_is_told(command: str, told: str) -> None:
    with pytest.raises(HarnessError, match=told):
        parse(command)


@pytest.mark.parametrize("command", ["curl -Zs3cr3t", "curl --bearer=s3cr3t x", "curl -H s3cr3t x", "curl 's3cr3t"])
def test_no_value_is_repeated_in_what_is_told(command: str) -> None:
    with pytest.raises(HarnessError) as told:
        parse(command, "--before login")

    assert "s3cr3t" not in str(told.value)
    assert str(told.value).startswith("--before login")


@pytest.mark.parametrize(
    "address", [URL, "localhost", "localhost:8000/x", "staging/renders", "$API/x", "a.example.com"]
)
def test_curl_itself_may_be_missing(address: str) -> None:
    assert parse(address).url == address
