"""What the parts of a contract were read as, so that cases which share a part share what it is read as, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Arguments = ParamSpec("Arguments")
    Read = TypeVar("Read")

_BY_VALUE = (str, frozenset, type(None))
"""What is the same if it is equal. Everything else is only if it is the very same object; of a tuple, each item."""


class Readings:
    """Reads each part of a contract once.

    What cases inherit unchanged is one node in all of them, and with the same names in scope it reads to the same, its
    mistakes too, which are noted at the first reading. So what is read must depend on nothing but the arguments, and
    nobody may change it afterwards.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], tuple[Any, tuple[Any, ...]]] = {}

    def once(self, read: Callable[Arguments, Read], *arguments: Arguments.args, **no_others: Arguments.kwargs) -> Read:
        """What `read` makes of these arguments; of the same arguments, what it made of them before."""
        key = (read, *map(_key, arguments))
        if key not in self._known:
            self._known[key] = (read(*arguments, **no_others), arguments)  # kept, so that no other gets their identity
        found: Read = self._known[key][0]
        return found


def _key(argument: object) -> object:
    if type(argument) is tuple:
        return tuple(map(_key, argument))
    return argument if isinstance(argument, _BY_VALUE) else id(argument)
