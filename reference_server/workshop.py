"""Where slow computing is done, so that the event loop goes on answering.

Small things are done in a thread: cheap, but Python runs one thread at a time, and one long call of a C library (a
large JSON text, a picture of many pixels) stops all others. So large things go to processes of their own.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import TypeVar

T = TypeVar("T")
Argument = TypeVar("Argument")

HEAVY_BYTES = 256 * 1024
_WORKERS = 2


class Workshop:
    """Does what blocks. Call `close` at the end.

    Its processes are started when the first large thing comes, which waits for them, or before by `start_processes`.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_WORKERS, "workshop")
        self._processes: ProcessPoolExecutor | None = None

    def start_processes(self) -> None:
        """Start the processes now, without waiting for them.

        Call it once all modules are loaded, and before this process has threads, or files and sockets that must not
        outlive it: on Linux the processes are copies of this one, ready at once.
        """
        self._processes = _pool("fork" if sys.platform == "linux" else "spawn")
        self._processes.submit(os.getpid)

    async def do(self, function: Callable[[Argument], T], argument: Argument, *, heavy: bool) -> T:
        """`function(argument)`, off the event loop.

        With `heavy` it is done in another process: `function` must then be a function of a module, and what goes in and
        comes out, exceptions too, is pickled.
        """
        loop = asyncio.get_running_loop()
        if not heavy:
            return await loop.run_in_executor(self._threads, function, argument)
        pool = self._running()
        try:
            return await loop.run_in_executor(pool, function, argument)
        except BrokenProcessPool:  # a process was killed, maybe by what another job gave it: once more, with new ones
            if self._processes is pool:
                self._processes = None
            return await loop.run_in_executor(self._running(), function, argument)

    def close(self) -> None:
        """Stop at once; what is being done is lost."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._processes is not None:
            for child in multiprocessing.active_children():
                child.terminate()
            self._processes.shutdown(cancel_futures=True)

    def _running(self) -> ProcessPoolExecutor:
        if self._processes is None:
            self._processes = _pool("spawn")  # by now there are threads, which do not survive being copied
        return self._processes


def _pool(method: str) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(_WORKERS, multiprocessing.get_context(method), _begin_worker)


def _begin_worker() -> None:
    """Ctrl-C is for the server alone; and a worker ends with its server, even if that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), name="end with the server", daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(0)
