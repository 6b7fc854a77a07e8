"""A CSV import from the request to the close."""

import pytest

from tests.reference_server.client import Client, until

GOOD = "Title,Author,ISBN\nDune,Frank Herbert,9780441172719\nEmma,,\nUlysses,James Joyce,\n"


async def test_an_import_goes_through_its_steps(fast: Client) -> None:
    job_id = await fast.load(GOOD)
    story = await fast.story(job_id)
    assert [message["data"].get("progress") for message in story.job] == [0.02, 0.05, 0.5, 0.75, None]
    assert all(message["jobId"] == job_id for message in story.job)
    assert all(isinstance(message["timestamp"], int) for message in story.job)
    assert all(message["data"]["status"] and message["data"]["keepAlive"] is False for message in story.job[:-1])
    assert story.job[-1]["type"] == "complete"
    assert story.job[-1]["data"] == {
        "books": [
            {"title": "Dune", "author": "Frank Herbert", "isbn": "9780441172719"},
            {"title": "Ulysses", "author": "James Joyce"},
        ],
        "errors": [{"title": "Emma", "error": "no author"}],
        "successRate": "2/3",
    }
    assert story.close == 1000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \r\n\t",
        b"title,author\n",
        b"title,author\n" + b"a,b\n" * 10_001,
        b"title\nDune\n",
        b'title,author\n"Dune,x\n',
        b"title,author\na,b,c\n",
        b"name,author\na,b\n",
        b"title,writer\na,b\n",
        b"title,author\n,\n",
        bytes(range(256)) * 4,
    ],
)
async def test_a_file_that_is_no_usable_csv_ends_in_an_error(fast: Client, content: bytes) -> None:
    story = await fast.csv(content)
    assert story.kinds == ["progress", "error"]
    assert story.job[0]["data"]["progress"] == 0.02
    data = story.job[1]["data"]
    assert data["error"].startswith("Invalid CSV: ")
    assert data["fallbackAvailable"] is True
    assert data["suggestion"]
    assert story.close == 1000


async def test_a_file_of_the_greatest_size_and_rows_is_imported(fast: Client) -> None:
    start = b"title,author,notes\n" + b"a,b,c\n" * 9_999
    content = start + b"a,b," + b"x" * (10 * 1024 * 1024 - len(start) - 4)
    assert len(content) == 10 * 1024 * 1024
    assert (await fast.csv(content)).job[-1]["data"]["successRate"] == "10000/10000"


async def test_a_csv_import_is_no_batch_to_cancel(slow: Client) -> None:
    job_id = await slow.load(GOOD)
    async with slow.socket(job_id) as connection:
        await until(connection, type="progress")
        answer = await slow.http.post("/api/scan-bookshelf/cancel", json={"jobId": job_id})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "E_NOT_FOUND")
