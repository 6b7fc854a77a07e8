"""Whether a live run judges messages as fast as they arrive.

    python benchmarks/live.py [--messages 10000] [--rate 20000]

A loopback server in a process of its own sends the messages of one job at a steady rate, each with the instant of its
sending on the machine's monotonic clock. The lag of a message is the time from there until it has been judged. Beside
it, in the same run: the lag of a bare client that only parses.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from harness.contract.judge import Judge
from harness.contract.loading import load
from harness.inputs import registry
from harness.runner import attempt
from harness.runner.asides import Beforehand
from harness.runner.drive import drive
from harness.runner.results import Example
from harness.runner.services import Services
from harness.targets.budget import Budget, Pace, Pause
from harness.targets.secrets import Secrets
from harness.targets.target import make_target
from harness.trace.events import Event, What
from harness.transport.clock import Clock

CONTRACT = """
language: 1
contract: flood
request: {method: POST, path: /jobs}
accepted: {status: 202, within: 2s}
socket:
  connect: /stream
  within: 2s
  messages:
    step: {type: step}
    done: {type: done}
  schemas:
    step: {type: object, required: [type, number, sent], properties: {number: {type: integer}, sent: {type: number}}}
  order: [{repeat: step}, done, close: 1000]
deadlines:
  gap: {between: received, from: step, to: done, within: 10s}
  finished: {from: [accepted, open], to: done, within: 1m}
always:
  grows: {for: [step], expect: msg.number > prev.number}
cases: {works: {}}
"""


async def stream(client: WebSocket) -> None:
    """Send the messages at their rate."""
    count, rate = client.app.state.messages, client.app.state.rate
    await client.accept()
    start = time.monotonic()
    for number in range(count):
        while (early := start + number / rate - time.monotonic()) > 0.001:  # noqa: ASYNC110 - a pace, not an event
            await asyncio.sleep(early)
        await client.send_text(json.dumps({"type": "step", "number": number, "sent": time.monotonic()}))
    await client.send_text('{"type": "done"}')
    await client.close(1000)


async def answer(request: Request) -> Response:
    """Accept a job."""
    return JSONResponse({}, 202)


class Announced(uvicorn.Server):
    """Says its port once it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


def serve(messages: int, rate: int) -> None:
    """Be the server."""
    routes = [Route("/", answer), Route("/jobs", answer, methods=["POST"]), WebSocketRoute("/stream", stream)]
    app = Starlette(routes=routes)
    app.state.messages, app.state.rate = messages, rate
    config = uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio", lifespan="off")
    Announced(config).run()


async def bare(port: int) -> list[float]:
    """The lags of a client that only parses."""
    lags = []
    async with connect(f"ws://127.0.0.1:{port}/stream", compression=None, proxy=None) as socket:
        async for text in socket:
            message = json.loads(text)
            if "sent" in message:
                lags.append(time.monotonic() - message["sent"])
    return lags


async def judged(port: int) -> list[float]:
    """The lags of a live run."""
    lags: list[float] = []

    class Timed(Judge):
        """Notes when each message has been judged."""

        def feed(self, event: Event) -> Event:
            """Judge, then look at the clock."""
            event = super().feed(event)
            if event.what is What.RECEIVED and "sent" in event.value:
                lags.append(time.monotonic() - event.value["sent"])
            return event

    attempt.Judge = Timed  # type: ignore[misc]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "flood.contract.yaml"
        path.write_text(CONTRACT, "utf-8")
        (case,) = load(path, registry()).cases
    clock, secrets = Clock(), Secrets()
    services = Services(
        make_target(f"http://127.0.0.1:{port}", {}), clock, registry(), Pause(), Pace(None, clock.now), Budget(None),
        Beforehand(secrets), secrets, {}, print,
    )  # fmt: skip
    result = await drive(Example(case, {"inputs": {}, "connect_after": 0.0}), services)
    assert result is not None, "it was not driven"
    assert not result.violations, result.violations
    return lags


def told(name: str, lags: list[float], busy: float) -> str:
    """One line of figures; `busy` is the time of this process alone, which must fit between two messages."""
    ordered = sorted(lags)
    median, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    return f"{name:12} {len(lags):7,} messages   lag median {median * 1e3:6.2f} ms   p99 {p99 * 1e3:6.2f} ms   " + (
        f"most {ordered[-1] * 1e3:6.2f} ms   busy {busy / len(lags) * 1e6:4.1f} us/message"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=20_000, help="messages a second")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.messages, options.rate)
        return
    command = [sys.executable, __file__, "--serve", "--messages", str(options.messages), "--rate", str(options.rate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        try:
            for _ in range(3):
                for name, client in (("bare client", bare), ("judged", judged)):
                    began = time.process_time()
                    lags = asyncio.run(client(port))
                    print(told(name, lags, time.process_time() - began))
        finally:
            server.kill()


if __name__ == "__main__":
    main()
