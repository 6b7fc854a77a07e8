from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from harness.contract.problems import ContractError
from harness.errors import HarnessError
from harness.targets.budget import Rate
from harness.targets.files import TARGET_FILE, find_target
from harness.targets.secrets import Secrets
from harness.targets.target import Cost, RestartCommand, Target

ENVIRONMENT = {
    "TOKEN": "s3cr3t-token", "SHA": "a1b2c3d4", "HOST": "staging.example.com", "V": "2", "USER": "me", "PASS": "p/w w",
    "PASS_QUOTED": "p%2Fw%20w", "EMPTY": "", "BREAKS": "s3cr3t\nline",
}  # fmt: skip
ALL = """\
# what may be said of a target
targets:
  plain: {url: http://127.0.0.1:8787}
  staging:
    url: https://${env.HOST}/api/
    headers: {Authorization: "Bearer ${env.TOKEN}", X-Team: renders}
    proxy: http://${env.USER}:${env.PASS_QUOTED}@proxy.example.com:3128
    ca: certs/internal ca.pem
    jobs: 20
    rate: 10/m
    cost_per_job: 0.02 USD
    slack: 500ms
    examples: 10
    concurrency: 4
    ready: {path: /version, expect: body.commit == env.SHA && status < 300, within: 10m}
    restart: {command: [docker, compose, -p, "${env.USER}-api", restart], within: 2m}
    probes: allowed
    waives: {recognition: the recogniser is a model}
    known_failures:
      - {clause: renders/deadlines/finished, reason: the farm is being moved, until: 2027-01-31}
      - {clause: renders/order, reason: ticket 7, until: "2027-02-28"}
    production: true
"""


def write(folder: Path, text: str = ALL) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TARGET_FILE).write_bytes(text.encode("utf-8"))
    (folder / "certs").mkdir(exist_ok=True)
    (folder / "certs" / "internal ca.pem").write_text("-", "utf-8")
    return folder


def find(
    folder: Path, name: str = "staging", headers: dict[str, str] | None = None, secrets: Secrets | None = None
) -> Target:
    return find_target(name, headers or {}, secrets or Secrets(), ENVIRONMENT, folder)


def told(folder: Path, text: str, name: str = "staging") -> str:
    """What is told of a target file; `text` is what stands under the target's name, or a whole file."""
    whole = text if text.startswith(("targets", "{", "target:")) else f"targets:\n  staging:\n    {text}\n"
    with pytest.raises(HarnessError) as error:
        find(write(folder, whole), name)
    return str(error.value).replace(f"{folder}{os.sep}", "")


def test_everything_that_can_be_said_is_read(tmp_path: Path) -> None:
    target = find(write(tmp_path))

    assert target.url == "https://staging.example.com/api"
    assert target.headers == {"Authorization": "Bearer s3cr3t-token", "X-Team": "renders"}
    assert target.name == "staging"
    assert target.proxy == "http://me:p%2Fw%20w@proxy.example.com:3128"
    assert target.ca == tmp_path / "certs" / "internal ca.pem"
    assert (target.jobs, target.examples, target.concurrency, target.slack) == (20, 10, 4, 0.5)
    assert target.rate == Rate(10, 60)
    assert target.cost == Cost(Decimal("0.02"), "USD")
    assert target.ready is not None
    assert (target.ready.path, target.ready.within) == ("/version", 600)
    assert target.ready.environment == {"SHA": "a1b2c3d4"}
    assert target.ready.expect is not None
    assert target.ready.expect.holds({"body": {"commit": "a1b2c3d4"}, "env": target.ready.environment, "status": 200})
    assert target.restart == RestartCommand(("docker", "compose", "-p", "me-api", "restart"), 120.0, tmp_path)
    assert target.probes
    assert target.production
    assert target.waives == {"recognition": "the recogniser is a model"}
    assert [(known.clause, known.reason, known.until) for known in target.known_failures] == [
        ("renders/deadlines/finished", "the farm is being moved", date(2027, 1, 31)),
        ("renders/order", "ticket 7", date(2027, 2, 28)),
    ]
    assert str(target.known_failures[0].place).endswith(f"{TARGET_FILE}:20")


def test_a_target_needs_nothing_but_its_url(tmp_path: Path) -> None:
    assert find(write(tmp_path), "plain") == Target("http://127.0.0.1:8787", {}, "plain")


def test_what_is_secret_is_told_nowhere(tmp_path: Path) -> None:
    secrets = Secrets()
    target = find(write(tmp_path), secrets=secrets)

    shown = secrets.redact(f"{target} {target.headers} {target.proxy} {target.url} p/w w bWU6cC93IHc= a1b2c3d4")
    assert [
        value for value in ("s3cr3t", "p/w", "p%2Fw", "bWU6", "a1b2c3d4", "staging.example") if value in shown
    ] == []
    assert "s3cr3t" not in repr(target)
    assert "p%2Fw" not in repr(target)


def test_only_the_chosen_targets_variables_are_needed_and_secret(tmp_path: Path) -> None:
    secrets = Secrets()
    text = "targets: {a: {url: 'http://a', headers: {X: '${env.TOKEN}'}}, b: {url: '${env.NO_SUCH}', ca: none.pem}}"
    assert find(write(tmp_path, text), "a").headers == {"X": "s3cr3t-token"}
    assert find_target("b", {}, secrets, {"NO_SUCH": "http://b"}, write(tmp_path, text.replace(", ca: none.pem", "")))
    assert secrets.redact("s3cr3t-token") == "s3cr3t-token"


def test_a_short_value_is_masked_only_where_a_credential_stands(tmp_path: Path) -> None:
    secrets = Secrets()
    text = "targets: {a: {url: 'http://h:808${env.V}', ready: {path: /v, expect: body.v == env.V}}}"
    assert find(write(tmp_path, text), "a", secrets=secrets).url == "http://h:8082"
    assert secrets.redact("2 examples") == "2 examples"


def test_a_token_that_is_written_out_is_a_secret_all_the_same(tmp_path: Path) -> None:
    secrets = Secrets()
    text = "targets: {a: {url: 'http://h', headers: {authorization: Bearer hunter2hunter2, X-Team: renders}}}"
    assert find(write(tmp_path, text), "a", secrets=secrets).headers["authorization"] == "Bearer hunter2hunter2"
    assert secrets.redact("got hunter2hunter2 from renders") == "got [secret] from renders"


def test_headers_of_the_command_line_win_whatever_their_case_and_then_need_no_variable(tmp_path: Path) -> None:
    text = "targets: {a: {url: 'http://h', headers: {Authorization: '${env.NO_SUCH}', X-Team: renders}}}"
    target = find(write(tmp_path, text), "a", {"authorization": "Bearer mine"})

    assert target.headers == {"X-Team": "renders", "authorization": "Bearer mine"}


def test_the_nearest_file_above_counts(tmp_path: Path) -> None:
    write(tmp_path, "targets: {a: {url: 'http://outer'}}")
    inner = write(tmp_path / "mit leer zeichen é" / "in", "targets: {a: {url: 'http://inner'}}")

    assert find(inner / "deeper" / "still", "a").url == "http://inner"
    assert find(tmp_path / "other", "a").url == "http://outer"


def test_a_folder_called_like_the_file_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "targets: {a: {url: 'http://outer'}}")
    (tmp_path / "in" / TARGET_FILE).mkdir(parents=True)

    assert find(tmp_path / "in", "a").url == "http://outer"


def test_lines_may_end_as_windows_ends_them(tmp_path: Path) -> None:
    target = find(write(tmp_path, "\ufeff" + ALL.replace("\n", "\r\n")))

    assert target.ready is not None
    assert target.ready.path == "/version"


def test_an_address_is_no_name(tmp_path: Path) -> None:
    folder = write(tmp_path, "{broken")

    assert find(folder, "https://h.example/", {"X": "1"}) == Target("https://h.example", {"X": "1"})
    with pytest.raises(HarnessError, match="--target takes an address"):
        find(folder, "ftp://h")


def test_without_a_file_it_says_what_one_looks_like(tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as error:
        find(tmp_path, "stagng")
    text = str(error.value)

    assert text.startswith(f"there is no target 'stagng': no targets.yaml in {tmp_path} or in a folder above it.")
    example = text[text.index("    targets:") :]
    assert find(write(tmp_path, example), "stagng").url == "https://staging.example.com"


@pytest.mark.parametrize("name", ["localhost:8000", "staging.example.com", "h:1/path", "10.0.0.1", "[::1]:80"])
def test_an_address_without_its_scheme_gets_a_hint(name: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as error:
        find(tmp_path, name)
    assert f"write http://{name}" in str(error.value)
    assert f"write http://{name}" in told(tmp_path, "url: http://h", name)


def test_an_unknown_name_is_told_with_its_file_and_the_nearest(tmp_path: Path) -> None:
    assert told(tmp_path, ALL.partition("\n")[2].replace("${env.HOST}", "h"), "stagign") == (
        "targets.yaml:1:1: no target here is called 'stagign'\n"
        "    1 | targets:\n"
        "      | ^^^^^^^\n"
        "  here: plain, staging. Did you mean 'staging'?"
    )


WRONG = """\
targets:
  staging:
    urls: https://h
    headers: {Authorization: "Bearer ${env.NO_SUCH}", X-Id: 7}
    jobs: none
    rate: 10 per minute
    cost_per_job: cheap
    ready: {path: version, expect: body.comit = env.NO_SHA}
    probes: yes
    waives: {recognition: null}
    known_failures:
      - {clause: finished, until: 31.1.2027}
"""


def test_all_mistakes_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    assert [line for line in told(tmp_path, WRONG).splitlines() if line.startswith("targets.yaml")] == [
        "targets.yaml:3:5: a target needs 'url'",
        "targets.yaml:3:5: unknown key 'urls'",
        "targets.yaml:4:38: the environment variable NO_SUCH is not set (or empty): export it first",
        "targets.yaml:4:61: the header X-Id must be a text; found 7",
        "targets.yaml:5:11: 'jobs' must be a whole number from 1 on; found 'none'",
        "targets.yaml:6:11: 'rate' must be N/s, N/m or N/h: so many requests a second, minute or hour, for example "
        "10/m; found '10 per minute'",
        "targets.yaml:7:19: 'cost_per_job' must be such as 0.02 USD, or a number; found 'cheap'",
        "targets.yaml:8:19: 'path' must begin with a slash; found 'version'",
        "targets.yaml:8:47: '=' is not expected here",
        "targets.yaml:9:13: 'probes' can only be 'allowed'; found 'yes'",
        "targets.yaml:10:27: the reason why 'recognition' is waived must be a text; found nothing",
        "targets.yaml:12:9: a known failure needs 'reason'",
        "targets.yaml:12:18: 'clause' must be CONTRACT/CLAUSE, such as renders/deadlines/finished; found 'finished'",
        "targets.yaml:12:35: 'until' must be a day of the calendar such as 2027-01-31; found '31.1.2027'",
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("url: http://h\n    jbos: 3", "unknown key 'jbos'|Did you mean 'jobs'"),
        ("url: http://h?a=b", "'url' takes an address such as"),
        ("url: ftp://h", "'url' takes an address such as"),
        ("url: 7", "'url' must be a text"),
        ("url: '  '", "'url' must not be empty"),
        ("url: ${HOST}", "only ${env.NAME} can stand in a target|3:10"),
        ("url: http://${{ secrets.HOST }}", "only ${env.NAME} can stand in a target"),
        ("url: http://${env.EMPTY}", "the environment variable EMPTY is not set"),
        ("url: ${env.PASS}", "'url' takes an address such as"),
        ("url: http://h\n    headers: [a]", "'headers' must be a map of names"),
        ("url: http://h\n    headers: {a b: c}", "'a b' is no name of a header"),
        ("url: http://h\n    headers: {a: é}", "the header a has a character"),
        ("url: http://h\n    headers: {X-A: b, x-a: c}", "the header x-a stands twice"),
        ("url: http://h\n    headers: {X-A: ''}", "the header X-A must not be empty"),
        ("url: http://h\n    headers: {X-A: '${env.BREAKS}'}", "the header X-A has a character"),
        ("url: http://h\n    proxy: proxy:3128", "'proxy' cannot be used: it must begin with http://"),
        ("url: http://h\n    proxy: http://", "it names no host"),
        ("url: http://h\n    proxy: http://p:0", "it names no host"),
        ("url: http://h\n    proxy: http://p:99999", "no address"),
        ("url: http://h\n    proxy: 'http://[::1'", "no address"),
        ("url: http://h\n    proxy: http://p/path", "nothing can stand behind"),
        ("url: http://h\n    proxy: http://p?", "nothing can stand behind"),
        ("url: http://h\n    proxy: http://me@p", "its user has no password"),
        ("url: http://h\n    ca: missing.pem", "there is no such file|looked at"),
        ('url: http://h\n    ca: "a\\0b"', "there is no such file"),
        ("url: http://h\n    ca: certs", "there is no such file"),
        ("url: http://h\n    jobs: 0", "'jobs' must be a whole number from 1 on; found 0"),
        ("url: http://h\n    jobs: true", "'jobs' must be a whole number"),
        ("url: http://h\n    examples: 1.5", "'examples' must be a whole number"),
        ("url: http://h\n    concurrency: -1", "'concurrency' must be a whole number"),
        ("url: http://h\n    rate: 10", "'rate' must be N/s, N/m or N/h"),
        ("url: http://h\n    rate: [10/m]", "'rate' must be N/s, N/m or N/h"),
        ("url: http://h\n    cost_per_job: -1", "'cost_per_job' must be such as 0.02 USD"),
        ("url: http://h\n    cost_per_job: .nan", "'cost_per_job' must be such as 0.02 USD"),
        ("url: http://h\n    cost_per_job: .inf", "'cost_per_job' must be such as 0.02 USD"),
        ("url: http://h\n    cost_per_job: 1e99", "'cost_per_job' must be such as 0.02 USD"),
        ("url: http://h\n    cost_per_job: true", "'cost_per_job' must be such as 0.02 USD"),
        ("url: http://h\n    cost_per_job: {a: 1}", "'cost_per_job' must be such as 0.02 USD"),
        ("url: http://h\n    cost_per_job: 0.02 per job", "'cost_per_job' must be such as 0.02 USD"),
        ("url: http://h\n    slack: soon", "'slack' must be a duration such as 500ms"),
        ("url: http://h\n    restart: docker restart api", "what restarts it is expected here, a map"),
        ("url: http://h\n    restart: {within: 5s}", "what restarts it needs 'command'"),
        ("url: http://h\n    restart: {command: docker restart api}", "must be a list of a program and its arguments"),
        ("url: http://h\n    restart: {command: []}", "must be a list of a program|no shell reads it"),
        ("url: http://h\n    restart: {command: [sleep, 0]}", "a word of 'command' must be a text; found|quotes"),
        ("url: http://h\n    restart: {command: ['${env.NOPE}']}", "NOPE is not set"),
        ("url: http://h\n    restart: {command: [x], within: soon}", "'within' must be a duration"),
        ("url: http://h\n    ready: /version", "what to wait for is expected here, a map"),
        ("url: http://h\n    ready: {}", "what to wait for needs 'path'"),
        ("url: http://h\n    ready: {path: /v, until: 3s}", "unknown key 'until'"),
        ("url: http://h\n    ready: {path: /v, within: 10}", "'within' must be a duration"),
        ("url: http://h\n    ready: {path: /v, expect: bdy.v == 1}", "is called 'bdy'|Did you mean 'body'"),
        ("url: http://h\n    ready: {path: /v, expect: '1 + 1'}", "neither true nor false"),
        ("url: http://h\n    ready: {path: /v, expect: [a]}", "an expression is expected here"),
        ("url: http://h\n    ready: {path: /v, expect: body.v == env.NOPE}", "NOPE is not set|targets.yaml:4:41"),
        ("url: http://h\n    ready: {path: /v, expect: 'body.v == env[\"SHA\"]'}", "is written env.NAME"),
        ("url: http://h\n    probes: true", "'probes' can only be 'allowed'; found True"),
        ("url: http://h\n    waives: [recognition]", "each group that is waived needs its reason"),
        ("url: http://h\n    waives: recognition", "'waives' must be a map of names"),
        ("url: http://h\n    waives: {recognition: ' '}", "the reason why 'recognition' is waived must not be empty"),
        ("url: http://h\n    known_failures: {a/b: c}", "'known_failures' must be a list"),
        ("url: http://h\n    known_failures: [a/b]", "a known failure is expected here, a map"),
        ("url: http://h\n    known_failures: [{clause: a/b, reason: c}]", "a known failure needs 'until'"),
        ("url: http://h\n    known_failures: [{clause: a/b, reason: c, until: 2027-02-30}]", "must be a day"),
        ("url: http://h\n    known_failures: [{clause: a/b, reason: c, until: '20270131'}]", "must be a day"),
        ("url: http://h\n    known_failures: [{clause: a/b, reason: '', until: 2027-01-31}]", "must not be empty"),
        ("url: http://h\n    known_failures: [{clause: a/, reason: c, until: 2027-01-31}]", "must be CONTRACT/CLAUSE"),
        (
            "url: http://h\n    known_failures: [{clause: a/b, reason: c, until: 2027-01-31}, "
            "{clause: a/b, reason: d, until: 2027-01-31}]",
            "'a/b' is known already",
        ),
        ("url: http://h\n    production: yes", "'production' must be true or false; found 'yes'"),
        ("targets:\n  staging:\n", "a target is expected here, a map; found nothing"),
        ("targets: [staging]", "'targets' must be a map of names"),
        ("targets: {}", "no target here is called 'staging'|here: none"),
        ("target: {staging: {url: 'http://h'}}", "a target file needs 'targets'|Did you mean 'targets'"),
        ("targets: {http://h: {url: 'http://h'}}", "a target cannot be called 'http://h'"),
        ("targets: {staging: {url: http://h}, staging: {url: http://i}}", "the key 'staging' stands twice"),
        ("{broken", "this is no YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told(text: str, what: str, tmp_path: Path) -> None:
    message = told(tmp_path, text)

    assert message.startswith("targets.yaml:")
    assert "^" in message
    assert [part for part in what.split("|") if part not in message] == []
    assert "s3cr3t" not in message


@pytest.mark.parametrize("target", ["other: {url: 7, jbos: 1}", "other: {}"])
def test_the_other_targets_are_read_too(target: str, tmp_path: Path) -> None:
    text = f"targets:\n  staging: {{url: 'http://h'}}\n  {target}\n"

    assert "a target needs 'url'" in told(tmp_path, text) or "'url' must be a text" in told(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "headers: {Authorization: Bearer hunter2hunter2, b c: d}\n    url: 7",
        "headers: {Authorization: Bearer hunter2hunter2: x}",
        "headers: {'a b': c, Cookie: sid=hunter2hunter2}",
        "url: http://me:hunter2@h",
        "url: http://me:hunter2@h:99999",
        "url: http://h\n    proxy: ftp://me:hunter2@h",
        "url: http://h\n    proxy: http://me:hunter2@h/path",
        "headers: {X-Api-Key: 'hunter2é'}",
        "url: https://h?token=hunter2",
        "url: http://h\n  other: {headers: {Cookie: a=1; b=hunter2hunter2}, jbos: 1}",
    ],
)
def test_a_mistake_beside_a_secret_does_not_tell_it(text: str, tmp_path: Path) -> None:
    assert "hunter2" not in told(tmp_path, text)


def test_the_caret_stays_where_the_mistake_is_when_a_secret_before_it_is_masked(tmp_path: Path) -> None:
    lines = told(
        tmp_path, "targets: {staging: {headers: {Authorization: Bearer hunter2hunter2}, jobs: none, url: 'http://h'}}"
    ).splitlines()

    assert lines[1].index("none") == lines[2].index("^")
    assert "[secret]" in lines[1]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / TARGET_FILE).write_bytes(b"targets: \xff\xfe")
    with pytest.raises(ContractError, match="this file is not UTF-8"):
        find(tmp_path)
