"""What job messages are, and the one way in which they become text."""

import json
from collections.abc import Mapping
from typing import Any

Message = dict[str, Any]


class ProgressError(Exception):
    """A step that the job's state does not allow; the job is as it was."""


def as_text(message: Mapping[str, Any]) -> str:
    """The text in which `message` is sent: in ASCII, so that no character fails to encode, lone surrogates neither."""
    return json.dumps(message, separators=(",", ":"))
