"""A batch scan from the request to the close."""

import asyncio
import itertools

import pytest

from tests.reference_server.client import Client, rest, until
from tests.reference_server.oracle import check_batch, steps
from tests.reference_server.shelf import photo, spine

ONE = photo(spine("Dune", "Frank Herbert", "9780441172719"))
TWO = photo(spine("Emma", "Jane Austen"), spine("Ulysses", "James Joyce"))


async def test_every_photo_is_scanned_in_order(fast: Client) -> None:
    job_id = await fast.scan([ONE, TWO, photo()])
    story = await fast.story(job_id)
    pairs = itertools.product(range(3), ("processing", "complete"))
    assert steps(story.job) == ["batch-init", *pairs, "batch-complete"]
    assert story.job[0] == {"type": "batch-init", "jobId": job_id, "totalPhotos": 3, "status": "uploading"}
    assert story.close == 1000
    check_batch(story.job, job_id, 3)
    last = story.job[-1]
    assert last["status"] == "complete"
    assert [row["booksFound"] for row in last["photoResults"]] == [1, 2, 0]
    assert [(book["title"], book["author"], book["isbn"]) for book in last["books"]] == [
        ("Dune", "Frank Herbert", "9780441172719"),
        ("Emma", "Jane Austen", None),
        ("Ulysses", "James Joyce", None),
    ]


async def test_a_photo_that_cannot_be_read_is_an_error_and_the_rest_go_on(fast: Client) -> None:
    job_id = await fast.scan([b"no picture", ONE, "data:image/jpeg;base64,AAAA", "!", "\n"])
    story = await fast.story(job_id)
    ends = [step for step in steps(story.job) if isinstance(step, tuple) and step[1] != "processing"]
    assert ends == [(0, "error"), (1, "complete"), (2, "error"), (3, "error"), (4, "error")]
    check_batch(story.job, job_id, 5)
    assert story.job[-1]["status"] == "complete"
    assert story.job[-1]["totalBooks"] == 1


async def test_of_duplicates_the_more_confident_is_kept(fast: Client) -> None:
    unsure = photo(spine("Dune (read badly)", "F. H.", "9780441172719", low=True), spine("Emma", "Jane Austen"))
    job_id = await fast.scan([unsure, ONE, TWO])
    story = await fast.story(job_id)
    check_batch(story.job, job_id, 3)
    last = story.job[-1]
    assert [(book["title"], book["confidence"]) for book in last["books"]] == [
        ("Dune", 0.9),
        ("Emma", 0.9),
        ("Ulysses", 0.9),
    ]
    assert [row["booksFound"] for row in last["photoResults"]] == [2, 1, 2]


async def test_a_second_job_of_the_same_id_is_refused_and_the_first_undisturbed(slow: Client) -> None:
    job_id = await slow.scan([ONE])
    async with slow.socket(job_id) as connection:
        await until(connection, photoStatus="processing")
        body = {"jobId": job_id, "images": [{"index": 0, "data": "AAAA"}, {"index": 1, "data": "AAAA"}]}
        answer = await slow.http.post("/api/scan-bookshelf/batch", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "E_JOB_EXISTS")
        await rest(connection)
    story = await slow.story(job_id)
    assert steps(story.job) == ["batch-init", (0, "processing"), (0, "complete"), "batch-complete"]


async def test_of_two_requests_at_once_one_is_accepted(fast: Client) -> None:
    body = {"jobId": "twins", "images": [{"index": 0, "data": "AAAA"}]}
    answers = await asyncio.gather(*(fast.http.post("/api/scan-bookshelf/batch", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]


@pytest.mark.parametrize("nth", [0, 1, 2])
async def test_cancel_midway_skips_what_is_queued(slow: Client, nth: int) -> None:
    job_id = await slow.scan([ONE, TWO, ONE])
    async with slow.socket(job_id) as connection:
        await until(connection, photoStatus="processing", currentPhoto=nth)
        assert await slow.cancel(job_id) == "canceling"
        assert await slow.cancel(job_id) in ("canceling", "canceled", "complete")
        await rest(connection)
    story = await slow.story(job_id)
    done = list(itertools.product(range(nth), ("processing", "complete")))
    tail = [(nth, "processing"), "batch-canceling", (nth, "complete"), "batch-complete"]
    assert steps(story.job) == ["batch-init", *done, *tail]
    check_batch(story.job, job_id, 3, canceling=True)
    last = story.job[-1]
    skipped = [row["status"] for row in last["photoResults"]].count("skipped")
    assert skipped == 2 - nth
    assert last["status"] == ("canceled" if skipped else "complete")
    assert await slow.cancel(job_id) == last["status"]


async def test_cancel_before_anybody_is_ready_scans_nothing(fast: Client) -> None:
    job_id = await fast.scan([ONE, TWO])
    assert await fast.cancel(job_id) == "canceling"
    story = await fast.story(job_id)
    assert steps(story.job) == ["batch-init", "batch-canceling", "batch-complete"]
    assert [row["status"] for row in story.job[-1]["photoResults"]] == ["skipped", "skipped"]
    assert story.job[-1]["status"] == "canceled"
    assert story.job[-1]["books"] == []


async def test_cancel_after_the_end_changes_nothing(fast: Client) -> None:
    job_id = await fast.scan([ONE])
    before = await fast.story(job_id)
    assert await fast.cancel(job_id) == "complete"
    assert (await fast.story(job_id)).job == before.job
