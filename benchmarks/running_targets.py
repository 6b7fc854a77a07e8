"""Servers that the benchmarks of running judge, each in a process of its own, and what a run of them needs.

python benchmarks/running_targets.py slow --seconds 0.2    # takes so long for each job
python benchmarks/running_targets.py silent                # accepts everything, and never sends a message
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from harness.inputs import registry
from harness.runner.asides import Beforehand
from harness.runner.run import Run
from harness.runner.run_events import RunEvent, RunFinished, RunStarted
from harness.runner.services import Services
from harness.runner.settings import Settings
from harness.targets.budget import Budget, Pace, Pause
from harness.targets.secrets import Secrets
from harness.targets.target import make_target
from harness.transport.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.contract.model import Case
    from harness.runner.results import ExampleResult, RunResult

CONTRACT = """
language: 1
contract: slow
inputs: {n: {integer: 0..1000000}}
request: {method: POST, path: /jobs, json: {n: "${n}"}}
accepted: {status: 202, within: 30s}
socket:
  connect: /jobs/${accepted.body.id}
  within: 30s
  messages: {step: {type: step}, done: {type: done}}
  order: [{repeat: step}, done, close: 1000]
deadlines:
  finished: {from: accepted, to: done, within: 60s}
at_end: {the-same: last.done.n == n}
cases: {first: {}, second: {}, third: {}, fourth: {}}
"""


class Slow:
    """Takes some seconds for each job, of which it does nothing but wait."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._jobs: dict[str, int] = {}

    async def post(self, request: Request) -> Response:
        """Accept a job."""
        job = str(uuid.uuid4())
        self._jobs[job] = (await request.json())["n"]
        return JSONResponse({"id": job}, 202)

    async def stream(self, client: WebSocket) -> None:
        """Work, and tell of it."""
        n = self._jobs.pop(client.path_params["job"])
        await client.accept()
        await client.send_json({"type": "step"})
        await asyncio.sleep(self._seconds)
        await client.send_json({"type": "done", "n": n})
        await client.close(1000)


async def accept(request: Request) -> Response:
    """Say that any request made a job, in a way that fits many contracts."""
    try:
        body = await request.json()
    except ValueError:
        body = {}
    job = body.get("jobId") if isinstance(body, dict) else None
    images = body.get("images") if isinstance(body, dict) else None
    count = len(images) if isinstance(images, list) else 0
    data = {"jobId": job or str(uuid.uuid4()), "status": "processing", "totalPhotos": count}
    return JSONResponse({"data": data, "metadata": {"timestamp": "2026-11-24T12:00:00.000Z"}}, 202)


async def hear(client: WebSocket) -> None:
    """Take a client in, and never say a word."""
    await client.accept()
    try:
        while True:
            await client.receive_text()
    except WebSocketDisconnect:
        return


class Announced(uvicorn.Server):
    """Says its address once it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        print(f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}", flush=True)


def serve(kind: str, seconds: float) -> None:
    """Be one of the servers."""
    slow = Slow(seconds)
    root = Route("/", lambda _: JSONResponse({}))
    if kind == "slow":
        routes = [root, Route("/jobs", slow.post, methods=["POST"]), WebSocketRoute("/jobs/{job}", slow.stream)]
    else:
        routes = [Route("/{path:path}", accept, methods=["GET", "POST"]), WebSocketRoute("/{path:path}", hear)]
    app = Starlette(routes=routes)
    config = uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio", lifespan="off", backlog=4096)
    Announced(config).run()


@contextmanager
def target(*arguments: str) -> Iterator[str]:
    """One of these servers while the block runs; gives its address."""
    with subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


@contextmanager
def reference(*options: str) -> Iterator[str]:
    """The reference server while the block runs; gives its address."""
    command = [sys.executable, "-m", "reference_server", "--port", "0", "--until-stdin-closes", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        try:
            yield running.stdout.readline().decode().split()[-1]
        finally:
            running.communicate(timeout=20)


def services(url: str) -> Services:
    """What driving needs, with nothing that limits it."""
    clock, secrets = Clock(), Secrets()
    return Services(
        make_target(url, {}), clock, registry(), Pause(), Pace(None, clock.now), Budget(None),
        Beforehand(secrets), secrets, {}, print,
    )  # fmt: skip


class Judged:
    """Runs cases, and notes the seconds, and the processor's, that it took from the first example on."""

    def __init__(self, url: str) -> None:
        self.needed = services(url)
        self.began = self.seconds = self.used = 0.0
        self.results: list[ExampleResult] = []

    def _report(self, event: RunEvent) -> None:
        now = self.needed.clock.now()
        if isinstance(event, RunStarted):
            self.began, self.used = now, -time.process_time()
        elif isinstance(event, RunFinished):
            self.seconds = now - self.began
            self.used += time.process_time()

    async def run(self, cases: Sequence[Case], **settings: int | float | bool) -> RunResult:
        """Run them; `settings` are those of the run."""
        made = Settings(**{"timeout": 3600.0, **settings})  # type: ignore[arg-type]
        return await Run(cases, self.needed, made, self._report, lambda _: "").run()


def main() -> None:
    """Be one of the servers, until somebody ends this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["slow", "silent"])
    parser.add_argument("--seconds", type=float, default=0.2)
    options = parser.parse_args()
    serve(options.kind, options.seconds)


if __name__ == "__main__":
    main()
