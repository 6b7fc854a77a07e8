"""What job messages are, and the one way in which they become text."""

import json
from collections.abc import Mapping
from typing import Any

Message = dict[str, Any]


class ProgressError(Exception):
    """A step that the job's state does not allow; the job is as it was."""


def as_text(message: Mapping[str, Any]) -> str:
    """The text in which `message` is sent: one that UTF-8 can carry, whatever characters are in it.

    Lone surrogates, which UTF-8 cannot, are written as escapes, and then all that is not ASCII. Escaping is slow, so
    that a message of ten megabytes would hold up the event loop if it were always done.
    """
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(message, separators=(",", ":"))
    return text
