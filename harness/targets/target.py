"""The target of a run: where it is, how to reach it, and what it may be asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from harness.expressions.cel import Expression
    from harness.targets.budget import Rate
    from harness.trace.verdicts import Place

_SOCKET_SCHEMES = {"http": "ws", "https": "wss"}
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """A clause that the target does not keep yet.

    Attributes:
        clause: CONTRACT/CLAUSE, such as `renders/deadlines/finished`.
        reason: why that is known and borne.
        until: the last day on which it is.
        place: where the target file says so.
    """

    clause: str
    reason: str
    until: date
    place: Place


@dataclass(frozen=True, slots=True)
class Cost:
    """What one job costs; the currency may be empty."""

    amount: Decimal
    currency: str = ""

    def text(self, jobs: int) -> str:
        """What so many jobs cost, with two places or as many as it needs: `0.50 USD`."""
        total = self.amount * jobs
        rounded = total.quantize(_CENT)
        shown = f"{rounded:f}" if rounded == total else f"{total:f}".rstrip("0")
        return f"{shown} {self.currency}".rstrip()


@dataclass(frozen=True, slots=True)
class Ready:
    """How to tell that the build under test is the one serving.

    Attributes:
        path: what is asked for.
        expect: what must hold of its answer, over `status`, `headers`, `body` and `env`; None: it is a 2xx.
        within: the seconds after which it is given up.
        environment: the variables that `expect` uses as `env.NAME`; they are secrets.
    """

    path: str
    expect: Expression | None
    within: float
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class RestartCommand:
    """What restarts the target.

    Attributes:
        command: the program and its arguments.
        within: the seconds that it may take; and the target then, until it answers, if it has no `ready`.
        folder: where it is run.
    """

    command: tuple[str, ...]
    within: float
    folder: Path


@dataclass(frozen=True, slots=True)
class Target:
    """What is judged.

    Attributes:
        url: http:// or https://, without a trailing slash.
        headers: sent with requests and upgrades to the target's own origin (RFC 6454), and nowhere else.
        name: what the target file calls it; empty if it was given as an address.
        proxy: the address of the proxy for requests and sockets; may hold credentials.
        ca: a PEM file of the only authorities that are trusted, instead of the usual ones.
        jobs: how many jobs it may be asked for in a run.
        rate: how many requests it may get in a time.
        cost: what one job costs.
        slack: the seconds that are added to each deadline, for its distance.
        examples: how many examples a case has at most.
        concurrency: how many of them run at a time.
        ready: what to wait for before the first example, and after a restart.
        restart: what restarts it; None if nothing may.
        probes: whether probes may be made.
        waives: the groups of clauses that are not judged, each with the reason.
        known_failures: the clauses that it does not keep yet.
        production: whether it is one that a run needs leave for.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    name: str = ""
    proxy: str | None = field(default=None, repr=False)
    ca: Path | None = None
    jobs: int | None = None
    rate: Rate | None = None
    cost: Cost | None = None
    slack: float = 0.0
    examples: int | None = None
    concurrency: int | None = None
    ready: Ready | None = None
    restart: RestartCommand | None = None
    probes: bool = False
    waives: Mapping[str, str] = field(default_factory=dict)
    known_failures: tuple[KnownFailure, ...] = ()
    production: bool = False

    @property
    def on_loopback(self) -> bool:
        """Whether it runs on this machine; the bundled server does, which has no address yet."""
        host = urlsplit(self.url).hostname or "localhost"
        try:
            return host == "localhost" or ip_address(host).is_loopback
        except ValueError:  # any other name
            return False

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
    problem = address_problem(url)
    if problem:
        raise HarnessError(f"--target takes {problem}")
    return Target(normal_address(url), headers)


def address_problem(url: str) -> str:
    """What an address must be instead, if `url` is none; what it holds is not repeated where it may be a secret."""
    try:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            return "no user or password; give the header 'Authorization: Basic ${env.CREDENTIALS}'"
        known = parts.scheme in _SOCKET_SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        known = known and not set("?#").intersection(url)
    except ValueError:
        known = False
    return "" if known else f"an address such as http://127.0.0.1:8787, with nothing behind ? or #; not {url!r}"


def normal_address(url: str) -> str:
    """The address with its scheme in small letters and no slash at its end."""
    scheme, colon, rest = url.partition(":")
    return f"{scheme.lower()}{colon}{rest}".rstrip("/")


def check_production(target: Target, yes: bool) -> None:
    """Go on only if the target is no production one, or the user said so.

    Raises:
        HarnessError: it is one, and nobody did.
    """
    if target.production and not yes:
        called = f"the target {target.name!r}" if target.name else target.url
        raise HarnessError(f"{called} is production, and a run makes real jobs there: add --yes if that is meant")


def _origin(url: str) -> tuple[bool, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme in ("https", "wss"), parts.hostname, parts.port or _PORTS.get(parts.scheme)
