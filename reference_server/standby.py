"""A restart without a new start of Python: a process that has loaded all a server needs, and forks it.

The process that stands by has parsed its options and does nothing else: no job, socket, database or thread is ever in
it. Each server is its child. So nothing that a server has in memory survives it: the next is a copy not of it, but of
the one that stands by, and reads all there is to know from the data folder.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

_AWAITED = (signal.SIGUSR1, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)


@dataclass(frozen=True)
class Place:
    """What a server has from the process that stands by.

    Attributes:
        port: the port to listen on: that of the server before it, if there was one.
        tell: a descriptor to write the port to that was taken, in decimal.
        alive: a descriptor that is at its end when the server must end: that process was told so, or is gone.
    """

    port: int
    tell: int
    alive: int


def stand_by(serve: Callable[[Place], int], port: int) -> int:
    """Run `serve` in a child, and in another after each SIGUSR1, which has the last one killed with SIGKILL.

    SIGINT and SIGTERM end the child gracefully. Call it before this process has threads or anything open. It returns in
    each child what `serve` does, and in this process the exit status of the last child, 128 + N if signal N ended it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    alive, ours = os.pipe()
    held = os.fdopen(ours, "wb", buffering=0)  # closed also by the end of this process, however that comes
    while True:
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            held.close()
            os.close(told)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _AWAITED)
            return serve(Place(port, tell, alive))
        os.close(tell)
        restart, status = _watch(child, held)
        if not restart:
            return status if status >= 0 else 128 - status
        port = int(os.read(told, len("65535")) or port)
        os.close(told)


def _watch(child: int, held: BinaryIO) -> tuple[bool, int]:
    """Do as signals say until the child has ended; returns whether to start another, and its status."""
    restart = False
    while True:
        match signal.sigwait(_AWAITED):
            case signal.SIGUSR1:
                restart = True
                os.kill(child, signal.SIGKILL)
            case signal.SIGCHLD:
                ended, status = os.waitpid(child, os.WNOHANG)
                if ended:
                    return restart, os.waitstatus_to_exitcode(status)
            case _:  # no signal for the child: a terminal sends Ctrl-C to both, and a second one hurries
                held.close()
