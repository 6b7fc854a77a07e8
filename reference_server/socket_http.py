"""The requests to the progress socket: the upgrade, and what is no upgrade."""

import asyncio

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from reference_server.answers import Refusal
from reference_server.components import Components
from reference_server.jobs import Jobs


class SocketRequests:
    """Connects clients to the jobs they name."""

    def __init__(self, components: Components, jobs: Jobs) -> None:
        self._components = components
        self._jobs = jobs

    async def follow(self, socket: WebSocket) -> None:
        """`GET /ws/progress?jobId=...` with an upgrade: the job's messages until it is over.

        Raises:
            Refusal: 400 if no job is named.
        """
        job_id = _job_id_of(socket)
        wake = asyncio.Event()
        with self._jobs.follow(job_id, wake) as channel:
            await socket.accept()
            await self._components.watcher(socket, channel, wake, self._components.clock).serve()

    async def plain(self, request: Request) -> Response:
        """The same without an upgrade.

        Raises:
            Refusal: always: 400 if no job is named, else 426.
        """
        _job_id_of(request)
        raise Refusal(
            426,
            "E_UPGRADE_REQUIRED",
            "this is a WebSocket: connect with a valid RFC 6455 handshake",
            headers={"Upgrade": "websocket", "Connection": "Upgrade"},
        )


def _job_id_of(connection: HTTPConnection) -> str:
    job_id = connection.query_params.get("jobId", "")
    if not job_id.strip():
        raise Refusal(400, "E_INVALID_REQUEST", "the query names no job: connect to /ws/progress?jobId=...")
    return job_id
