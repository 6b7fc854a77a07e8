from __future__ import annotations

import subprocess
import sys

NULLS = """
from harness.expressions.cel import Environment
expression = Environment(["a"]).compile("a")
for _ in range(200):
    assert expression.evaluate({"a": [None] * 500}) == [None] * 500
    assert Environment(["a"]).compile("a.map(x, x)").evaluate({"a": [None] * 500}) == [None] * 500
print("alive")
"""


def test_a_hundred_thousand_nulls_do_not_end_the_process() -> None:
    ran = subprocess.run([sys.executable, "-c", NULLS], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "alive\n"), ran.stderr
