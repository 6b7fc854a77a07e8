"""A service that is nothing like the bundled one: shrinking, budgets, rate limits, secrets, TLS."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from tests.e2e.conftest import HERE, Ran, Running

TICKS = str(HERE / "ticks.contract.yaml")
SECRET = "s3cret/tok+en=ü".encode().decode("ascii", "ignore")


def test_another_service_passes_its_own_contract(harness: Callable[..., Ran], service: Callable[..., Running]) -> None:
    ran = harness("run", TICKS, "--target", service().url)

    assert ran.status == 0, ran.out + ran.err
    assert "passed       ticks/ticks" in ran.out
    assert ran.out.splitlines()[-1].startswith("passed: 1 case (1 passed), ")


def test_a_failure_is_shrunk_to_the_smallest_input(
    harness: Callable[..., Ran], service: Callable[..., Running]
) -> None:
    ran = harness("run", TICKS, "--target", service("--wrong-from", "7").url, "--max-jobs", "60")

    assert ran.status == 1, ran.out + ran.err
    assert "FAILED  ticks/order" in ran.out
    assert "smallest input: n = 7 " in ran.out
    assert "expected next: tick(data {'i': 6})" in ran.out
    assert re.search(r"ticks\.contract\.yaml:\d+", ran.out)
    again = harness("replay", str(ran.replay_file()))
    assert again.status == 1
    assert "smallest input: n = 7 " in again.out


@pytest.mark.parametrize("most", [1, 7, 20])
def test_no_more_jobs_than_allowed(harness: Callable[..., Ran], service: Callable[..., Running], most: int) -> None:
    running = service()
    limit = [] if most == 20 else ["--max-jobs", str(most)]
    ran = harness("run", TICKS, "--target", running.url, "--examples", "40", *limit)

    assert ran.status == 0, "the case was judged, if not by every example"
    assert sum(request["what"] == "post" for request in running.recorded()) == most
    assert f"the budget of {most} job" in ran.out


def test_a_case_that_the_budget_does_not_reach_is_inconclusive(
    harness: Callable[..., Ran], reference: Callable[..., str]
) -> None:
    cases = ["goes-on-after-an-unreadable-photo", "batch-scan/connects-first", "imports-every-row", "not-multipart"]
    chosen = [word for case in cases for word in ("--case", case)]
    ran = harness("run", "--target", reference(), "--max-jobs", "2", "--concurrency", "1", *chosen)

    assert ran.status == 3
    assert "passed       batch-scan/goes-on-after-an-unreadable-photo" in ran.out
    assert "inconclusive csv-import/imports-every-row" in ran.out
    assert "  the budget of 2 jobs ran out" in ran.out
    assert "this says nothing of your change: csv-import/imports-every-row" in ran.out
    assert "passed       csv-import/not-multipart" in ran.out, "a refusal costs no job"


def test_retry_after_is_kept(harness: Callable[..., Ran], service: Callable[..., Running]) -> None:
    running = service("--busy", "1")
    ran = harness("run", TICKS, "--target", running.url, "--max-jobs", "30", "--examples", "3", "--concurrency", "1")

    assert ran.status == 0, ran.out + ran.err
    requests = running.recorded()
    assert requests[0]["what"] == "busy"
    assert requests[1]["at"] - requests[0]["at"] >= 1.0
    posts = [request for request in requests if request["what"] == "post"]
    assert len(posts) == len({request["job"] for request in posts}) == 3


def test_a_secret_goes_to_the_target_alone(harness: Callable[..., Ran], service: Callable[..., Running]) -> None:
    elsewhere = service("--wrong-from", "0")
    running = service("--stream-origin", f"ws://127.0.0.1:{elsewhere.port}")
    header = ["--header", "Authorization: Bearer ${env.TOKEN}"]
    ran = harness("run", TICKS, "--target", running.url, "--examples", "2", *header, TOKEN=SECRET)

    assert ran.status == 1, ran.out + ran.err
    assert all(request["headers"]["authorization"] == f"Bearer {SECRET}" for request in running.recorded())
    assert elsewhere.recorded()
    assert all("authorization" not in request["headers"] for request in elsewhere.recorded())
    assert SECRET not in everything_told(ran)


def test_a_secret_that_is_echoed_is_masked(harness: Callable[..., Ran], service: Callable[..., Running]) -> None:
    header = ["--header", "Authorization: Bearer ${env.TOKEN}"]
    running = service("--echo-headers")
    ran = harness("run", TICKS, "--target", running.url, "--examples", "2", *header, TOKEN=SECRET)

    assert ran.status == 1
    assert running.recorded()[0]["headers"]["authorization"] == f"Bearer {SECRET}"
    told = everything_told(ran)
    assert SECRET not in told
    assert "[secret]" in ran.replay_file().read_text("utf-8")


def test_redirects_are_not_followed(harness: Callable[..., Ran], service: Callable[..., Running]) -> None:
    elsewhere = service()
    running = service("--redirect", f"{elsewhere.url}/jobs")
    header = ["--header", "Authorization: Bearer ${env.TOKEN}"]
    ran = harness("run", TICKS, "--target", running.url, *header, TOKEN=SECRET)

    assert ran.status == 1
    assert "the answer was 307" in ran.out
    assert elsewhere.recorded() == []


def test_a_missing_variable_is_told(harness: Callable[..., Ran]) -> None:
    ran = harness("run", "--target", "http://127.0.0.1:9", "--header", "Authorization: Bearer ${env.NO_SUCH_TOKEN}")

    assert ran.status == 2
    assert ran.err == "harness: the environment variable NO_SUCH_TOKEN is not set (or empty): export it first\n"


def test_tls_is_verified(harness: Callable[..., Ran], service: Callable[..., Running], tmp_path: Path) -> None:
    authority, certificate = trustme.CA(), tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    running = service("--certificate", str(certificate))
    url = running.url.replace("http:", "https:")

    untrusted = harness("run", TICKS, "--target", url, "--examples", "2")
    assert untrusted.status == 3
    assert "certificate verify failed" in untrusted.err
    assert len(untrusted.err.splitlines()) == 1
    assert running.recorded() == []

    trusted = harness("run", TICKS, "--target", url, "--examples", "2", SSL_CERT_FILE=str(tmp_path / "ca.pem"))
    assert trusted.status == 0, trusted.out + trusted.err


def everything_told(ran: Ran) -> str:
    files = [path.read_text("utf-8") for path in ran.folder.rglob("*") if path.is_file()]
    return "\n".join([ran.out, ran.err, *files])
