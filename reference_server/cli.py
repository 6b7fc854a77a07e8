"""The command line of the reference server."""

import argparse
import contextlib
import functools
import gc
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reference_server import application, logs, serving
from reference_server.components import Components, Pace
from reference_server.database import DataError, open_database, temporary_database
from reference_server.faults import Fault, UnknownFault, find, listing, with_faults
from reference_server.rate_limit import read_rate
from reference_server.workshop import Workshop

if TYPE_CHECKING:
    from reference_server.standby import Place

logger = logging.getLogger(__name__)

_EXAMPLES = """examples:
  harness serve                                          on http://127.0.0.1:8787, forgets everything at its end
  harness serve --data ./jobs                            jobs survive a restart, and kill -9
  harness serve --photo-seconds 8 --rate-limit 10/m      as slow and as strict as production
  harness serve --fault batch-progress-as-fetch          wrong on purpose; --list-faults shows how else

try it:
  curl -F file=@books.csv http://127.0.0.1:8787/api/import/csv-gemini
  python -m websockets 'ws://127.0.0.1:8787/ws/progress?jobId=JOBID'
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (without the program's name); returns the exit status.

    0: the server ended because it was told to. 2: wrong usage, or it cannot listen; stderr says why in one line.
    """
    arguments = _parser().parse_args(argv)
    if arguments.list_faults:
        sys.stdout.write(listing.as_json() if arguments.json else listing.as_text())
        return 0
    try:
        faults = [find(name) for name in arguments.fault]
    except UnknownFault as error:
        return _refuse(str(error))
    logs.set_up(arguments.log, quiet=arguments.quiet)
    serve = functools.partial(_serve, arguments, faults)
    with _loaded_for_good():
        if not arguments.restartable:
            return serve(None)
        from reference_server.standby import stand_by  # its signals are not to be had everywhere

        return stand_by(serve, arguments.port)


def _serve(arguments: argparse.Namespace, faults: Sequence[Fault], place: "Place | None") -> int:
    with contextlib.closing(Workshop()) as workshop:
        workshop.start_processes()
        return _serve_with(workshop, arguments, faults, place)


def _serve_with(
    workshop: Workshop, arguments: argparse.Namespace, faults: Sequence[Fault], place: "Place | None"
) -> int:
    components = Components(pace=Pace(arguments.photo_seconds, arguments.csv_seconds))
    try:
        listener = serving.listen(arguments.host, place.port if place else arguments.port)
    except OSError as error:
        return _refuse(f"cannot listen on {arguments.host!r} port {arguments.port}: {_reason(error)}")
    ends = [0] if arguments.until_stdin_closes else []
    if place:
        os.write(place.tell, str(listener.getsockname()[1]).encode())
        ends.append(place.alive)
    try:
        database = (
            open_database(arguments.data, outlives_power=not arguments.no_fsync)
            if arguments.data
            else temporary_database()
        )
    except DataError as error:
        listener.close()
        return _refuse(str(error))
    for fault in faults:
        logger.warning("fault %s is on: %s", fault.name, fault.symptom)
    ending = serving.Ending()
    app = application.build(
        with_faults(components, faults),
        workshop=workshop,
        open_data=lambda: database,
        on_failure=ending.with_failure,
        rate_limit=arguments.rate_limit,
    )
    serving.serve(app, listener, ending, ends)
    return 1 if ending.failed else 0


@contextlib.contextmanager
def _loaded_for_good() -> Iterator[None]:
    """Inside, the collector neither goes through what is loaded nor writes to the memory that processes share."""
    gc.freeze()
    yield
    gc.unfreeze()  # some libraries complain on stderr of what is left at the end


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reference_server",
        description="A correct BooksTrack server, or one with faults to find.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=_port, default=8787, help="port to listen on; 0 takes a free one (8787)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME[:seed=N]", help="misbehave so; may be repeated"
    )
    parser.add_argument("--list-faults", action="store_true", help="show the faults and end")
    parser.add_argument("--json", action="store_true", help="with --list-faults: as JSON")
    parser.add_argument("--photo-seconds", type=_seconds, default=0.0, metavar="S", help="time to take for a photo (0)")
    parser.add_argument("--csv-seconds", type=_seconds, default=0.0, metavar="S", help="time to take for an import (0)")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="keep jobs here, and go on with them after a restart (a temporary folder)",
    )
    parser.add_argument(
        "--no-fsync",
        action="store_true",
        help="with --data: jobs outlive the server, however it ends, but not the machine",
    )
    parser.add_argument(
        "--rate-limit", type=_rate, metavar="N/m", help="requests a client may make, e.g. 10/m; s, m, h (no limit)"
    )
    parser.add_argument("--log", choices=["text", "json"], default="text", help="form of the log on stderr (text)")
    parser.add_argument("--quiet", action="store_true", help="log only what is wrong")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when stdin does")
    parser.set_defaults(restartable=False)
    if sys.platform == "linux":  # elsewhere libraries of the system may start threads, which do not survive a fork
        parser.add_argument(
            "--restartable",
            action="store_true",
            help="with --data: SIGUSR1 has it killed, as by kill -9, and restarted",
        )
    return parser


def _rate(text: str) -> tuple[int, float]:
    try:
        return read_rate(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not in 0..65535")
    return port


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text} is not in 0..86400 seconds")
    return seconds


def _reason(error: OSError) -> str:
    # asyncio and socket decorate strerror with the address, which the line names already.
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)


def _refuse(message: str) -> int:
    sys.stderr.write(f"reference_server: {message}\n")
    return 2
