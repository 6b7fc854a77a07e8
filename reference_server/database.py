"""The folder in which a server keeps its jobs: one SQLite database, and a lock that says whose it is.

What `kill -9` leaves behind is a whole database: SQLite finishes or undoes the last transaction when the next server
opens it. The lock goes with the process that holds it, however that ends.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

LAYOUT = 2
_APPLICATION_ID = 0x20220202
_FINDINGS = """
CREATE TABLE findings (
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, place INTEGER NOT NULL, books TEXT NOT NULL,
    PRIMARY KEY (job, place)
);
"""
_TABLES = f"""
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, accepted_at INTEGER NOT NULL, ended_at INTEGER, state TEXT NOT NULL
);
CREATE INDEX ends ON jobs (ended_at);
CREATE TABLE messages (
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, number INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (job, number)
);
CREATE TABLE files (
    job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, place INTEGER NOT NULL, content BLOB,
    PRIMARY KEY (job, place)
);
{_FINDINGS}
"""
_FROM_LAYOUT_1 = f"{_FINDINGS} INSERT INTO findings SELECT job, place, found FROM files WHERE found IS NOT NULL;"


class DataError(Exception):
    """A data folder cannot be used; the text says why, for the person who named it."""


@dataclass(frozen=True)
class Database:
    """An opened data folder. `connection` is in autocommit mode and may be used by one thread at a time."""

    folder: Path
    connection: sqlite3.Connection
    _lock: sqlite3.Connection
    _temporary: bool = False

    @property
    def incoming(self) -> Path:
        """Where request bodies wait that are too large to be held in memory; emptied at every start."""
        return self.folder / "incoming"

    def close(self) -> None:
        """Leave the folder to the next server."""
        self.connection.close()
        self._lock.close()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)


def open_database(folder: Path, *, outlives_power: bool) -> Database:
    """The database in `folder`, made if there is none; call `close` at the end.

    It outlives the end of the process in any case, and with `outlives_power` that of the machine, for an fsync a
    transaction.

    Raises:
        DataError: the folder cannot be written, is in use, or holds what this version does not know.
    """
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = _lock(folder)
        try:
            connection = _connect(folder, "FULL" if outlives_power else "OFF")
            database = Database(folder, connection, lock)
            _empty(database.incoming)
        except BaseException:
            lock.close()
            raise
    return database


def temporary_database() -> Database:
    """A database in a folder of its own, which `close` removes.

    Raises:
        DataError: there is no place for temporary files.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="after202-"))
    except OSError as error:
        raise DataError(f"cannot make a temporary folder for data: {error.strerror}; name one with --data") from error
    return replace(open_database(folder, outlives_power=False), _temporary=True)


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"cannot use {str(folder)!r} for data: {error.strerror}") from error
    except sqlite3.Error as error:
        raise DataError(f"cannot use {str(folder)!r} for data: {error}") from error


def _lock(folder: Path) -> sqlite3.Connection:
    """A connection that holds the folder's lock; SQLite's own locks work wherever SQLite does."""
    lock = sqlite3.connect(folder / "lock", timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if "locked" in str(error):
            raise DataError(f"{str(folder)!r} is in use by another server; name another folder with --data") from error
        raise
    return lock


def _connect(folder: Path, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "jobs.sqlite", isolation_level=None, check_same_thread=False)
    try:
        layout = _layout(connection, folder)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_size_limit = 16777216")
        connection.execute("PRAGMA secure_delete = OFF")  # SQLite's default, but not that of every system
        if layout < LAYOUT:
            tables = _FROM_LAYOUT_1 if layout else _TABLES
            connection.executescript(
                f"BEGIN; {tables} PRAGMA user_version = {LAYOUT}; PRAGMA application_id = {_APPLICATION_ID}; COMMIT"
            )
    except BaseException:
        connection.close()
        raise
    return connection


def _layout(connection: sqlite3.Connection, folder: Path) -> int:
    """The version of the database's tables, 0 where there are none yet."""
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application != _APPLICATION_ID:
        raise DataError(f"{str(folder / 'jobs.sqlite')!r} is not a database of this server; name another --data folder")
    if layout > LAYOUT:
        raise DataError(
            f"{str(folder)!r} was written by a newer version of this server (layout {layout}, not {LAYOUT}); "
            "use that version, or name another folder with --data"
        )
    return int(layout)


def _empty(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
