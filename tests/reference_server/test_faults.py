"""Each fault shows its symptom, and nothing else."""

import asyncio
import json
import subprocess

from tests.reference_server import client
from tests.reference_server.client import Client, command, receive
from tests.reference_server.shelf import photo, spine

CSV = "title,author\nDune,Frank Herbert\n"
SILENCE_SECONDS = 3  # `ready` has begun the job: a correct server needs a few milliseconds


async def check_silent(server: Client, job_id: str) -> None:
    """The socket opens, `ready` is acknowledged, and the next message would be the second acknowledgement."""
    async with server.socket(job_id) as connection:
        assert (await receive(connection))["type"] == "ready_ack"
        try:
            message = await asyncio.wait_for(connection.recv(), SILENCE_SECONDS)
        except TimeoutError:
            return
    raise AssertionError(f"not silent: {message!r}")


async def test_batch_progress_as_fetch() -> None:
    with client.process("--fault", "batch-progress-as-fetch") as (_, url):
        async with client.client(url) as server:
            await check_silent(server, await server.scan([photo(spine("Dune")), b"unreadable"]))
            assert (await server.csv(CSV)).kinds[-1] == "complete"


async def test_csv_task_without_context() -> None:
    with client.process("--fault", "csv-task-without-context") as (_, url):
        async with client.client(url) as server:
            await check_silent(server, await server.load(CSV))
            assert (await server.story(await server.scan([photo(spine("Dune"))]))).kinds[-1] == "batch-complete"


async def test_faults_combine() -> None:
    faults = ("--fault", "batch-progress-as-fetch", "--fault", "csv-task-without-context")
    with client.process(*faults) as (_, url):
        async with client.client(url) as server:
            job_ids = [await server.scan([b"x"]), await server.load(CSV)]
            await asyncio.gather(*(check_silent(server, job_id) for job_id in job_ids))


def test_list_faults() -> None:
    rows = json.loads(subprocess.run(command("--list-faults", "--json"), capture_output=True, check=True).stdout)
    told = {row["name"]: row for row in rows}
    assert told["batch-progress-as-fetch"]["killed_by"] == ["batch-scan/deadlines/first-news"]
    assert told["sometimes-500"]["seeded"]
    assert told["lost-on-restart"]["needs_restart"]
    assert rows[-1]["name"] == "no-op"
    text = subprocess.run(command("--list-faults"), capture_output=True, text=True, check=True).stdout
    unwrapped = " ".join(text.split())
    for row in rows[:-1]:
        assert f"{row['name']}" in text
        assert row["symptom"] in unwrapped
        assert ", ".join(row["killed_by"]) in unwrapped
    assert f"{len(rows) - 1} faults, and `no-op`" in text


def test_an_unknown_fault() -> None:
    ended = subprocess.run(command("--fault", "batch-progress-as-fech"), capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "reference_server: unknown fault 'batch-progress-as-fech'. Did you mean 'batch-progress-as-fetch'?\n"
    )


def test_a_seed_for_a_fault_that_takes_none() -> None:
    ended = subprocess.run(command("--fault", "never-closes:seed=7"), capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == (
        "reference_server: fault 'never-closes' takes no seed: every job has it. Write it without ':seed=7'\n"
    )
