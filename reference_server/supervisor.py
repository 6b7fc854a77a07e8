"""Who owns background work: nothing runs beside a handler without an owner that sees how it ends."""

import asyncio
import logging
from collections.abc import Coroutine

from reference_server.work import Work

logger = logging.getLogger(__name__)

FAILED = "the server failed inside this job"


class Supervisor:
    """Runs work as tasks that it keeps, and tells the clients of a job whose work breaks.

    Call `stop` before the event loop ends.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Work) -> None:
        """Begin `work` on the running loop; its first step comes after the caller's next await."""
        task = asyncio.create_task(self._run(work), name=f"job {work.job_id!r}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def keep(self, name: str, chore: Coroutine[None, None, None]) -> None:
        """Do a chore of the server's own, `name` for the log, until it ends or the server does."""
        task = asyncio.create_task(self._watch(name, chore), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Cancel what still runs and wait until it is gone. Clients are told nothing: the server ends, not the job."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, work: Work) -> None:
        try:
            await work.run()
        except Exception:
            logger.exception("job %.80r broke", work.job_id, extra={"job": work.job_id})
            self._tell(work)
        else:
            logger.info("job %.80r is done", work.job_id, extra={"job": work.job_id})

    async def _watch(self, name: str, chore: Coroutine[None, None, None]) -> None:
        try:
            await chore
        except Exception:
            logger.exception("%s broke", name)

    def _tell(self, work: Work) -> None:
        try:
            work.fail(FAILED)
        except Exception:
            text = "job %.80r broke, and its clients could not be told"
            logger.exception(text, work.job_id, extra={"job": work.job_id})
