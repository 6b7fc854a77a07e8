"""The target of a run: where it is, and which headers belong to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOCKET_SCHEMES = {"http": "ws", "https": "wss"}
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """What is judged.

    Attributes:
        url: http:// or https://, without a trailing slash.
        headers: sent with requests and upgrades to the target's own origin (RFC 6454), and nowhere else.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def http_url(self, path: str) -> str:
        """The address of a path; an absolute http(s) URL is left as it is."""
        return path if path.startswith(("http://", "https://")) else f"{self.url}/{path.removeprefix('/')}"

    def socket_url(self, address: str) -> str:
        """The ws(s) address of a path; an absolute URL keeps its host."""
        url = address if "://" in address else self.http_url(address)
        scheme, _, rest = url.partition("://")
        return f"{_SOCKET_SCHEMES.get(scheme, scheme)}://{rest}"

    def headers_for(self, url: str) -> Mapping[str, str]:
        """The target's headers if `url` is of its origin, else none."""
        try:
            return self.headers if _origin(url) == _origin(self.url) else {}
        except ValueError:  # no address at all; connecting to it will say so
            return {}


def make_target(url: str, headers: Mapping[str, str]) -> Target:
    """A target from what the user wrote.

    Raises:
        HarnessError: it is no http(s) address.
    """
    try:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            raise HarnessError(
                "--target takes no user or password; give --header 'Authorization: Basic ${env.CREDENTIALS}'"
            )
        known = parts.scheme in _SOCKET_SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        known = known and not set("?#").intersection(url)
    except ValueError:
        known = False
    if not known:
        raise HarnessError(f"--target takes an address such as http://127.0.0.1:8787, not {url!r}")
    return Target(f"{parts.scheme}{url[len(parts.scheme) :]}".rstrip("/"), headers)


def _origin(url: str) -> tuple[bool, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme in ("https", "wss"), parts.hostname, parts.port or _PORTS.get(parts.scheme)
