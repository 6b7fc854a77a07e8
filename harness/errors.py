"""The one kind of exception that means: the contract, the usage or the harness is wrong.

That the *target* is wrong is never an exception: it is a violation, frozen data (`harness.trace.verdicts`).
"""

from __future__ import annotations


class HarnessError(Exception):
    """The contract, the usage or the harness is wrong; the text says what to do next."""
