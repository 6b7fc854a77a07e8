"""A server of this process with faults, and the plainest client there is: it expects nothing, and notes what it sees.

The server's clock runs `SPEED` times as fast as the machine's, so that a keep-alive, due after 5 s, comes after one.
Whatever varies from run to run (ids that the server makes, instants) is taken out of what is noted; all else stays.
Nothing here raises because the server misbehaves: that is what is to be noted.
"""

import asyncio
import contextlib
import functools
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from reference_server import application, serving
from reference_server.books import Book
from reference_server.clock import Clock
from reference_server.components import Components, Pace, Platform
from reference_server.database import open_database, temporary_database
from reference_server.faults import Fault, with_faults
from reference_server.photos import read_photo
from reference_server.workshop import Workshop
from tests.reference_server import shelf

SPEED = 5.0
PACE = Pace(photo_seconds=2.0, csv_seconds=8.0)
LEISURELY = Pace(photo_seconds=5.0, csv_seconds=20.0)  # time enough to do something in the middle of a job
QUIET_SECONDS = 2.5  # of the machine: a connection on which nothing came for so long is given up,
OPEN_SECONDS = 6.0  # and so is one that is open for so long
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_MILLISECONDS = range(1_600_000_000_000, 4_000_000_000_000)

Noted = Any  # plain data: what a scenario saw
Scenario = Callable[["Bench"], Awaitable[Noted]]
_PLAYED_FOR: dict[Scenario, frozenset[str]] = {}


def only_for(*families: str) -> Callable[[Scenario], Scenario]:
    """Marks a scenario that takes long: it is played with faults of these families alone, and without any."""

    def mark(scenario: Scenario) -> Scenario:
        _PLAYED_FOR[scenario] = frozenset(families)
        return scenario

    return mark


def is_played(scenario: Scenario, faults: Sequence[Fault]) -> bool:
    """Whether a scenario is one for a server with `faults`."""
    families = _PLAYED_FOR.get(scenario)
    return families is None or any(fault.family in families for fault in faults)


class FastClock(Clock):
    """A clock on which everything takes a fraction of its time; timestamps are the machine's."""

    def __init__(self, speed: float) -> None:
        self._speed = speed

    def monotonic(self) -> float:
        return super().monotonic() * self._speed

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / self._speed)

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        return await super().wait(event, None if seconds is None else seconds / self._speed)


class _Threads(Workshop):
    """A workshop without processes, of which a hundred servers would start too many."""

    async def do(self, function: Callable[[Any], Any], argument: Any, *, heavy: bool) -> Any:  # noqa: ANN401
        return await super().do(function, argument, heavy=False)


class _Server(uvicorn.Server):
    """A server of which many run in one process: signals are none of its business. `up` is set once it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@functools.lru_cache(maxsize=256)
def _books(content: bytes | None) -> tuple[Book, ...]:
    return tuple(read_photo(content))


def remembering(content: bytes | None) -> list[Book]:
    """The correct photo reader, which a hundred servers need not run on the same photos again."""
    return list(_books(content))


class Bench:
    """A server with `faults`, and what a client can do to it.

    Job ids of scans are the scenario's to choose: have letters in them, and another id in each scenario. An import's
    is the server's; in what is noted it reads `<name>`, the name given to `load`.
    """

    def __init__(self, url: str, http: httpx.AsyncClient, faults: Sequence[Fault]) -> None:
        self.url = url
        self.faults = faults
        self._http = http
        self._names: dict[str, str] = {}
        self._watches: set[Watch] = set()
        self._others: list[Bench] = []
        self.given_up = False

    def give_up(self) -> None:
        """Break off all connections, and open no more: what was to be seen has been seen."""
        self.given_up = True
        for watch in self._watches:
            watch.abort()
        for other in self._others:
            other.give_up()

    async def request(self, method: str, path: str, **sent: Noted) -> dict[str, Any]:
        """The answer, as it is noted: status, content type and body; `headers` has all of them, in lower case."""
        if self.given_up:
            return {"problem": "given up", "body": None}
        try:
            answer = await self._http.request(method, self.url + path, **sent)
        except httpx.HTTPError as error:
            return {"problem": type(error).__name__, "body": None}
        kind = answer.headers.get("content-type")
        return {"status": answer.status_code, "type": kind, "body": self.plain(answer.text)}

    async def headers(self, method: str, path: str, **sent: Noted) -> httpx.Headers:
        """The headers of an answer; none if none came."""
        try:
            return (await self._http.request(method, self.url + path, **sent)).headers
        except httpx.HTTPError:
            return httpx.Headers()

    async def scan(self, job_id: str, photos: Sequence[bytes | str]) -> dict[str, Any]:
        """Ask for a batch scan."""
        return await self.request("POST", "/api/scan-bookshelf/batch", json=shelf.request(job_id, photos))

    async def cancel(self, job_id: str) -> dict[str, Any]:
        """Ask for a batch scan to end."""
        return await self.request("POST", "/api/scan-bookshelf/cancel", json={"jobId": job_id})

    async def load(self, name: str, content: bytes | str) -> tuple[str, dict[str, Any]]:
        """Ask for an import; its id (empty if none came), and the answer."""
        answer = await self.request("POST", "/api/import/csv-gemini", files={"file": ("books.csv", content)})
        try:
            job_id = answer["body"]["data"]["jobId"]
        except (KeyError, TypeError):
            return "", answer
        self._names[str(job_id)] = f"<{name}>"
        return str(job_id), answer | {"body": self.plain(json.dumps(answer["body"]))}

    @contextlib.asynccontextmanager
    async def watch(self, job_id: str, *, ready: bool = True) -> AsyncIterator["Watch"]:
        """A connection to a job, `ready` said at once or not."""
        watch = Watch(self)
        if self.given_up:
            yield watch
            return
        url = f"{self.url.replace('http', 'ws', 1)}/ws/progress?jobId={job_id}"
        try:
            connection = await connect(url, compression=None, proxy=None, max_size=None, open_timeout=OPEN_SECONDS)
        except InvalidStatus as error:
            watch.close = f"not opened: {error.response.status_code}"
            yield watch
            return
        except (OSError, WebSocketException) as error:
            watch.close = f"not opened: {type(error).__name__}"
            yield watch
            return
        async with connection:
            watch.connection = connection
            self._watches.add(watch)
            if ready:
                await watch.send('{"type": "ready"}')
            yield watch
        self._watches.discard(watch)

    async def story(self, job_id: str, *, ready: bool = True) -> dict[str, Any]:
        """All that one connection is told until it is closed, as it is noted."""
        async with self.watch(job_id, ready=ready) as watch:
            return await watch.rest()

    @contextlib.asynccontextmanager
    async def another(
        self,
        *,
        pace: Pace = PACE,
        speed: float = SPEED,
        data: Path | None = None,
        rate_limit: tuple[int, float] | None = None,
    ) -> AsyncIterator["Bench"]:
        """A second server with the same faults, of another pace or speed, on a data folder or with a rate limit."""
        async with served(self.faults, self._http, pace=pace, speed=speed, data=data, rate_limit=rate_limit) as bench:
            bench._names = self._names
            bench.given_up = self.given_up
            self._others.append(bench)
            yield bench

    def plain(self, text: str | bytes) -> Noted:
        """A body or frame as it is noted: as JSON if it is, ids and instants taken out."""
        if isinstance(text, bytes):
            return {"binary": text.hex()}
        for job_id, name in self._names.items():
            text = text.replace(job_id, name)
        try:
            return _timeless(json.loads(text))
        except ValueError:
            return {"no JSON": text}


class Watch:
    """One connection: `frames` are all that came so far, `close` is how it ended, or None."""

    connection: ClientConnection | None = None

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + OPEN_SECONDS
        self.opened = self._loop.time()
        self.frames: list[str | bytes] = []
        self.instants: list[float] = []
        self.close: int | str | None = None
        self.closed_at: float | None = None

    def abort(self) -> None:
        """Break the connection off."""
        if self.connection is not None:
            self.connection.transport.abort()

    async def send(self, frame: str | bytes) -> None:
        """Send a frame; a connection that has ended is one for the next read to notice."""
        if self.connection is not None:
            with contextlib.suppress(ConnectionClosed):
                await self.connection.send(frame)

    async def until(self, kind: str, nth: int = 1, **fields: object) -> bool:
        """Read until the `nth` message of this type with these fields came; False if the connection ended before."""
        while True:
            found = [message for message in self.messages if _is(message, kind, fields)]
            if len(found) >= nth:
                return True
            if not await self.read():
                return False

    async def read(self, seconds: float = QUIET_SECONDS) -> bool:
        """Read one frame; False if none came within `seconds` (of the machine), or none will come."""
        if self.connection is None or self.close is not None:
            return False
        left = min(seconds, self._end - self._loop.time())
        try:
            frame = await asyncio.wait_for(self.connection.recv(), max(left, 0.001))
        except TimeoutError:
            return False
        except ConnectionClosed as closed:
            self.close = closed.rcvd.code if closed.rcvd else "broken off"
            self.closed_at = self._loop.time()
            return False
        self.frames.append(frame)
        self.instants.append(self._loop.time())
        return True

    async def rest(self, *, acks: bool = False) -> dict[str, Any]:
        """Read until the connection is closed, and tell."""
        while await self.read():
            pass
        return self.told(acks=acks)

    @property
    def messages(self) -> list[Any]:
        """What came so far, as it is noted."""
        return [self._bench.plain(frame) for frame in self.frames]

    def told(self, *, acks: bool = False) -> dict[str, Any]:
        """What came, as it is noted: job messages in order, and how it ended; no keep-alives.

        Ask for `acks`, the acknowledgements, only if the job cannot have been over when `ready` arrived.
        """
        messages = self.messages
        acknowledged = [message for message in messages if _is(message, "ready_ack", {})]
        job = [message for message in messages if message not in acknowledged and not is_keep_alive(message)]
        close = "still open" if self.close is None else self.close
        return {"job": job, "close": close} | ({"acks": acknowledged} if acks else {})

    def keep_alives(self) -> list[Any]:
        """The different keep-alives that came."""
        found: list[Any] = []
        for message in self.messages:
            if is_keep_alive(message) and message not in found:
                found.append(message)
        return found

    def raw_job(self) -> list[str | bytes]:
        """The job messages as they came, timestamps and all: to compare what two clients were told."""
        pairs = zip(self.frames, self.messages, strict=True)
        return [frame for frame, message in pairs if not (_is(message, "ready_ack", {}) or is_keep_alive(message))]


def is_keep_alive(message: Noted) -> bool:
    """Whether a noted message only says that work goes on."""
    if not isinstance(message, dict):
        return False
    data = message.get("data")
    return message.get("type") == "ping" or (isinstance(data, dict) and data.get("keepAlive") is True)


@contextlib.asynccontextmanager
async def served(
    faults: Sequence[Fault],
    http: httpx.AsyncClient,
    *,
    pace: Pace = PACE,
    speed: float = SPEED,
    data: Path | None = None,
    rate_limit: tuple[int, float] | None = None,
) -> AsyncIterator[Bench]:
    """A server with `faults`; it ends with the block."""
    correct = Components(read_photo=remembering, platform=Platform(FastClock(speed)), pace=pace)
    app = application.build(
        with_faults(correct, faults),
        workshop=_Threads(),
        open_data=lambda: open_database(data, outlives_power=False) if data else temporary_database(),
        rate_limit=rate_limit,
    )
    listener = serving.listen("127.0.0.1", 0)
    server = _Server(serving.configuration(app))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.up.wait()
        yield Bench(f"http://127.0.0.1:{listener.getsockname()[1]}", http, faults)
    finally:
        await server.up.wait()  # one that is told to end before that closes nothing
        server.should_exit = True
        await running


def _is(message: Noted, kind: str, fields: dict[str, object]) -> bool:
    return isinstance(message, dict) and ({"type": kind} | fields).items() <= message.items()


def _timeless(value: Noted) -> Noted:
    if isinstance(value, dict):
        return {
            name: f"<now, {type(part).__name__}>" if name == "timestamp" and _is_instant(part) else _timeless(part)
            for name, part in value.items()
        }
    return [_timeless(part) for part in value] if isinstance(value, list) else value


def _is_instant(value: Noted) -> bool:
    if isinstance(value, str):
        return _ISO.fullmatch(value) is not None
    return type(value) is int and value in _MILLISECONDS
