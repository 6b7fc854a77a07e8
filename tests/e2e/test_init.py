"""`harness init` as its users start it, against services of dialects that it has never seen."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import ENVIRONMENT, HARNESS, HERE, Ran, Running, starting
from tests.e2e.dialects import TOKEN

ID = "6f1c1f0e-0d6e-4f1c-8b7e-0123456789ab"
SOCKET = "${accepted.body.stream}"
ROOT = HERE.parents[1]
FILES = ["renders.contract.yaml", "targets.yaml", ".github/workflows/after202.yml", ".gitlab-ci.yml"]


@pytest.fixture
def dialects(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts a service of another dialect; it ends with the test."""
    with ExitStack() as stack:
        yield starting(stack, "dialects.py", tmp_path)


def renders(url: str, token: str = "$STAGING_TOKEN", frames: int = 3) -> str:
    return (
        f"curl -X POST {url}/v1/renders -H 'Authorization: Bearer {token}' -H 'content-type: application/json' "
        f'-d \'{{"scene": "castle", "frames": {frames}}}\''
    )


def everything(ran: Ran) -> str:
    """Whatever came out, on the console and in files."""
    files = [path.read_text("utf-8") for path in ran.folder.rglob("*") if path.is_file()]
    return "\n".join([ran.out, ran.err, *files])


def test_one_job_becomes_a_gate(harness: Callable[..., Ran], dialects: Callable[..., Running]) -> None:
    service = dialects()
    ran = harness("init", "--from-curl", renders(service.url), "--socket", SOCKET, STAGING_TOKEN=TOKEN)

    assert ran.status == 0, ran.out + ran.err
    assert [line["what"] for line in service.recorded()] == ["post", "events"], "one job"
    assert [name for name in FILES if not (ran.folder / name).is_file()] == []
    assert re.search(r"^ +\+\d\.\d{3} s  received    \{\"event\": \"queued\"", ran.out, re.M)
    assert "the job that was seen (.harness/first.ndjson) passes renders.contract.yaml" in ran.out
    assert TOKEN not in everything(ran)

    checked = harness("check", ".harness/first.ndjson")
    assert (checked.status, checked.err) == (0, ""), checked.out
    gate = harness("run", "renders.contract.yaml", "--target", "staging", "--max-jobs", "6", STAGING_TOKEN=TOKEN)
    assert gate.status == 0, gate.out
    assert "passed: 2 cases (2 passed)" in gate.out


def test_each_guess_is_told_with_the_line_at_which_it_stands(
    harness: Callable[..., Ran], dialects: Callable[..., Running]
) -> None:
    ran = harness("init", "--from-curl", renders(dialects().url), STAGING_TOKEN=TOKEN)

    lines = (ran.folder / "renders.contract.yaml").read_text("utf-8").splitlines()
    told = re.findall(r"^ +(\d+)\. renders\.contract\.yaml:(\d+) +(.*) \((.*)\)$", ran.out, re.M)
    assert [int(number) for number, *_ in told] == list(range(1, len(told) + 1))
    assert len(told) == sum("guessed:" in line for line in lines)
    for _, line, _, why in told:
        assert f"guessed: {why}" in " ".join(lines[int(line) - 2 : int(line)]), (line, why)


def test_a_gate_that_was_written_stops_what_breaks(
    harness: Callable[..., Ran], dialects: Callable[..., Running]
) -> None:
    ran = harness("init", "--from-curl", renders(dialects().url), STAGING_TOKEN=TOKEN)
    assert ran.status == 0
    header = ["--header", f"Authorization: Bearer {TOKEN}", "--max-jobs", "2"]

    broken = harness("run", "renders.contract.yaml", "--target", dialects("--mute").url, *header)
    assert broken.status == 1, broken.out
    assert "silent" in broken.out


def test_a_literal_token_becomes_a_variable_and_is_nowhere(
    harness: Callable[..., Ran], dialects: Callable[..., Running]
) -> None:
    ran = harness("init", "--from-curl", renders(dialects().url, TOKEN), "--socket", SOCKET)

    assert ran.status == 0, ran.out + ran.err
    assert "Authorization: Bearer ${env.RENDERS_TOKEN}" in (ran.folder / "targets.yaml").read_text("utf-8")
    assert "  export RENDERS_TOKEN=...\n" in ran.out
    assert TOKEN not in everything(ran)


def test_a_ticket_that_is_fetched_for_the_socket(harness: Callable[..., Ran], dialects: Callable[..., Running]) -> None:
    service = dialects("--ticket")
    ticket = (
        f"ticket=curl -X POST '{service.url}/v1/tickets?render=${{accepted.body.id}}' "
        "-H 'Authorization: Bearer $STAGING_TOKEN'"
    )
    socket = "${accepted.body.stream}?ticket=${ticket.body.ticket}"
    command = ["init", "--from-curl", renders(service.url), "--socket", socket, "--before", ticket]
    ran = harness(*command, STAGING_TOKEN=TOKEN)

    assert ran.status == 0, ran.out + ran.err
    post, made, events = service.recorded()
    assert made["render"] == post["job"] == events["job"]
    assert made["ticket"] not in everything(ran)
    assert TOKEN not in everything(ran)
    contract = yaml.safe_load((ran.folder / "renders.contract.yaml").read_text("utf-8"))
    assert contract["before"] == {
        "ticket": {
            "method": "POST",
            "path": "/v1/tickets?render=${accepted.body.id}",
            "once": "connection",
            "secret": True,
        }
    }
    assert contract["socket"]["connect"] == "${accepted.body.stream}?ticket=${ticket.body.ticket}"

    gate = harness("run", "renders.contract.yaml", "--target", "staging", "--max-jobs", "4", STAGING_TOKEN=TOKEN)
    assert gate.status == 0, gate.out + gate.err


def test_a_login_made_before(harness: Callable[..., Ran], dialects: Callable[..., Running]) -> None:
    service = dialects()
    login = f"login=curl -X POST {service.url}/login -u me:pass"
    ran = harness("init", "--from-curl", renders(service.url, "${login.body.token}"), "--before", login)

    assert ran.status == 0, ran.out + ran.err
    assert service.recorded()[-1]["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in everything(ran)
    assert "bWU6cGFzcw" not in everything(ran)
    contract = yaml.safe_load((ran.folder / "renders.contract.yaml").read_text("utf-8"))
    carried = {"Authorization": "Bearer ${login.body.token}"}
    assert contract["before"]["login"] == {"method": "POST", "path": "/login", "once": "run", "secret": True}
    assert (contract["request"]["headers"], contract["socket"]["headers"]) == (carried, carried)
    assert "Authorization: Basic ${env.RENDERS_CREDENTIALS}" in (ran.folder / "targets.yaml").read_text("utf-8")


def test_the_socket_may_be_in_a_header(harness: Callable[..., Ran], dialects: Callable[..., Running]) -> None:
    body = json.dumps({"jobId": ID, "files": ["a", "b"]})
    command = ["init", "--from-curl", f"curl {dialects().url}/chunks --json '{body}'", "--send", '{"type": "start"}']
    ran = harness(*command, "--socket", "${accepted.headers.location}")

    assert ran.status == 0, ran.out + ran.err
    assert "connect: ${accepted.headers.location}" in (ran.folder / "chunks.contract.yaml").read_text("utf-8")


def test_the_socket_may_take_a_secret_from_the_environment(
    harness: Callable[..., Ran], dialects: Callable[..., Running]
) -> None:
    secret = "hush hush/123"
    socket = "${accepted.body.stream}?token=$SOCKET_TOKEN"
    command = ["init", "--from-curl", renders(dialects().url), "--socket", socket]
    ran = harness(*command, STAGING_TOKEN=TOKEN, SOCKET_TOKEN=secret)

    assert ran.status == 0, ran.out + ran.err
    text = (ran.folder / "renders.contract.yaml").read_text("utf-8")
    assert "connect: ${accepted.body.stream}?token=${env.SOCKET_TOKEN}" in text
    assert "SOCKET_TOKEN" in (ran.folder / FILES[2]).read_text("utf-8")
    assert re.search("hush.{1,3}hush", everything(ran)) is None
    run = ["run", "renders.contract.yaml", "--target", "staging", "--max-jobs", "4"]
    gate = harness(*run, STAGING_TOKEN=TOKEN, SOCKET_TOKEN=secret)
    assert gate.status == 0, gate.out + gate.err


def test_a_misspelt_socket_is_told_with_what_the_answer_has(
    harness: Callable[..., Ran], dialects: Callable[..., Running]
) -> None:
    body = json.dumps({"jobId": ID, "files": ["a", "b"]})
    command = ["init", "--from-curl", f"curl {dialects().url}/chunks --json '{body}'"]
    ran = harness(*command, "--socket", "${accepted.headers.locaton}")
    assert ran.status == 2, ran.out
    assert "accepted.headers has no 'locaton'; here: " in ran.err
    assert "Did you mean 'location'?\nThe job was started all the same, and nothing was written" in ran.err
    assert list(ran.folder.iterdir()) == []

    without = harness(*command)
    assert without.status == 2
    assert "such as --socket '${accepted.headers.location}'" in without.err


def test_another_dialect_with_an_id_of_the_client(
    harness: Callable[..., Ran], dialects: Callable[..., Running]
) -> None:
    service = dialects()
    body = json.dumps({"jobId": ID, "tag": None, "files": ["a", "b", "c"]})
    command = ["init", "--from-curl", f"curl {service.url}/chunks --json '{body}'", "--socket", f"/feed?job={ID}"]
    ran = harness(*command, "--send", json.dumps({"type": "start", "job": "${job_id}"}))

    assert ran.status == 0, ran.out + ran.err
    post, feed = service.recorded()
    assert post["job"] == feed["job"] == feed["start"]["job"] != ID
    text = (ran.folder / "chunks.contract.yaml").read_text("utf-8")
    assert "connect: /feed?job=${job_id}" in text
    assert "interleaved: true" in text
    gate = harness("run", "chunks.contract.yaml", "--target", service.url, "--max-jobs", "6")
    assert gate.status == 0, gate.out
    assert [line["tag"] for line in service.recorded() if line["what"] == "post"] == [None] * 7


@pytest.mark.parametrize(
    ("options", "token", "status", "told"),
    [
        ((), "wrong-token", 1, "the answer is 401, not 202; nothing was written. Its body:"),
        (("--busy",), TOKEN, 3, "the service asks to be left alone (429): try again, in 7 s. Nothing was written."),
        (("--mute",), TOKEN, 1, "silent job (acknowledged-but-nothing): the 202 came after"),
    ],
)
def test_a_job_that_shows_nothing_writes_nothing(
    harness: Callable[..., Ran],
    dialects: Callable[..., Running],
    options: tuple[str, ...],
    token: str,
    status: int,
    told: str,
) -> None:
    command = ["init", "--from-curl", renders(dialects(*options).url), "--socket", SOCKET, "--quiet-for", "300ms"]
    ran = harness(*command, "--send", '{"type": "start"}', STAGING_TOKEN=token)

    assert ran.status == status, ran.out + ran.err
    assert told in ran.out
    assert list(ran.folder.iterdir()) == []
    assert token not in ran.out + ran.err


def test_a_socket_that_does_not_open(harness: Callable[..., Ran], dialects: Callable[..., Running]) -> None:
    ran = harness("init", "--from-curl", renders(dialects("--ticket").url), STAGING_TOKEN=TOKEN)

    assert ran.status == 1
    assert "silent job (not-upgraded): the 202 came after" in ran.out
    assert list(ran.folder.iterdir()) == []


def test_nobody_there(harness: Callable[..., Ran]) -> None:
    ran = harness("init", "--from-curl", renders("http://127.0.0.1:9"), STAGING_TOKEN=TOKEN)

    assert ran.status == 3
    assert ran.err == "harness: no answer: connection refused, or no such host. Nothing was written.\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "say what starts a job: harness init --from-curl"),
        (("--from-curl", "curl http://x -H 'Authorization: Bearer $NOT_SET'"), "NOT_SET is not set"),
        (("--from-curl", "curl http://x", "--socket", "${answer.body.x}"), "nothing here is called 'answer'"),
        (("--from-curl", "curl http://x", "--socket", "/ws?token=hushhush123"), "--socket: query token looks like"),
        (("--from-curl", "curl http://x", "--socket", "/ws?token=${env.NOT_SET}"), "NOT_SET is not set"),
        (("--from-curl", "curl http://x", "--send", '{"token": "hushhush123"}'), "--send: token looks like a secret"),
        (("--from-curl", "curl http://x", "--send", "ready"), "--send takes JSON"),
        (("--from-curl", "curl http://x", "--before", "curl http://x"), "--before takes NAME=CURL"),
        (("--from-curl", "curl http://x", "--before", "accepted=curl http://x"), "cannot be called 'accepted'"),
        (("--from-curl", "curl http://x", "--quiet-for", "30"), "--quiet-for takes a duration"),
        (("--from-curl", "curl http://x", "--name", "a b"), "--name takes letters"),
        (("--from-curl", "curl http://x/r -d @none.json"), "none.json, which the curl command names, cannot be read"),
        (("--from-trace", "none.ndjson"), "none.ndjson: this file cannot be read"),
    ],
)
def test_wrong_usage_says_what_to_do(harness: Callable[..., Ran], arguments: tuple[str, ...], told: str) -> None:
    ran = harness("init", *arguments)

    assert ran.status == 2
    assert told in ran.err
    assert "Traceback" not in ran.err
    assert list(ran.folder.iterdir()) == []


def test_what_is_there_is_kept(harness: Callable[..., Ran], dialects: Callable[..., Running]) -> None:
    service = dialects()
    command = ["init", "--from-curl", renders(service.url)]
    first = harness(*command, STAGING_TOKEN=TOKEN)
    for name in FILES[1:]:
        (first.folder / name).write_text("mine\n", "utf-8")
    again = harness(*command, STAGING_TOKEN=TOKEN)
    assert again.status == 2
    assert "renders.contract.yaml is there already: --force replaces it" in again.err
    assert len(service.recorded()) == 2, "no second job"

    other = harness(*command, "--name", "other", STAGING_TOKEN=TOKEN)
    assert other.status == 0
    assert "targets.yaml is left as it is; add this below `targets:`\n  staging:\n    url: http://" in other.out
    assert "add to .gitlab-ci.yml: include: [{local: after202.gitlab-ci.yml}]" in other.out
    assert [(other.folder / name).read_text("utf-8") for name in FILES[1:]] == ["mine\n"] * 3

    forced = harness(*command, "--force", STAGING_TOKEN=TOKEN)
    assert forced.status == 0
    assert [(forced.folder / name).read_text("utf-8") == "mine\n" for name in FILES[1:]] == [True, False, True]


def test_files_go_where_they_are_wanted(harness: Callable[..., Ran], dialects: Callable[..., Running]) -> None:
    command = [
        "init",
        "--from-curl",
        renders(dialects().url),
        "--into",
        "my gate/x",
        "--target",
        "qa",
        "--multiple",
        "10",
    ]
    ran = harness(*command, STAGING_TOKEN=TOKEN)

    assert ran.status == 0, ran.out + ran.err
    folder = ran.folder / "my gate" / "x"
    assert sorted(path.name for path in folder.iterdir()) == [
        ".github",
        ".gitlab-ci.yml",
        ".harness",
        "renders.contract.yaml",
        "targets.yaml",
    ]
    assert list(yaml.safe_load((folder / "targets.yaml").read_text("utf-8"))["targets"]) == ["qa"]
    assert ", times 10" in (folder / "renders.contract.yaml").read_text("utf-8")
    assert (folder / ".harness" / ".gitignore").read_text("utf-8") == "*\n"
    assert harness("check", "my gate/x/.harness/first.ndjson").status == 0


# --- recordings ---


def test_a_recording_of_ours_is_enough(harness: Callable[..., Ran], dialects: Callable[..., Running]) -> None:
    service = dialects()
    first = harness("init", "--from-curl", renders(service.url), STAGING_TOKEN=TOKEN)
    recording = first.folder / "recording.ndjson"
    recording.write_bytes((first.folder / ".harness" / "first.ndjson").read_bytes())

    alone = harness("init", "--from-trace", "recording.ndjson", "--into", "alone")
    assert alone.status == 0, alone.out + alone.err
    text = (alone.folder / "alone" / "recording.contract.yaml").read_text("utf-8")
    assert "guessed: the recording has no body and no headers; write what is sent" in text
    assert "connect: ${accepted.body.stream}" in text
    assert "repeat: frame" in text
    assert harness("check", "alone/.harness/first.ndjson").status == 0

    both = harness(
        "init",
        "--from-trace",
        "recording.ndjson",
        "--from-curl",
        renders(service.url),
        "--into",
        "both",
        STAGING_TOKEN=TOKEN,
    )
    assert both.status == 0, both.out + both.err
    assert (both.folder / "both" / "renders.contract.yaml").read_text("utf-8") == (
        first.folder / "renders.contract.yaml"
    ).read_text("utf-8")
    assert len(service.recorded()) == 2, "nothing was sent"


def test_somebody_elses_recording_is_enough(harness: Callable[..., Ran]) -> None:
    lines = [
        {"dir": "open", "at": 5.0},
        {"dir": "out", "at": 5.01, "data": {"type": "ready"}},
        *({"dir": "in", "at": 5.1 + n / 10, "data": {"type": "page", "job_id": "j-1", "number": n}} for n in range(4)),
        {"dir": "in", "at": 5.6, "data": {"type": "done", "job_id": "j-1", "session_token": "s3cr3t-12345"}},
        {"dir": "close", "at": 5.61, "code": 1000},
    ]
    folder = harness("list").folder
    (folder / "old.ndjson").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    ran = harness("init", "--from-trace", "old.ndjson", "--name", "pages")

    assert ran.status == 0, ran.out + ran.err
    text = (folder / "pages.contract.yaml").read_text("utf-8")
    assert "path: /REPLACE-ME" in text
    assert "request  (" not in ran.out
    assert "the recording does not have it; write what is sent" in ran.out
    assert "ready: {json: {type: ready}}" in text
    assert "the-same-job" in text
    assert "s3cr3t" not in ran.out + text
    assert not (folder / ".harness").exists()
    assert harness("check", "old.ndjson", "--contract", "pages.contract.yaml", "--case", "works").status == 0


def test_a_broken_recording_is_told(harness: Callable[..., Ran]) -> None:
    folder = harness("list").folder
    (folder / "old.ndjson").write_text('{"dir": "open", "at": 0}\n{"dir": "inn", "at": 1}\n', "utf-8")
    ran = harness("init", "--from-trace", "old.ndjson")

    assert ran.status == 2
    assert ran.err.startswith("harness: old.ndjson:2: 'dir' must be")


# --- a terminal ---


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are another thing there")
def test_questions_in_a_terminal(dialects: Callable[..., Running], tmp_path: Path) -> None:
    import pty

    service = dialects()
    answers = [service.url, "POST /v1/renders", '{"scene": "x", "frames": 2}', "STAGING_TOKEN", "", ""]
    controller, terminal = pty.openpty()
    environment = {**ENVIRONMENT, "STAGING_TOKEN": TOKEN, "TERM": "dumb"}
    process = subprocess.Popen(
        [*HARNESS, "init"],
        cwd=tmp_path,
        env=environment,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(terminal)
    os.write(controller, "".join(f"{answer}\n" for answer in answers).encode())
    out, err = process.communicate(timeout=60)
    os.close(controller)

    assert process.returncode == 0, out + err
    assert "Address of the service" in out
    assert "input frames" in out
    assert (tmp_path / "renders.contract.yaml").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
def test_ctrl_c_leaves_nothing_behind(dialects: Callable[..., Running], tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    process = subprocess.Popen(
        [*HARNESS, "init", "--from-curl", renders(dialects("--mute").url)],
        cwd=folder,
        env={**ENVIRONMENT, "STAGING_TOKEN": TOKEN, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if " open" in line:
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "interrupted; nothing was written" in err
    assert list(folder.iterdir()) == []


# --- the how-to ---


def blocks(page: str) -> list[list[list[str]]]:
    """The commands of each block of shell on a page, as words; `export` is left out."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    found = []
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        lines = block.replace("\\\n", " ").splitlines()
        found.append([shlex.split(line)[1:] for line in lines if line.startswith("harness ")])
    return found


def test_the_commands_of_the_how_to(harness: Callable[..., Ran], dialects: Callable[..., Running]) -> None:
    plain, ticketed = dialects().url, dialects("--ticket").url
    first, follow, ticket, recordings = blocks("first-contract.md")

    def here(words: list[str], url: str) -> list[str]:
        words = [
            word.replace("https://staging.example.com/tickets?job=", f"{url}/v1/tickets?render=") for word in words
        ]
        words = [word.replace("https://staging.example.com/renders", f"{url}/v1/renders") for word in words]
        return [word.replace("https://staging.example.com", url) for word in words]

    for commands, url in ((first, plain), (follow, plain), (ticket, ticketed), (recordings, plain)):
        for words in commands:
            ran = harness(*here(words, url), STAGING_TOKEN=TOKEN)
            assert ran.status == 0, (words, ran.out, ran.err)
            (ran.folder / "recording.ndjson").write_bytes((ran.folder / ".harness" / "first.ndjson").read_bytes())
    assert {path.name for path in ran.folder.glob("*.contract.yaml")} == {
        "renders.contract.yaml",
        "with-ticket.contract.yaml",
        "again.contract.yaml",
        "both.contract.yaml",
    }
