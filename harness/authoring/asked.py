"""What is asked for: a curl command as the request of a contract, the target and its secrets.

A secret that stands in the command goes to the target's headers as `${env.NAME}`; its value is only handed on to the
one run. A contract has no values of the environment, so a secret anywhere else is refused.

The request is kept as a tree of templates, in which later guesses put expressions in the place of numbers:
`path` (without query), `query`, `headers`, and one of `json`, `multipart`, `pairs` (a urlencoded body) and `raw`.
"""

from __future__ import annotations

import base64
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.authoring.bodies import pairs, read_body
from harness.authoring.client_ids import texts, with_fresh
from harness.authoring.curl import Curl
from harness.authoring.observed import is_text
from harness.authoring.words import SHORTEST_SECRET, is_secret_name, snake, upper
from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.trace.events import Json

CREDENTIALS = "CREDENTIALS"
"""How the name of a variable with user and password ends."""
_REFERENCE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|\{env\.([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_TEMPLATE = re.compile(r"\$\{[^}]*\}")
_SECRET_HEADER = re.compile(r"authorization|proxy_authorization|cookie")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and where it goes.

    Attributes:
        method: in capitals.
        origin: scheme, host and port.
        request: the tree, see this module.
        target_headers: secrets in them are `${env.NAME}`.
        literals: the values of those variables that stood in the command, by name.
        variables: the names of all variables that the headers use.
        fresh: new values for ids that the client makes, by the name that the tree has for each.
        originals: the ids that stood in the command in their places.
        notes: what was left out or changed.
    """

    method: str
    origin: str
    request: Mapping[str, Json]
    target_headers: Mapping[str, str] = field(default_factory=dict)
    literals: Mapping[str, str] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    fresh: Mapping[str, str] = field(default_factory=dict)
    originals: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_asked(
    curl: Curl, name: str, environment: Mapping[str, str], read: Callable[[str], bytes], option: str = "--from-curl"
) -> Asked:
    """What a curl command asks for.

    Args:
        curl: the command.
        name: the contract's; names of variables are made of it.
        environment: by it a secret in the command is known to be the value of a variable.
        read: gives the content of a file that the command names.
        option: where the command was written, for what is wrong.

    Raises:
        HarnessError: it has what a contract cannot have.
    """
    url, curl = _with_user(_whole_url(curl.url, environment, option), curl)
    headers = _Headers(name, environment)
    own = {key: value for key, value in curl.headers if not headers.take(key, value)}
    if curl.user:
        headers.basic(curl.user)
    parts = urlsplit(url)
    tree: dict[str, Json] = {"path": parts.path or "/"}
    query = pairs(parts.query)
    if query is None:
        tree["path"] += f"?{parts.query}"
    else:
        tree["query"] = query
    notes = [f"left out, only a browser sends it: {', '.join(curl.dropped)}"] if curl.dropped else []
    tree |= read_body(curl, own, read, option, notes)
    tree["headers"] = own
    _refuse_secrets(tree, option)
    tree, originals = with_fresh(tree)
    fresh = {key: str(uuid.uuid4()) for key in originals}
    origin = f"{parts.scheme}://{parts.netloc}"
    return Asked(
        curl.method,
        origin,
        tree,
        headers.lines,
        headers.literals,
        tuple(headers.variables),
        fresh,
        originals,
        tuple(notes),
    )


def path_text(request: Mapping[str, Json]) -> str:
    """The path with its query, as a template."""
    query = request.get("query") or {}
    joined = "&".join(f"{key}={value}" if value is not None else key for key, value in query.items())
    return f"{request['path']}?{joined}" if joined else str(request["path"])


def carried(asked: Asked) -> dict[str, str]:
    """The headers that carry what an earlier request brought, such as a login's token; their values are templates.

    The socket needs them too.
    """
    headers: dict[str, str] = asked.request.get("headers") or {}
    return {name: value for name, value in headers.items() if _TEMPLATE.search(value) and is_secret_header(name)}


def is_secret_header(name: str) -> bool:
    """Whether a header of this name carries a secret."""
    return is_secret_name(name) or bool(_SECRET_HEADER.fullmatch(snake(name)))


def pairs_text(values: Mapping[str, Json]) -> str:
    """A urlencoded body, as a template."""
    return "&".join(f"{key}={value}" for key, value in values.items())


class _Headers:
    """Takes the headers that go to the target: those with a secret, or with a value of the environment."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._prefix = upper(name)
        self._environment = environment
        self.lines: dict[str, str] = {}
        self.literals: dict[str, str] = {}
        self.variables: list[str] = []

    def take(self, name: str, value: str) -> bool:
        """Whether this header is one of the target's; it is taken then."""
        if _REFERENCE.search(value):
            self.lines[name] = _REFERENCE.sub(self._referred, value)
            return True
        plain = snake(name)
        if _TEMPLATE.search(value):
            return False  # it comes from a request made before
        if not is_secret_header(name):
            return False
        scheme, space, secret = value.partition(" ") if plain.endswith("authorization") else ("", "", value)
        if not space:
            scheme, secret = "", value
        suffix = "TOKEN" if plain.endswith("authorization") else upper(plain).removeprefix("X_")
        self.lines[name] = f"{scheme}{space}{self._literal(suffix, secret.strip())}"
        return True

    def basic(self, user: str) -> None:
        """The header of -u (RFC 7617)."""
        whole = _REFERENCE.sub(lambda found: self._environment.get(_named(found), ""), user)
        encoded = base64.b64encode(whole.encode()).decode()
        self.lines["Authorization"] = f"Basic {self._literal(CREDENTIALS, encoded)}"

    def _referred(self, found: re.Match[str]) -> str:
        return self._variable(_named(found))

    def _literal(self, suffix: str, value: str) -> str:
        known = [name for name, held in self._environment.items() if held == value and len(value) >= SHORTEST_SECRET]
        if known:
            return self._variable(min(known, key=lambda name: (not is_secret_name(name), name)))
        name = f"{self._prefix}_{suffix}"
        self.literals[name] = value
        return self._variable(name)

    def _variable(self, name: str) -> str:
        if name not in self.variables:
            self.variables.append(name)
        return f"${{env.{name}}}"


def _named(found: re.Match[str]) -> str:
    return str(found.group(1) or found.group(2) or found.group(3))


def _whole_url(url: str, environment: Mapping[str, str], option: str) -> str:
    """The address, with what its beginning takes from the environment (`$API/renders`), and a scheme."""
    leading = _REFERENCE.match(url)
    if leading:
        value = environment.get(_named(leading), "")
        if not value:
            raise HarnessError(f"the environment variable {_named(leading)} is not set (or empty): export it first")
        url = value.rstrip("/") + url[leading.end() :]
    url = url.partition("#")[0]
    if "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise HarnessError(f"{option}: its address must be http:// or https://, with a host and perhaps a port")
    return url


def _with_user(url: str, curl: Curl) -> tuple[str, Curl]:
    """The address without a user in it, and the command with that user as -u has it."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, curl
    moved = Curl(curl.method, url, curl.headers, curl.data, curl.form, curl.user or user, curl.dropped)
    return url.replace(parts.netloc, host, 1), moved


def _refuse_secrets(tree: Mapping[str, Json], option: str) -> None:
    """A contract has no values of the environment: what must not be written there cannot be in it.

    Raises:
        HarnessError: there is a secret, or a value of the environment, in the path, the query or the body.
    """
    for path, text in texts(tree):
        if not all(map(is_text, (*path, text))):
            raise HarnessError(f"{option}: a text of the {path[0]} has half of a surrogate pair, which is no character")
        bare = _TEMPLATE.sub(lambda found: "" if "." in found.group() else found.group(), text)
        used = re.search(r"(?<!\$)\$\{(env\.)?[A-Za-z_]\w*\}", text) if path[0] != "headers" else None
        used = used or (re.fullmatch(r"\$[A-Za-z_]\w*", text) if path[0] in ("path", "query", "json") else None)
        where = f"{path[0]} {'.'.join(path[1:])}".strip()
        if used:
            raise HarnessError(
                f"{option}: {where} takes {used.group()} from the environment, which only headers can: write the value "
                "itself if it is no secret"
            )
        if len(path) > 1 and path[0] != "headers" and bare and is_secret_name(path[-1]):
            raise HarnessError(
                f"{option}: {where} looks like a secret, and no secret is written into a contract: send it as a "
                "header, or take it from a request made before (--before)"
            )
