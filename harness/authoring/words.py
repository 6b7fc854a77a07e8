"""Names: for kinds, inputs and environment variables, and what a name gives away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.contract.fields import is_variable
from harness.targets.masking import looks_secret

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.trace.events import Json

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
SHORTEST_SECRET = 8
_INNOCENT = frozenset({"code", "session", "session_id"})
"""Names that secrets have, and much else too."""
_SECRET_KEY = re.compile(r"(^|_)(api|access|private|secret|auth|signing|license|subscription|session)_?key$")
_PLURAL_OF_TEXT = re.compile(r"tokens?_(used|count|left|total)|(max|total|prompt|completion)_tokens?|^tokens$")
_KEEP_ALIVE = re.compile(r"(^|_)(ping|pong|heartbeat|heart_beat|keep_?alive|hb|noop|still_\w+)(_|$)")
_ACKNOWLEDGES = re.compile(r"(^|_)(ack|acks|acked|acknowledged?|subscribed|welcome|hello|pong|ready_ok)(_|$)")


def snake(text: str) -> str:
    """`photoStatus`, `photo-status` and `photo.status` as `photo_status`; empty if nothing is left."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    return re.sub(r"[^A-Za-z0-9]+", "_", parted).strip("_").lower()


def variable(text: str, otherwise: str, taken: Collection[str]) -> str:
    """A name for expressions made of `text`, unlike all in `taken`; made of `otherwise` if nothing is left of it."""
    base = snake(text)
    if not base or not base[0].isalpha():
        base = f"{otherwise}_{base}".rstrip("_")
    base = base[:40].rstrip("_")
    if not is_variable(base) or base in taken:
        base = f"{base}_{otherwise}"
    name, number = base, 2
    while name in taken or not is_variable(name):
        name, number = f"{base}_{number}", number + 1
    return name


def upper(text: str, otherwise: str = "SERVICE") -> str:
    """`text` as the beginning of an environment variable's name."""
    name = snake(text).upper()
    return name if name and name[0].isalpha() else otherwise


def is_secret_name(name: str) -> bool:
    """Whether a field, header or parameter of this name most likely holds a secret."""
    plain = snake(name)
    if _SECRET_KEY.search(plain):
        return True
    rest = re.sub(r"(^|_)keys?(?=_|$)", "", plain)  # most keys are no secrets: sort_key, Idempotency-Key
    return looks_secret(rest) and rest not in _INNOCENT and not _PLURAL_OF_TEXT.search(rest)


def secret_values(value: Json, name: str = "") -> list[str]:
    """The texts inside `value` that stand under the name of a secret, in addresses too."""
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in secret_values(item, str(key))]
    if isinstance(value, list):
        return [found for item in value for found in secret_values(item, name)]
    if not isinstance(value, str):
        return []
    if is_secret_name(name) and not _is_address(value):
        return [value] if len(value) >= SHORTEST_SECRET else []
    pairs = re.findall(r"[?&]([^=&#\s]+)=([^&#\s]+)", value)
    return [found for key, found in pairs if is_secret_name(key) and len(found) >= SHORTEST_SECRET]


def is_keep_alive(name: str) -> bool:
    """Whether a kind of this name most likely only says that the connection lives."""
    return bool(_KEEP_ALIVE.search(name))


def is_acknowledgement(name: str) -> bool:
    """Whether a kind of this name most likely answers what the client sent."""
    return bool(_ACKNOWLEDGES.search(name))


def _is_address(text: str) -> bool:
    return "://" in text or text.startswith("/")
