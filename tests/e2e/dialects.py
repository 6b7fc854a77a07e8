"""Small services of several dialects, for the tests of `harness init`; nothing like the bundled reference server.

`python dialects.py --record FILE` prints its address and writes a JSON line a request.

- `renders`: bearer auth; `POST /v1/renders {"scene", "frames"}`; `{"event", "data"}`, frames from 1, a progress, pings;
  with `--ticket` the socket wants a ticket from `POST /v1/tickets?render=ID`, once.
- `chunks`: the client's id in the body; `payload.kind`; chunks that overlap; the socket at `/feed?job=ID`.
- `--mute`: renders are accepted, and the socket says nothing but `hello`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import uuid
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

TOKEN = "tok-5f7a9c1e"
STEP = 0.01


class Service:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.jobs: dict[str, int] = {}
        self.tickets: set[str] = set()

    def record(self, what: str, **more: object) -> None:
        with Path(self.options.record).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"what": what, **more}) + "\n")

    async def start(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"error": {"code": "unauthorized", "got": request.headers.get("authorization")}}, 401)
        if self.options.busy:
            return JSONResponse({"error": "busy"}, 429, {"retry-after": "7"})
        body = await request.json()
        frames = body["frames"]
        if not 1 <= frames <= 20:
            return JSONResponse({"error": {"code": "frames"}}, 422)
        job = f"r-{uuid.uuid4().hex[:10]}"
        self.jobs[job] = frames
        self.record("post", job=job, frames=frames)
        return JSONResponse(
            {"id": job, "state": "queued", "frames": frames, "stream": f"/v1/renders/{job}/events"}, 202
        )

    async def login(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Basic bWU6cGFzcw==":  # me:pass
            return JSONResponse({"error": "unauthorized"}, 401)
        return JSONResponse({"token": TOKEN})

    async def ticket(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"error": "unauthorized"}, 401)
        ticket = uuid.uuid4().hex
        self.tickets.add(ticket)
        self.record("ticket", render=request.query_params.get("render"), ticket=ticket)
        return JSONResponse({"ticket": ticket, "expires": 30})

    async def events(self, ws: WebSocket) -> None:
        job = ws.path_params["job"]
        ticket = ws.query_params.get("ticket", "")
        if self.options.ticket and ticket not in self.tickets:
            await ws.close(4401)
            return
        self.tickets.discard(ticket)
        await ws.accept()
        self.record("events", job=job, authorization=ws.headers.get("authorization"))

        async def say(event: str, **data: object) -> None:
            await ws.send_text(json.dumps({"event": event, "data": {"render": job, **data}}))

        frames = self.jobs[job]
        await say("queued", position=1)
        for number in range(1, frames + 1):
            await asyncio.sleep(STEP)
            if number % 2 == 0:
                await ws.send_text(json.dumps({"event": "ping"}))
            await say("frame", frame=number, of=frames, progress=round(number / frames, 3), samples=64.5 + number)
        await say("finished", frames=frames, files=[{"frame": n + 1, "url": f"/f/{n}.exr"} for n in range(frames)])
        await ws.close(1000)

    async def chunks(self, request: Request) -> Response:
        body = await request.json()
        job = body["jobId"]
        if job in self.jobs:
            return JSONResponse({"error": "known"}, 409)
        self.jobs[job] = len(body["files"])
        self.record("post", job=job, files=len(body["files"]), tag=body.get("tag"))
        return JSONResponse({"accepted": {"jobId": job}}, 202, {"location": f"/feed?job={job}"})

    async def feed(self, ws: WebSocket) -> None:
        job = ws.query_params["job"]
        await ws.accept()
        start = json.loads(await ws.receive_text())
        self.record("feed", job=job, start=start)

        async def say(kind: str, **more: object) -> None:
            await ws.send_text(json.dumps({"v": 1, "payload": {"kind": kind, "job": job, **more}}))

        count = self.jobs[job]
        await say("subscribed")
        open_items = []
        for item in range(count):
            await say("chunk", item=item, state="started")
            open_items.append(item)
            if len(open_items) == 2:
                await asyncio.sleep(STEP)
                await say("chunk", item=open_items.pop(0), state="stored")
        for item in open_items:
            await say("chunk", item=item, state="stored")
        await say("all-stored", count=count)
        await ws.close(1000)

    async def mute(self, ws: WebSocket) -> None:
        await ws.accept()
        await ws.receive_text()
        await ws.send_text(json.dumps({"type": "hello"}))
        await ws.receive()

    def routes(self) -> list[Route | WebSocketRoute]:
        events = self.mute if self.options.mute else self.events
        return [
            Route("/v1/renders", self.start, methods=["POST"]),
            Route("/login", self.login, methods=["POST"]),
            Route("/v1/tickets", self.ticket, methods=["POST"]),
            WebSocketRoute("/v1/renders/{job}/events", events),
            Route("/chunks", self.chunks, methods=["POST"]),
            WebSocketRoute("/feed", self.feed),
        ]


class Announced(uvicorn.Server):
    """Says its port once it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"listening on {port}", flush=True)  # noqa: T201 - how the tests learn the address


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", required=True)
    parser.add_argument("--ticket", action="store_true")
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--mute", action="store_true")
    app = Starlette(routes=Service(parser.parse_args()).routes())
    config = uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio", lifespan="off")
    Announced(config).run()


if __name__ == "__main__":
    main()
