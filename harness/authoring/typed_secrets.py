"""What is typed for the socket, its address and what is sent, holds no secret: both stand in the contract.

A value of the environment may stand there, as `${env.NAME}`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from harness.authoring.words import is_secret_name
from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.trace.events import Json

_TEMPLATE = re.compile(r"\$\{[^}]*\}")
_VALUE_OF_QUERY = re.compile(r"(?<==)\$([A-Za-z_]\w*)(?=[&#]|$)")
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)")
_USER = re.compile(r"^[^/?#]*://([^/?#]*)@")


def socket_without_secrets(template: str) -> str:
    """The socket's address; `?token=$NAME` is `${env.NAME}` in it.

    Raises:
        HarnessError: there is a secret in it.
    """
    template = _VALUE_OF_QUERY.sub(r"${env.\1}", template)
    bare = _TEMPLATE.sub("", template)
    user = _USER.match(bare)
    if user and user.group(1).strip(":"):
        raise HarnessError(f"--socket: {_refused('its user')}")
    for pair in re.split("[&;]", bare.partition("?")[2].partition("#")[0]):
        name, _, value = pair.partition("=")
        if value and is_secret_name(unquote(name)):
            raise HarnessError(f"--socket: {_refused(f'query {unquote(name)}')}")
    return template


def sends_without_secrets(sends: Mapping[str, Json]) -> dict[str, Json]:
    """The messages that are sent; a text `$NAME` under the name of a secret is `${env.NAME}` in them.

    Raises:
        HarnessError: there is a secret in one.
    """
    return {name: _without_secrets(message, "", ()) for name, message in sends.items()}


def missing_variable(used: frozenset[str], environment: Mapping[str, str]) -> str:
    """The first of the variables that is not set; empty if all are."""
    return next((name for name in sorted(used) if not environment.get(name)), "")


def _without_secrets(value: Json, field: str, path: tuple[str, ...]) -> Json:
    """The same for what stands at a path, below the field of this name."""
    if isinstance(value, dict):
        return {key: _without_secrets(item, str(key), (*path, str(key))) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item, field, (*path, str(at))) for at, item in enumerate(value)]
    if not isinstance(value, str) or not is_secret_name(field):
        return value
    variable = _VARIABLE.fullmatch(value)
    if variable:
        return f"${{env.{variable.group(1)}}}"
    if _TEMPLATE.sub("", value):
        raise HarnessError(f"--send: {_refused('.'.join(path))}")
    return value


def _refused(where: str) -> str:
    return (
        f"{where} looks like a secret, and no secret is written into a contract: write ${{env.NAME}} in single quotes "
        "for a variable of the environment, or take it from a request made before (--before)"
    )
