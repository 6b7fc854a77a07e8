"""The ASGI application: which path is answered by what, and how every answer gets its envelope."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from reference_server.answers import Answers, Refusal
from reference_server.batch_http import BatchRequests
from reference_server.components import Components
from reference_server.csv_http import CsvRequests
from reference_server.jobs import Jobs
from reference_server.socket_http import SocketRequests


def build(components: Components) -> Starlette:
    """The application made of `components`; its jobs are its own and live as long as it does."""
    answers = components.answers(components.clock)
    jobs = Jobs(components.clock, components.open_channel)
    batch = BatchRequests(components, jobs, answers)
    csv = CsvRequests(components, jobs, answers)
    socket = SocketRequests(components, jobs)

    async def health(request: Request) -> Response:
        return answers.bare({"status": "ok"})

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await components.supervisor.stop()

    app = Starlette(
        routes=[
            _Route("/health", health, methods=["GET"]),
            _Route("/api/scan-bookshelf/batch", batch.scan, methods=["POST"]),
            _Route("/api/scan-bookshelf/cancel", batch.cancel, methods=["POST"]),
            _Route("/api/import/csv-gemini", csv.load, methods=["POST"]),
            _Route("/ws/progress", socket.plain, methods=["GET"]),
            _SocketRoute("/ws/progress", socket.follow),
        ],
        exception_handlers=_exception_handlers(answers),
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.router.default = _not_found
    return app


class _Route(Route):
    """A route of one path; starlette's pattern also takes that path with a line break at its end."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(scope) if scope["path"] == self.path else (Match.NONE, {})


class _SocketRoute(WebSocketRoute):
    """The same for upgrades."""

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

    async def broken(request: Request, error: Exception) -> Response:
        return answers.refusal(Refusal(500, "E_INTERNAL", "the server failed at this request"))

    return {Refusal: refused, 405: not_allowed, ClientDisconnect: client_left, Exception: broken}
