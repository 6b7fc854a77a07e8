"""The test endpoints: the progress object, driven without handler and work."""

import uuid
from typing import Any

import pytest

from tests.reference_server import oracle
from tests.reference_server.client import Client, until
from tests.reference_server.shelf import photo, spine
from tests.reference_server.test_http import check

DO = "/test/do"
BOOK = {"title": "Dune", "author": "Frank Herbert", "isbn": "9780441172719", "confidence": 0.9}


async def do(server: Client, step: str, job_id: str, **fields: object) -> None:
    answer = await server.http.post(f"{DO}/{step}", json={"jobId": job_id} | fields)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"] == {"success": True}


async def state(server: Client, job_id: str) -> dict[str, Any]:
    answer = await server.http.get(f"{DO}/get-state", params={"jobId": job_id})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert isinstance(data, dict)
    return data


async def begun(server: Client, photos: int = 2) -> str:
    job_id = str(uuid.uuid4())
    await do(server, "init-batch", job_id, totalPhotos=photos, status="uploading")
    return job_id


async def test_they_are_there(fast: Client) -> None:
    check(await fast.http.get(f"{DO}/get-state"), 400, "E_INVALID_REQUEST")


async def test_a_driven_batch_sends_what_its_handler_would_have_sent(fast: Client) -> None:
    job_id = await begun(fast)
    await do(fast, "update-photo", job_id, photoIndex=0, status="processing")
    assert (await state(fast, job_id)) == {
        "jobId": job_id,
        "totalPhotos": 2,
        "photos": [
            {"index": 0, "status": "processing", "booksFound": 0},
            {"index": 1, "status": "queued", "booksFound": 0},
        ],
        "overallStatus": "processing",
        "currentPhoto": 0,
        "totalBooksFound": 0,
        "cancelRequested": False,
    }
    await do(fast, "update-photo", job_id, photoIndex=0, status="complete", booksFound=1)
    await do(fast, "update-photo", job_id, photoIndex=1, status="processing")
    await do(fast, "update-photo", job_id, photoIndex=1, status="error", error="blurred")
    result = {"status": "complete", "totalBooks": 1, "photoResults": [], "books": [BOOK]}
    await do(fast, "complete-batch", job_id, **result)
    story = await fast.story(job_id)
    oracle.check_batch(story.job, job_id, 2)
    assert story.job[-1]["books"][0]["title"] == "Dune"
    assert (await state(fast, job_id))["overallStatus"] == "complete"
    assert (await state(fast, job_id))["totalBooksFound"] == 1


async def test_a_driven_batch_can_be_cancelled(fast: Client) -> None:
    job_id = await begun(fast)
    assert (await fast.http.get(f"{DO}/is-canceled", params={"jobId": job_id})).json()["data"] == {"canceled": False}
    await do(fast, "cancel-batch", job_id)
    await do(fast, "cancel-batch", job_id)
    assert (await fast.http.get(f"{DO}/is-canceled", params={"jobId": job_id})).json()["data"] == {"canceled": True}
    assert (await state(fast, job_id))["overallStatus"] == "canceling"
    await do(fast, "complete-batch", job_id, status="canceled", totalBooks=0, photoResults=[], books=[])
    story = await fast.story(job_id)
    oracle.check_batch(story.job, job_id, 2, canceling=True)
    assert (await state(fast, job_id))["overallStatus"] == "canceled"


async def test_a_job_with_a_handler_has_a_state_too(slow: Client) -> None:
    job_id = await slow.scan([photo(spine("Dune")), b"x"])
    assert (await state(slow, job_id))["overallStatus"] == "uploading"
    async with slow.socket(job_id) as connection:
        await until(connection, photoStatus="complete")
        await slow.cancel(job_id)
        assert (await state(slow, job_id))["cancelRequested"] is True
    import_id = await slow.load("title,author\na,b\n")
    check(await slow.http.get(f"{DO}/get-state", params={"jobId": import_id}), 404, "E_NOT_FOUND")


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("init-batch", {"totalPhotos": 0, "status": "uploading"}),
        ("init-batch", {"totalPhotos": "2", "status": "uploading"}),
        ("init-batch", {"totalPhotos": True, "status": "uploading"}),
        ("init-batch", {"totalPhotos": 2}),
        ("update-photo", {"photoIndex": 2, "status": "processing"}),
        ("update-photo", {"photoIndex": -1, "status": "processing"}),
        ("update-photo", {"photoIndex": 0.5, "status": "processing"}),
        ("update-photo", {"photoIndex": "0", "status": "processing"}),
        ("update-photo", {"photoIndex": 0, "status": "done"}),
        ("update-photo", {"photoIndex": 0, "status": "complete", "booksFound": "1"}),
        ("update-photo", {"photoIndex": 0, "status": "error"}),
        ("complete-batch", {"status": "complete", "totalBooks": 0, "photoResults": {}, "books": []}),
        ("complete-batch", {"status": "complete", "totalBooks": 0, "photoResults": [], "books": [{"title": ""}]}),
    ],
)
async def test_a_wrong_index_or_type_is_refused(fast: Client, step: str, fields: dict[str, Any]) -> None:
    job_id = str(uuid.uuid4()) if step == "init-batch" else await begun(fast)
    check(await fast.http.post(f"{DO}/{step}", json={"jobId": job_id} | fields), 400, "E_INVALID_REQUEST")


async def test_a_step_out_of_order_is_refused_and_sends_nothing(fast: Client) -> None:
    job_id = await begun(fast)
    result = {"jobId": job_id, "status": "complete", "totalBooks": 0, "photoResults": [], "books": []}
    check(await fast.http.post(f"{DO}/complete-batch", json=result), 409, "E_CONFLICT")
    again = {"jobId": job_id, "totalPhotos": 2, "status": "uploading"}
    check(await fast.http.post(f"{DO}/init-batch", json=again), 409, "E_JOB_EXISTS")
    await do(fast, "update-photo", job_id, photoIndex=0, status="complete", booksFound=3.0)
    back = {"jobId": job_id, "photoIndex": 0, "status": "processing"}
    check(await fast.http.post(f"{DO}/update-photo", json=back), 409, "E_CONFLICT")
    async with fast.socket(job_id, ready=False) as connection:
        assert [(await connection.recv())[:20] for _ in range(2)] == ['{"type":"batch-init"', '{"type":"batch-progr']


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("update-photo", {"photoIndex": 0, "status": "processing"}),
        ("complete-batch", {"status": "complete", "totalBooks": 0, "photoResults": [], "books": []}),
        ("cancel-batch", {}),
    ],
)
async def test_an_unknown_job(fast: Client, step: str, fields: dict[str, Any]) -> None:
    check(await fast.http.post(f"{DO}/{step}", json={"jobId": "nobody"} | fields), 404, "E_NOT_FOUND")
    for question in ("get-state", "is-canceled"):
        check(await fast.http.get(f"{DO}/{question}", params={"jobId": "nobody"}), 404, "E_NOT_FOUND")
        check(await fast.http.get(f"{DO}/{question}", params={"jobId": " "}), 400, "E_INVALID_REQUEST")
