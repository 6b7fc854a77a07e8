"""What holds for every test: Hypothesis draws the same each time, whichever modules other tests have loaded.

Several processes may share the tests (`make test`). One process has all of a file, so that what the file makes once is
made once; but a test that waits for processes of its own, for seconds, goes to whichever process is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from harness.runner.drawing import forget_local_constants

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

EACH_FOR_ITSELF = ("tests/e2e/", "tests/evening/")
TOGETHER = ("tests/e2e/test_installed.py",)

forget_local_constants()
settings.register_profile("tests", derandomize=True, database=None, deadline=None)
settings.load_profile("tests")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return nodeid if file.startswith(EACH_FOR_ITSELF) and file not in TOGETHER else file

    return ByFile(config, log)
