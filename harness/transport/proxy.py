"""The proxy of a target, for requests and for the upgrade of a socket.

What is told of it never repeats its address, which may hold credentials.
"""

from __future__ import annotations

from http import HTTPStatus
from importlib.util import find_spec

from harness.errors import HarnessError

_SOCKS_PACKAGES = {"socksio": "socksio", "python_socks": "python-socks[asyncio]"}
_CREDENTIALS = "give it credentials: proxy: http://USER:${env.PASSWORD}@HOST:PORT"


def check_proxy(proxy: str) -> None:
    """Go on only if connections can be made through `proxy`.

    Raises:
        HarnessError: its scheme is not known, or needs packages that are not installed.
    """
    scheme = proxy.partition("://")[0].lower()
    if scheme in ("http", "https"):
        return
    if scheme not in ("socks5", "socks5h"):
        raise HarnessError("proxy: it must begin with http://, https://, socks5:// or socks5h://")
    missing = [wanted for package, wanted in _SOCKS_PACKAGES.items() if find_spec(package) is None]
    if missing:
        needed = " ".join(f"'{name}'" for name in missing)
        raise HarnessError(f"proxy: {scheme}:// needs more packages: pip install {needed}; http:// needs none")


def check_not_refused(status: int) -> None:
    """Go on only if the proxy's answer to a CONNECT does not blame us (4xx): then the target has nothing to do with it.

    Raises:
        HarnessError: it does.
    """
    if not 400 <= status < 500:
        return
    unasked = status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
    hint = _CREDENTIALS if unasked else "it may not allow this host or port; ask whoever runs it"
    raise HarnessError(f"the proxy refused the connection with {status}: {hint}")
