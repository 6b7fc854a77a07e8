"""Requests that are refused and requests that are just not: status, code, shape, and whether a job came of them."""

import asyncio
import base64
import functools
import uuid
from collections.abc import Awaitable

from reference_server.batch_http import MAX_PHOTO_BYTES
from reference_server.bodies import MAX_FILE_BYTES
from reference_server.components import Pace
from reference_server.csv_text import MAX_ROWS
from tests.faults.battery.bench import Bench, Noted, only_for
from tests.reference_server import shelf

BATCH = "/api/scan-bookshelf/batch"
CSV = "/api/import/csv-gemini"
SMALL = "aGVsbG8="
MIB = 1024 * 1024


async def refused(bench: Bench) -> Noted:
    request = functools.partial(bench.request, "POST")
    return await asyncio.gather(
        request(BATCH, content=b"{"),
        request(BATCH, json={"images": [{"index": 0, "data": SMALL}]}),
        request(BATCH, json={"jobId": "no-images", "images": []}),
        request(BATCH, json={"jobId": "no-data", "images": [{"index": 0}]}),
        request(CSV, json={"file": "title,author"}),
        request(CSV, files={"note": ("note.txt", b"title,author\n")}),
        request("/api/scan-bookshelf/cancel", json={"jobId": "cancel-of-nothing"}),
        bench.request("GET", "/no/such/path"),
    )


async def a_refused_request_makes_no_job(bench: Bench) -> Noted:
    job_id = f"refused-{uuid.uuid4()}"
    answer = await bench.request("POST", BATCH, json={"jobId": job_id, "images": [{"index": "0", "data": SMALL}]})
    state = await bench.request("GET", f"/test/do/get-state?jobId={job_id}")
    return answer["status"], state["status"]


async def a_driven_batch(bench: Bench) -> Noted:
    def done(step: str, **body: object) -> Awaitable[Noted]:
        return bench.request("POST", f"/test/do/{step}", json={"jobId": "driven", **body})

    return [
        await done("init-batch", totalPhotos=1, status="uploading"),
        await done("update-photo", photoIndex=1, status="processing"),
        await done("update-photo", photoIndex=0, status="processing"),
        await done("update-photo", photoIndex=0, status="complete", booksFound=1),
        await done("complete-batch", status="complete", totalBooks=0, photoResults=[], books=[]),
        await bench.request("GET", "/test/do/get-state?jobId=driven"),
    ]


async def photos_at_the_limit_of_their_number(bench: Bench) -> Noted:
    return [(await bench.scan(f"photos-{count}", [SMALL] * count))["status"] for count in (1, 4, 5, 6, 7)]


async def labels_of_all_kinds(bench: Bench) -> Noted:
    images = [{"index": label, "data": SMALL} for label in (0.5, -7, 7, 7)]
    return await bench.request("POST", BATCH, json={"jobId": "labels", "images": images})


async def an_id_that_is_taken(bench: Bench) -> Noted:
    async with bench.another(pace=Pace()) as fast:
        first = await fast.scan("taken", [SMALL])
        again = await fast.scan("taken", [SMALL])
        await fast.story("taken")
        return first, again, await fast.scan("taken", [SMALL])


async def a_cancel_of_an_import(bench: Bench) -> Noted:
    job_id, _ = await bench.load("cancelled-import", "title,author\nDune,Frank Herbert\n")
    return (await bench.cancel(job_id))["status"]


@only_for("limits")
async def photos_at_the_limit_of_their_size(bench: Bench) -> Noted:
    sizes = (MAX_PHOTO_BYTES // 10 * 9, MAX_PHOTO_BYTES, MAX_PHOTO_BYTES + 1)
    bodies = [shelf.request(f"size-{size}", [base64.b64encode(bytes(size)).decode()]) for size in sizes]
    return [(await bench.request("POST", BATCH, json=body))["status"] for body in bodies]


@only_for("limits", "http_answers")
async def files_at_the_limit_of_their_size(bench: Bench) -> Noted:
    told = []
    for size in (10_100_000, MAX_FILE_BYTES, MAX_FILE_BYTES + 1):
        answer = await bench.request("POST", CSV, files={"file": ("books.csv", b"\n" * size)})
        told.append((answer["status"], answer["status"] == 413 and answer["body"]))
    return told


@only_for("limits")
async def files_at_the_limit_of_their_rows(bench: Bench) -> Noted:
    told = []
    async with bench.another(pace=Pace()) as fast:
        for rows in (MAX_ROWS, MAX_ROWS + 1):
            job_id, _ = await fast.load(f"{rows} rows", b"title,author\n" + b"A,B\n" * rows)
            told.append((await fast.story(job_id))["job"][-1:])
    return [[message["type"] for message in job] for job in told]


SCENARIOS = (
    refused,
    a_refused_request_makes_no_job,
    a_driven_batch,
    photos_at_the_limit_of_their_number,
    labels_of_all_kinds,
    an_id_that_is_taken,
    a_cancel_of_an_import,
    photos_at_the_limit_of_their_size,
    files_at_the_limit_of_their_size,
    files_at_the_limit_of_their_rows,
)
