"""A render farm, as a backend developer who never heard of this project would have written it.

`POST /v1/renders {"scene": ..., "frames": 4}` with a bearer token is answered 202. A ticket, good for one connect,
opens `/v1/renders/ID/events?ticket=...`, which says what is rendered, frame by frame, and closes. A client that comes
when a render has begun gets a snapshot first. A render takes a while, and only so many may be started in a time.

    python render_farm.py --record FILE [--render-seconds 8] [--renders 10 --per 60] [--broken NAME] [--port N]

It prints its address, and writes a JSON line for everything that it is asked. `--broken` is one way to be wrong:

    worker-not-started   renders are accepted and never begun
    no-snapshot          a late client gets what comes from now on, and never learns what has been
    counts-one-too-many  the finished message says one frame more than there were
    counts-now-and-then  it says so of every third render, beginning with the first
    loses-a-frame        the message of one frame in the middle is never sent
    stays-open           the socket is not closed after the end
    database-down        renders are answered 500
    accepts-anything     a render of no frames is accepted
    echoes-secrets       what it was given is in everything that it says, and the last message counts wrongly
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import os
import secrets
import time
import uuid
from collections import deque
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn import Config

if __package__:
    from tests.e2e.service import Announced
else:
    import sys

    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.e2e.service import Announced

HEARTBEAT = 2.0
HINT = {"x-hint": "set-cookie and a body that echoes"}
MOST_FRAMES = 50


class Render:
    """One render: what has been said of it, and who listens."""

    def __init__(self, number: int, frames: int) -> None:
        self.number = number
        self.id = f"rnd_{uuid.uuid4().hex[:12]}"
        self.frames = frames
        self.done = 0
        self.state = "queued"
        self.listeners: list[asyncio.Queue[dict[str, Any]]] = []
        self.work: asyncio.Task[None] | None = None
        self.echo: dict[str, str] | None = None

    def snapshot(self) -> dict[str, Any]:
        return self.said("render.snapshot", state=self.state, frames_done=self.done, fraction=self.done / self.frames)

    def said(self, event: str, **payload: object) -> dict[str, Any]:
        message = {"event": event, "render_id": self.id, "payload": payload}
        return message if self.echo is None else {**message, "debug": self.echo}

    def tell(self, message: dict[str, Any]) -> None:
        for listener in self.listeners:
            listener.put_nowait(message)


class Farm:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.token = os.environ["FARM_TOKEN"]
        self.renders: dict[str, Render] = {}
        self.tickets: set[str] = set()
        self.started: deque[float] = deque()

    # --- HTTP -------------------------------------------------------------------------------------------------------

    async def version(self, request: Request) -> Response:
        self.record("version", request)
        return JSONResponse({"service": "render-farm", "commit": self.options.commit})

    async def create(self, request: Request) -> Response:
        self.record("render", request)
        refused = self.refused(request)
        if refused is not None:
            return refused
        if self.options.broken == "database-down":
            return JSONResponse({"message": "could not connect to database renders-db-2"}, 500)
        body = await request.json()
        frames = body.get("frames")
        if self.options.broken == "accepts-anything":
            frames = frames or 1
        if not isinstance(frames, int) or not 1 <= frames <= MOST_FRAMES:
            return JSONResponse({"message": f"frames must be 1 to {MOST_FRAMES}"}, 422)
        wait = self.wait_for_room()
        if wait > 0:
            return JSONResponse({"message": "slow down"}, 429, {"retry-after": str(int(wait) + 1)})
        render = Render(len(self.renders), frames)
        self.renders[render.id] = render
        self.record("accepted", request, id=render.id, frames=frames)
        if self.options.broken != "worker-not-started":
            render.work = asyncio.create_task(self.render(render))
        links = {"events": f"/v1/renders/{render.id}/events"}
        told = {"render": {"id": render.id, "state": "queued", "frames": frames}, "links": links}
        if self.options.broken == "echoes-secrets":
            render.echo = dict(request.headers)
            return JSONResponse({**told, "debug": render.echo}, 202, {"set-cookie": f"session={self.token}", **HINT})
        return JSONResponse(told, 202)

    async def ticket(self, request: Request) -> Response:
        self.record("ticket", request)
        refused = self.refused(request)
        if refused is not None:
            return refused
        ticket = f"tkt_{secrets.token_hex(16)}"
        self.tickets.add(ticket)
        return JSONResponse({"ticket": ticket, "expires_in": 60})

    async def login(self, request: Request) -> Response:
        self.record("login", request)
        if (await request.json()).get("password") != os.environ.get("FARM_PASSWORD"):
            return JSONResponse({"message": "who are you?"}, 401)
        return JSONResponse({"session": f"ses_{secrets.token_hex(16)}"})

    async def cancel(self, request: Request) -> Response:
        self.record("cancel", request, id=request.path_params["id"])
        refused = self.refused(request)
        if refused is not None:
            return refused
        render = self.renders.get(request.path_params["id"])
        if render is None:
            return JSONResponse({"message": "no such render"}, 404)
        if render.work is not None:
            render.work.cancel()
        return JSONResponse({"state": "cancelled"})

    def refused(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            return None
        return JSONResponse({"message": "who are you?"}, 401)

    def wait_for_room(self) -> float:
        """Seconds until one more render may be started; 0 if one is started now."""
        now = time.monotonic()
        while self.started and self.started[0] <= now - self.options.per:
            self.started.popleft()
        if len(self.started) >= self.options.renders:
            return self.started[0] + self.options.per - now
        self.started.append(now)
        return 0

    def record(self, what: str, request: Request | WebSocket, **more: object) -> None:
        with Path(self.options.record).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"what": what, "at": time.monotonic(), **more}) + "\n")

    # --- rendering ----------------------------------------------------------------------------------------------------

    async def render(self, render: Render) -> None:
        each = self.options.render_seconds / (render.frames + 1)
        await asyncio.sleep(each)
        render.state = "rendering"
        render.tell(render.said("render.started", frames=render.frames))
        for frame in range(render.frames):
            await asyncio.sleep(each)
            render.done += 1
            if self.options.broken == "loses-a-frame" and frame == 1:
                continue
            render.tell(render.said("render.frame", frame=frame, fraction=render.done / render.frames))
        render.state = "finished"
        wrong = self.options.broken in ("counts-one-too-many", "echoes-secrets")
        wrong = wrong or (self.options.broken == "counts-now-and-then" and render.number % 3 == 0)
        frames = render.frames + wrong
        render.tell(render.said("render.finished", frames=frames, url=f"/v1/renders/{render.id}/film.mp4"))

    async def events(self, socket: WebSocket) -> None:
        self.record("upgrade", socket)
        ticket = socket.query_params.get("ticket", "")
        render = self.renders.get(socket.path_params["id"])
        if ticket not in self.tickets or render is None:
            await socket.close(4401)
            return
        self.tickets.discard(ticket)
        if render.echo is not None:
            render.echo = {**render.echo, "opened_with": f"{socket.url}", "ticket_was": ticket}
        heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        render.listeners.append(heard)
        late = render.snapshot() if render.state != "queued" and self.options.broken != "no-snapshot" else None
        await socket.accept()
        try:
            if late is not None:
                await socket.send_json(late)
            if render.state != "finished":
                await self.forward(socket, heard)
            if self.options.broken == "stays-open":
                await socket.receive()
            await socket.close(1000, f"bye {self.token}" if render.echo is not None else None)
        except WebSocketDisconnect:
            pass
        finally:
            render.listeners.remove(heard)

    async def forward(self, socket: WebSocket, heard: asyncio.Queue[dict[str, Any]]) -> None:
        while True:
            try:
                message = await asyncio.wait_for(heard.get(), HEARTBEAT)
            except TimeoutError:
                message = {"event": "heartbeat"} if self.options.broken != "worker-not-started" else None
            if message is None:
                await socket.receive()
                return
            await socket.send_json(message)
            if message["event"] == "render.finished":
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", required=True)
    parser.add_argument("--render-seconds", type=float, default=8.0)
    parser.add_argument("--renders", type=int, default=10)
    parser.add_argument("--per", type=float, default=60.0)
    parser.add_argument("--commit", default="a1b2c3d")
    parser.add_argument("--broken", default="")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    farm = Farm(options)
    app = Starlette(
        routes=[
            Route("/v1/version", farm.version),
            Route("/v1/renders", farm.create, methods=["POST"]),
            Route("/v1/renders/{id}", farm.cancel, methods=["DELETE"]),
            Route("/v1/login", farm.login, methods=["POST"]),
            Route("/v1/socket-tickets", farm.ticket, methods=["POST"]),
            WebSocketRoute("/v1/renders/{id}/events", farm.events),
        ]
    )
    Announced(Config(app, port=options.port, log_level="error", ws="websockets-sansio", lifespan="off")).run()


if __name__ == "__main__":
    main()
