"""A small service of our own that answers 202 and reports over a WebSocket, with ways to be wrong, for the tests.

It is nothing like the bundled reference server: `POST /jobs {"n": 3}` is answered 202 with an id and the address of
a stream, which says `{"event": "tick", "data": {"i": 0}}` n times, then `{"event": "done"}`, and closes with 1000.
Run it with `python service.py --record FILE [options]`; it prints its address and writes a JSON line a request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import time
import uuid
from math import inf
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket


class Service:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.jobs: dict[str, int] = {}
        self.accepted: dict[str, float] = {}
        self.asked_to_wait = 0

    def record(self, what: str, headers: dict[str, str], **more: object) -> None:
        with Path(self.options.record).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"what": what, "at": time.monotonic(), "headers": headers, **more}) + "\n")

    async def root(self, request: Request) -> Response:
        return JSONResponse({"hello": True})

    async def post(self, request: Request) -> Response:
        if self.options.redirect:
            return RedirectResponse(self.options.redirect)
        if self.asked_to_wait < self.options.busy:
            self.asked_to_wait += 1
            self.record("busy", dict(request.headers))
            return JSONResponse({"error": "busy"}, 429, {"retry-after": "1"})
        n = (await request.json())["n"]
        if self.options.echo_headers:
            self.record("post", dict(request.headers), n=n)
            return JSONResponse(
                {"error": f"no: {dict(request.headers)}"}, 500, {"x-echo": str(request.headers.get("authorization"))}
            )
        if self.options.never_answer:
            await asyncio.Event().wait()
        job = str(uuid.uuid4())
        self.jobs[job] = n
        self.accepted[job] = time.monotonic()
        self.record("post", dict(request.headers), n=n, job=job)
        stream = f"{self.options.stream_origin}/stream/{job}"
        return JSONResponse({"id": job, "stream": stream}, 202)

    async def stream(self, socket: WebSocket) -> None:
        self.record("stream", dict(socket.headers))
        job = socket.path_params["job"]
        await socket.accept()
        n = self.jobs.get(job, 1)
        if self.options.silent:
            await socket.receive()
            return
        for i in range(self.forgotten(job), n):
            too_many = self.options.wrong_from is not None and n >= self.options.wrong_from and i == n - 1
            await socket.send_text(json.dumps({"event": "tick", "data": {"i": i + 1 if too_many else i}}))
        if self.options.hang_at_end:
            await socket.receive()
            return
        await socket.send_text(json.dumps({"event": "done"}))
        await socket.close(1000)

    def forgotten(self, job: str) -> int:
        """How many ticks are lost to a client that connects now."""
        return int(time.monotonic() - self.accepted.get(job, inf) > self.options.keeps)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", required=True)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--wrong-from", type=int)
    parser.add_argument("--keeps", type=float, default=inf)
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--hang-at-end", action="store_true")
    parser.add_argument("--never-answer", action="store_true")
    parser.add_argument("--echo-headers", action="store_true")
    parser.add_argument("--redirect", default="")
    parser.add_argument("--stream-origin", default="")
    parser.add_argument("--certificate", default=None)
    options = parser.parse_args()
    service = Service(options)
    app = Starlette(
        routes=[
            Route("/", service.root),
            Route("/jobs", service.post, methods=["POST"]),
            WebSocketRoute("/stream/{job}", service.stream),
        ]
    )
    config = uvicorn.Config(
        app, port=0, log_level="error", ws="websockets-sansio", ssl_certfile=options.certificate, lifespan="off"
    )
    Announced(config).run()


class Announced(uvicorn.Server):
    """Says its port once it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        print(f"listening on {port}", flush=True)  # noqa: T201 - how the tests learn the address


if __name__ == "__main__":
    main()
