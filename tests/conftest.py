"""What holds for every test: what Hypothesis draws does not depend on which modules other tests have loaded.

Several processes may share the tests (`make test`). One process has all of a file, so that what the file makes once is
made once; but a test that waits for processes of its own, for seconds, goes to whichever process is free.
"""

from __future__ import annotations

import pytest

from harness.runner.drawing import forget_local_constants

EACH_FOR_ITSELF = ("tests/e2e/", "tests/evening/")
TOGETHER = ("tests/e2e/test_installed.py",)

forget_local_constants()


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in a hook of the same name
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        file = item.nodeid.partition("::")[0]
        if file in TOGETHER or not file.startswith(EACH_FOR_ITSELF):
            item.add_marker(pytest.mark.xdist_group(file))
