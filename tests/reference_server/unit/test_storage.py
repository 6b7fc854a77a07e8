import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from reference_server.database import DataError, open_database, temporary_database
from reference_server.storage import Entry, JobExists, NewJob, Storage, StorageError

JOB = NewJob("j", "batch", 1, "{}", [b"x", None])


@contextlib.asynccontextmanager
async def storage_in(folder: Path, on_failure: Callable[[], None] = lambda: None) -> AsyncIterator[Storage]:
    storage = Storage(lambda: open_database(folder, outlives_power=True), on_failure)
    storage.start()
    try:
        yield storage
    finally:
        await storage.close()


async def test_what_was_said_is_there_after_a_restart_in_order(tmp_path: Path) -> None:
    shown: list[int] = []
    async with storage_in(tmp_path) as storage:
        await storage.accept(JOB, 0)
        for number in range(20):
            storage.say(
                Entry("j", number, [f"m{number}"], str(number), None), lambda number=number: shown.append(number)
            )
        storage.keep_found("j", 1, "[]")
        assert shown == []
        await storage.flush()
        assert shown == list(range(20))
        assert await storage.file("j", 0) == b"x"
        assert await storage.file("j", 1) is None
    async with storage_in(tmp_path) as storage:
        (job,) = await storage.unfinished()
        assert job.texts == [f"m{number}" for number in range(20)]
        assert (job.kind, job.state, job.ended_at) == ("batch", "19", None)
        assert await storage.found("j") == [(1, "[]")]


async def test_a_message_cannot_be_kept_twice(tmp_path: Path) -> None:
    """A number that is there already would be a message said twice: the storage fails rather than keep it."""
    failed = asyncio.Event()
    async with storage_in(tmp_path, failed.set) as storage:
        await storage.accept(JOB, 0)
        shown: list[str] = []
        storage.say(Entry("j", 0, ["a"], "{}", None), lambda: shown.append("a"))
        await storage.flush()
        storage.say(Entry("j", 0, ["b"], "{}", None), lambda: shown.append("b"))
        with pytest.raises(StorageError):
            await storage.flush()
        assert failed.is_set()
        assert shown == ["a"]


async def test_files_go_with_the_end_and_all_else_when_it_has_expired(tmp_path: Path) -> None:
    async with storage_in(tmp_path) as storage:
        await storage.accept(JOB, 0)
        storage.keep_found("j", 0, "[]")
        storage.say(Entry("j", 0, ["last"], "{}", 50), lambda: None)
        assert await storage.found("j") == []
        assert await storage.unfinished() == []
        await storage.forget(50)
        assert await storage.load("j") is not None
        with pytest.raises(JobExists):
            await storage.accept(JOB, 50)
        await storage.accept(JOB, 51)
        storage.say(Entry("j", 0, ["again"], "{}", 60), lambda: None)
        await storage.forget(61)
        assert await storage.load("j") is None
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as connection:
        for table in ("jobs", "messages", "files", "findings"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.parametrize("job_id", ["\ud800", "nul\0", "\U0001f4da", "'; DROP TABLE jobs; --"])
async def test_any_text_may_be_an_id(tmp_path: Path, job_id: str) -> None:
    async with storage_in(tmp_path) as storage:
        await storage.accept(NewJob(job_id, "batch", 1, "{}", []), 0)
        stored = await storage.load(job_id)
        assert stored is not None
        assert stored.job_id == job_id


async def test_a_disk_that_is_full_ends_the_storage_and_shows_nothing(tmp_path: Path) -> None:
    failed = asyncio.Event()
    opened = open_database(tmp_path, outlives_power=False)
    storage = Storage(lambda: opened, failed.set)
    storage.start()
    await storage.accept(JOB, 0)
    opened.connection.execute("PRAGMA max_page_count = 10")
    shown: list[str] = []
    storage.say(Entry("j", 0, ["x" * 1_000_000], "{}", None), lambda: shown.append("large"))
    with pytest.raises(StorageError, match="full"):
        await storage.flush()
    storage.say(Entry("j", 1, ["x"], "{}", None), lambda: shown.append("small"))
    with pytest.raises(StorageError):
        await storage.load("j")
    assert failed.is_set()
    assert shown == []
    await storage.close()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    first = open_database(tmp_path, outlives_power=False)
    with pytest.raises(DataError, match="in use by another server"):
        open_database(tmp_path, outlives_power=False)
    first.close()
    open_database(tmp_path, outlives_power=False).close()


def test_a_folder_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    open_database(tmp_path, outlives_power=False).close()
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 7")
    before = (tmp_path / "jobs.sqlite").read_bytes()
    with pytest.raises(DataError, match="newer version of this server \\(layout 7, not 2\\)"):
        open_database(tmp_path, outlives_power=False)
    assert (tmp_path / "jobs.sqlite").read_bytes() == before


async def test_a_folder_of_the_version_before_is_taken_over(tmp_path: Path) -> None:
    async with storage_in(tmp_path) as storage:
        await storage.accept(JOB, 0)
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as connection:
        connection.executescript("""
            DROP TABLE findings; ALTER TABLE files ADD COLUMN found TEXT;
            UPDATE files SET found = '["kept"]' WHERE place = 1; PRAGMA user_version = 1;
        """)
    for _ in range(2):
        async with storage_in(tmp_path) as storage:
            assert await storage.found("j") == [(1, '["kept"]')]
            assert await storage.file("j", 0) == b"x"
            storage.keep_found("j", 1, '["kept"]')  # again, as after a crash before it was said
            await storage.flush()


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(DataError, match="not a database of this server"):
        open_database(tmp_path, outlives_power=False)
    (tmp_path / "jobs.sqlite").write_bytes(b"something else" * 1000)
    with pytest.raises(DataError, match="not a database"):
        open_database(tmp_path, outlives_power=False)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="cannot use"):
        open_database(tmp_path / "file", outlives_power=False)


def test_a_temporary_folder_goes_with_its_server() -> None:
    database = temporary_database()
    assert database.folder.is_dir()
    database.close()
    assert not database.folder.exists()


def test_bodies_that_a_killed_server_left_are_swept(tmp_path: Path) -> None:
    open_database(tmp_path, outlives_power=False).close()
    (tmp_path / "incoming" / "left").write_text("x")
    database = open_database(tmp_path, outlives_power=False)
    assert list(database.incoming.iterdir()) == []
    database.close()
