from __future__ import annotations

import sys
from types import ModuleType

import pytest

from harness.__main__ import main


class _Interrupted(ModuleType):
    def __getattr__(self, name: str) -> object:
        raise KeyboardInterrupt


def test_ctrl_c_during_the_imports_ends_it_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "harness.cli", _Interrupted("harness.cli"))

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 130
    assert ended.value.__suppress_context__
