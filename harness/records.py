"""Named tuples whose classes cost little to make.

`typing.NamedTuple` compiles the annotation of each field, which nobody asks for while the harness runs; for all classes
together that takes several milliseconds of each start.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    _NO_ATTRIBUTES = {"__annotations__", "__module__", "__qualname__"}

    class _Making(type):
        """Makes of the body of a class what `typing.NamedTuple` makes of it, but for the types of its fields."""

        def __new__(cls, name: str, _: tuple[type, ...], body: dict[str, Any]) -> type:
            fields = body.get("__annotations__", {})
            defaults = [body[field] for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            made.__qualname__ = body["__qualname__"]
            for attribute in body.keys() - fields.keys() - _NO_ATTRIBUTES:
                setattr(made, attribute, body[attribute])
            return made

    NamedTuple = type.__new__(_Making, "NamedTuple", (), {})
