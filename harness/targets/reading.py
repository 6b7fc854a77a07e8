"""What the readers of a target file share: texts with values of the environment, and where mistakes are noted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from harness.contract.fields import text
from harness.contract.source import Node, Scalar
from harness.contract.templates import inside
from harness.targets.masking import SHORTEST_PART
from harness.targets.secrets import not_set, variables, with_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.contract.problems import Problems, Span
    from harness.targets.secrets import Secrets

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the readers of one target share.

    Attributes:
        problems: what is wrong so far.
        secrets: where the values of the environment go.
        environment: its variables; None if this is not the target that was asked for, so that none are needed.
        given: the names, in small letters, of the headers that the command line gives: the file's are not read then.
        folder: that of the target file.
    """

    problems: Problems
    secrets: Secrets
    environment: Mapping[str, str] | None
    given: frozenset[str]
    folder: Path

    def expanded(self, node: Node, what: str, *, credential: bool = False) -> str | None:
        """The node's text with the values of the environment; None if it is none, or if they are not needed.

        The values are secrets; very short ones only where a credential stands: they would be masked everywhere.
        """
        written = self.filled(node, what)
        if written is None or not isinstance(node, Scalar) or not self._only_variables(node, written):
            return None
        names = variables(written)
        if self.environment is None:
            return None if names else written
        missing = [name for at, name in names if not self.is_set(name, inside(node, at, len(name) + 7))]
        if missing:
            return None
        for _, name in names:
            self.keep(self.environment[name], credential=credential)
        return with_variables(written, self.environment)

    def filled(self, node: Node, what: str) -> str | None:
        """The node's text; None, and noted, if it has none."""
        written = text(node, what, self.problems)
        if written is not None and not written.strip():
            self.problems.add(node.span, f"{what} must not be empty")
            return None
        return written

    def is_set(self, name: str, span: Span) -> bool:
        """Whether the environment has the variable, as far as it matters; noted if not."""
        if self.environment is None or self.environment.get(name):
            return True
        self.problems.add(span, not_set(name))
        return False

    def keep(self, value: str, *, credential: bool) -> None:
        """Keep a value of the environment as a secret."""
        if credential or len(value) >= SHORTEST_PART:
            self.secrets.add(value)

    def _only_variables(self, node: Scalar, written: str) -> bool:
        known = {at for at, _ in variables(written)}
        others = [found.start() for found in re.finditer(r"\$\{", written) if found.start() not in known]
        for at in others:
            self.problems.add(
                inside(node, at, 2), "only ${env.NAME} can stand in a target", "for example ${env.STAGING_TOKEN}"
            )
        return not others


def read_optional(node: Node | None, read: Callable[[Node, Reading], _T | None], reading: Reading) -> _T | None:
    """What `read` makes of a node that may be missing."""
    return None if node is None else read(node, reading)
