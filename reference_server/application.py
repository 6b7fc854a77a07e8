"""The ASGI application: the server's parts put together, how it starts and ends, how every answer gets its envelope."""

import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from reference_server import openapi
from reference_server.answers import Answers, Refusal
from reference_server.batch_http import BatchRequests
from reference_server.bodies import Intake
from reference_server.components import Components
from reference_server.csv_http import CsvRequests
from reference_server.database import Database, temporary_database
from reference_server.driving_http import DrivingRequests
from reference_server.jobs import Jobs
from reference_server.offer import Handlers, operations
from reference_server.operations import route
from reference_server.rate_limit import RateLimit
from reference_server.shapes import Health
from reference_server.socket_http import SocketRequests
from reference_server.starting import Starter
from reference_server.storage import StorageError
from reference_server.workshop import Workshop

SWEEP_SECONDS = 60.0

logger = logging.getLogger(__name__)


def build(
    components: Components,
    *,
    workshop: Workshop | None = None,
    open_data: Callable[[], Database] = temporary_database,
    on_failure: Callable[[], None] = lambda: None,
    rate_limit: tuple[int, float] | None = None,
) -> Starlette:
    """The application made of `components`.

    Slow things are done in `workshop`, or in one of its own. When it starts it opens its data with `open_data` and goes
    on with the jobs that it finds there; at its end it closes both. `on_failure` is called if the data cannot be kept
    any more: end the server then. `rate_limit` is a count and its seconds.
    """
    clock = components.platform.clock
    answers = components.http.answers(clock)
    storage = components.platform.storage(open_data, on_failure)
    workshop = workshop or Workshop()
    intake = Intake(workshop)
    calls = components.calls
    jobs = Jobs(clock, storage, components.stream.channel, calls.batch, calls.csv_import)
    starter = Starter(components, storage, workshop)
    socket = SocketRequests(components, jobs)
    handlers = Handlers(
        intake, BatchRequests(jobs, starter), CsvRequests(jobs, starter), DrivingRequests(jobs), socket, _health(jobs)
    )
    limit = RateLimit(*rate_limit, clock) if rate_limit else None

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        intake.folder = storage.start()
        left = await starter.resume(jobs)
        if left:
            logger.info("going on with %d jobs that were left unfinished", left)
        components.supervisor.keep("the sweep of expired jobs", _sweep(components, jobs))
        yield
        await components.supervisor.stop()
        workshop.close()
        await storage.close()

    described = operations(handlers, functools.cache(lambda: openapi.describe(described)))
    app = Starlette(
        routes=[
            *(route(operation, answers, limit) for operation in components.http.offered(described)),
            _SocketRoute("/ws/progress", socket.follow),
        ],
        exception_handlers=_exception_handlers(answers),
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.router.default = _not_found
    return app


def _health(jobs: Jobs) -> Callable[[], Health]:
    return lambda: {
        "status": "ok",
        "jobs": {"accepted": jobs.accepted, "running": jobs.running},
        "watchers": jobs.watchers,
    }


async def _sweep(components: Components, jobs: Jobs) -> None:
    while True:
        await jobs.forget_expired()
        await components.platform.clock.sleep(SWEEP_SECONDS)


class _SocketRoute(WebSocketRoute):
    """A route of one path, as `OperationRoute`, for upgrades."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(scope) if scope["path"] == self.path else (Match.NONE, {})


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuses a path that is none of the routes, with an upgrade or without."""
    if scope["type"] != "lifespan":
        raise Refusal(404, "E_NOT_FOUND", f"there is nothing at {scope['path']!r}")


def _exception_handlers(answers: Answers) -> Mapping[Any, Any]:
    async def refused(connection: Request | WebSocket, refusal: Exception) -> Response | None:
        assert isinstance(refusal, Refusal)
        response = answers.refusal(refusal)
        if isinstance(connection, WebSocket):
            await connection.send_denial_response(response)
            return None
        return response

    async def not_allowed(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        message = f"{request.method} is not allowed at {request.url.path!r}"
        return answers.refusal(Refusal(error.status_code, "E_METHOD_NOT_ALLOWED", message, headers=error.headers))

    async def client_left(request: Request, error: Exception) -> Response:
        return answers.refusal(Refusal(400, "E_INVALID_REQUEST", "the body ended too early"))

    async def not_kept(request: Request, error: Exception) -> Response:
        return answers.refusal(Refusal(503, "E_STORAGE_FAILED", "the server can keep no jobs any more, and ends"))

    async def broken(request: Request, error: Exception) -> Response:
        return answers.refusal(Refusal(500, "E_INTERNAL", "the server failed at this request"))

    return {
        Refusal: refused,
        405: not_allowed,
        ClientDisconnect: client_left,
        StorageError: not_kept,
        Exception: broken,
    }
