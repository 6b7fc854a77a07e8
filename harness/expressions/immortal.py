"""Keeping None alive: cel-expr-python 0.1.3 gives one reference to it away with each null that it turns into Python.

Where None is counted like any other object, before CPython 3.12 (PEP 683), that ends the process after some ten
thousand nulls: `Fatal Python error: none_dealloc`. From 3.12 on None is immortal, and nothing needs to be done.
"""

from __future__ import annotations

import sys
from functools import cache

MANY = 1 << 40
"""References, more than will ever be given away."""


@cache
def keep_none() -> None:
    """Give None so many references that it is never thought to be unused."""
    if sys.implementation.name == "cpython" and sys.version_info < (3, 12):
        import ctypes  # slow to import, and not needed by who only compiles

        ctypes.c_ssize_t.from_address(id(None)).value += MANY
