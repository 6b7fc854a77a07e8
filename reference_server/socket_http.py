"""The requests to the progress socket: the upgrade, and what is no upgrade."""

import asyncio

from starlette.websockets import WebSocket

from reference_server.answers import Refusal
from reference_server.components import Components
from reference_server.jobs import Jobs
from reference_server.operations import job_id_in_query


class SocketRequests:
    """Connects clients to the jobs they name."""

    def __init__(self, components: Components, jobs: Jobs) -> None:
        self._watcher = components.stream.watcher
        self._clock = components.platform.clock
        self._jobs = jobs

    async def follow(self, socket: WebSocket) -> None:
        """`GET /ws/progress?jobId=...` with an upgrade: the job's messages until it is over.

        Raises:
            Refusal: 400 if no job is named.
        """
        job_id = job_id_in_query(socket.query_params.get("jobId", ""), "/ws/progress")
        wake = asyncio.Event()
        async with self._jobs.follow(job_id, wake) as channel:
            watcher = self._watcher(socket, channel, wake, self._clock)
            await watcher.open()
            await watcher.serve()

    async def plain(self, job_id: str) -> dict[str, str]:
        """The same without an upgrade.

        Raises:
            Refusal: 426, always.
        """
        raise Refusal(
            426,
            "E_UPGRADE_REQUIRED",
            "this is a WebSocket: connect with a valid RFC 6455 handshake",
            headers={"Upgrade": "websocket", "Connection": "Upgrade"},
        )
