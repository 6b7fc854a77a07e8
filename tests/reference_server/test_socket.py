"""The progress socket: who is sent what, whenever they come."""

import asyncio
import json

import pytest

from tests.reference_server.client import Client, Message, Story, client, process, receive, rest, until
from tests.reference_server.shelf import photo, spine

ONE = photo(spine("Dune"))
CSV = "title,author\nDune,Frank Herbert\n"
BATCH_KINDS = ["batch-init", *["batch-progress"] * 4, "batch-complete"]


async def test_each_ready_is_acknowledged_once_and_to_its_client_alone(fast: Client) -> None:
    async with fast.socket("acks") as one, fast.socket("acks", ready=False) as other:
        await one.send('{"type": "ready"}')
        acks = [await receive(one), await receive(one)]
        assert [ack["type"] for ack in acks] == ["ready_ack", "ready_ack"]
        assert all(isinstance(ack["timestamp"], int) for ack in acks)
        await fast.scan([ONE], "acks")
        stories = await asyncio.gather(rest(one), rest(other))
    assert all(message["type"] != "ready_ack" for story in stories for message in story.messages)
    assert stories[0].job == stories[1].job


@pytest.mark.parametrize(
    "frame",
    ["", "ready", "null", "[]", '"ready"', '{"type": "pong"}', '{"type": ["ready"]}', "[" * 60_000, b"\xff", b"{}"],
)
async def test_frames_that_mean_nothing_are_ignored(fast: Client, frame: str | bytes) -> None:
    async with fast.socket("frames", ready=False) as connection:
        await connection.send(frame)
        await connection.send('{"type": "ready"}')
        assert (await receive(connection))["type"] == "ready_ack"


async def test_a_frame_over_64_kib_closes_with_1009_and_harms_no_job(slow: Client) -> None:
    job_id = await slow.scan([ONE])
    async with slow.socket(job_id) as loud, slow.socket(job_id) as other:
        await loud.send("x" * 65_537)
        assert (await rest(loud)).close == 1009
        assert (await rest(other)).kinds[-1] == "batch-complete"


async def test_an_early_client_follows_from_the_first_message(fast: Client) -> None:
    async with fast.socket("early") as connection:
        assert (await receive(connection))["type"] == "ready_ack"
        await fast.scan([ONE, ONE], "early")
        story = await rest(connection)
    assert story.kinds == BATCH_KINDS
    assert story.close == 1000


async def test_a_late_client_is_sent_everything_without_its_ready(fast: Client) -> None:
    job_id = await fast.scan([ONE, ONE])
    first = await fast.story(job_id)
    late = await fast.story(job_id, ready=False)
    assert late.messages == first.job
    assert first.kinds == BATCH_KINDS
    assert late.close == 1000


async def test_clients_that_come_midway_and_return_get_the_whole_sequence(slow: Client) -> None:
    job_id = await slow.load(CSV)
    async with slow.socket(job_id) as first:
        await until(first, type="progress")
    async with slow.socket(job_id) as again, slow.socket(job_id, ready=False) as midway:
        stories = await asyncio.gather(rest(again), rest(midway))
    after = await slow.story(job_id)
    assert [story.kinds for story in stories] == [["progress"] * 4 + ["complete"]] * 2
    assert stories[0].job == stories[1].job == after.job


async def test_many_clients_see_the_same_story(slow: Client) -> None:
    job_id = await slow.scan([ONE, ONE])
    stories = await asyncio.gather(*(slow.story(job_id) for _ in range(20)))
    assert all(story.job == stories[0].job and story.close == 1000 for story in stories)
    assert stories[0].kinds == BATCH_KINDS


async def test_a_job_nobody_watches_is_done(fast: Client) -> None:
    job_id = await fast.scan([ONE, ONE])
    async with fast.socket(job_id, ready=False) as connection:
        story = await rest(connection)
    assert story.kinds == BATCH_KINDS


async def test_jobs_do_not_hear_of_each_other(slow: Client) -> None:
    async def run(title: str) -> tuple[str, Story]:
        job_id = await slow.scan([photo(spine(title))])
        return title, await slow.story(job_id)

    for title, story in await asyncio.gather(*(run(f"Volume {number}") for number in range(8))):
        assert [book["title"] for book in story.job[-1]["books"]] == [title]


async def test_a_job_id_may_need_encoding(fast: Client) -> None:
    job_id = 'a b&c=d/é"\\\u2028'
    answer = await fast.http.post(
        "/api/scan-bookshelf/batch", content=json.dumps({"jobId": job_id, "images": [{"index": 0, "data": "AAAA"}]})
    )
    assert answer.status_code == 202
    story = await fast.story("a%20b%26c%3Dd%2F%C3%A9%22%5C%E2%80%A8")
    messages: list[Message] = story.job
    assert {message["jobId"] for message in messages} == {job_id}


async def test_a_job_without_news_for_5_seconds_is_kept_alive() -> None:
    async def alive(server: Client, job_id: str, kind: str) -> Message:
        async with server.socket(job_id) as connection:
            while not is_keep_alive(message := await receive(connection)):
                pass
            assert message["type"] == kind
            return message

    def is_keep_alive(message: Message) -> bool:
        return message["type"] == "ping" or bool(message.get("data", {}).get("keepAlive"))

    with process("--photo-seconds", "600", "--csv-seconds", "600") as (_, url):
        async with client(url) as server:
            job_ids = await server.scan([ONE]), await server.load(CSV)
            ping, progress = await asyncio.gather(
                alive(server, job_ids[0], "ping"), alive(server, job_ids[1], "progress")
            )
            assert isinstance(ping["timestamp"], int)
            assert progress["data"]["progress"] == 0.02
            async with server.socket(job_ids[0], ready=False) as late:  # a keep-alive is no part of the history
                assert [(await receive(late))["type"] for _ in range(2)] == ["batch-init", "batch-progress"]
                await late.send('{"type": "ready"}')
                assert (await receive(late))["type"] == "ready_ack"
