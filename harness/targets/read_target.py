"""One target of a target file, read from its YAML; every mistake is noted with its place."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.contract.fields import Fields, entries
from harness.contract.source import Node, Scalar, Sequence, kind_of
from harness.targets.budget import RATE_FORM, parse_rate
from harness.targets.read_conditions import read_known_failures, read_ready, read_waives
from harness.targets.reading import Reading, read_optional
from harness.targets.secrets import header_problem, variables
from harness.targets.target import Cost, RestartCommand, Target, address_problem, normal_address

if TYPE_CHECKING:
    from pathlib import Path

    from harness.targets.budget import Rate

RESTART_WITHIN = 60.0
PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_COST = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(?: +([^\W\d_]{1,12}|[^\w\s]))?")


def read_target(name: str, node: Node, reading: Reading) -> Target:
    """The target that `node` describes; where something is wrong, that is noted and left out."""
    fields = Fields(node, "a target", reading.problems)
    target = Target(
        url=read_optional(fields.need("url"), _url, reading) or "",
        headers=read_optional(fields.take("headers"), _headers, reading) or {},
        name=name,
        proxy=read_optional(fields.take("proxy"), _proxy, reading),
        ca=read_optional(fields.take("ca"), _ca, reading),
        jobs=_count("jobs", fields, reading),
        rate=read_optional(fields.take("rate"), _rate, reading),
        cost=read_optional(fields.take("cost_per_job"), _cost, reading),
        slack=fields.seconds("slack", 0.0),
        examples=_count("examples", fields, reading),
        concurrency=_count("concurrency", fields, reading),
        ready=read_optional(fields.take("ready"), read_ready, reading),
        restart=read_optional(fields.take("restart"), _restart, reading),
        probes=read_optional(fields.take("probes"), _probes, reading) or False,
        waives=read_optional(fields.take("waives"), read_waives, reading) or {},
        known_failures=read_optional(fields.take("known_failures"), read_known_failures, reading) or (),
        production=read_optional(fields.take("production"), _production, reading) or False,
    )
    fields.done()
    return target


def _url(node: Node, reading: Reading) -> str | None:
    url = reading.expanded(node, "'url'")
    if url is None:
        return None
    problem = address_problem(url)
    if problem:
        reading.problems.add(node.span, f"'url' takes {problem}")
    return normal_address(url)


def _headers(node: Node, reading: Reading) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, span, value_node in entries(node, "'headers'", reading.problems):
        if name.lower() in map(str.lower, found):
            reading.problems.add(span, f"the header {name} stands twice", "names are compared without regard to case")
        value = _header_value(name, value_node, reading)
        if value is not None:
            found[name] = value
    return {name: value for name, value in found.items() if name.lower() not in reading.given}


def _header_value(name: str, node: Node, reading: Reading) -> str | None:
    if name.lower() in reading.given:
        return "given"
    if isinstance(node, Scalar) and isinstance(node.value, str) and not variables(node.value):
        reading.secrets.add_header(name, node.value)  # before anything is told of it
    value = reading.expanded(node, f"the header {name}", credential=True)
    if value is None:
        return None
    value = value.strip(" ")
    problem = header_problem(name, value)
    if problem:
        reading.problems.add(node.span, problem)
    if reading.environment is not None:
        reading.secrets.add_header(name, value)
    return value


def _proxy(node: Node, reading: Reading) -> str | None:
    proxy = reading.expanded(node, "'proxy'", credential=True)
    if proxy is None:
        return None
    try:
        reading.secrets.add_user(proxy)
        problem = _proxy_problem(proxy)
    except ValueError:
        problem = "no address"
    if problem:
        hint = "for example http://proxy.example.com:3128, or http://${env.PROXY_USER}:${env.PROXY_PASSWORD}@HOST:PORT"
        reading.problems.add(node.span, f"'proxy' cannot be used: {problem}", hint)
    return proxy


def _proxy_problem(proxy: str) -> str:
    """What is wrong with the address of a proxy, without repeating it.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(proxy)
    if parts.scheme not in PROXY_SCHEMES or "://" not in proxy:
        return f"it must begin with {', '.join(f'{scheme}://' for scheme in PROXY_SCHEMES[:-1])} or socks5h://"
    if not parts.hostname or parts.port == 0:
        return "it names no host"
    if parts.path not in ("", "/") or set("?#").intersection(proxy):
        return "nothing can stand behind its host and port"
    return "its user has no password" if parts.username is not None and parts.password is None else ""


def _ca(node: Node, reading: Reading) -> Path | None:
    written = reading.expanded(node, "'ca'")
    if written is None:
        return None
    path = reading.folder / written
    try:
        there = path.is_file()
    except (OSError, ValueError):  # ValueError: a NUL in the path
        there = False
    if not there and reading.environment is not None:
        reading.problems.add(node.span, "there is no such file", f"looked at {path}")
    return path


def _count(key: str, fields: Fields, reading: Reading) -> int | None:
    node = fields.take(key)
    if node is None:
        return None
    if isinstance(node, Scalar) and type(node.value) is int and 0 < node.value < 10**9:
        return node.value
    reading.problems.add(node.span, f"{key!r} must be a whole number from 1 on; found {kind_of(node)}")
    return None


def _rate(node: Node, reading: Reading) -> Rate | None:
    rate = parse_rate(node.value) if isinstance(node, Scalar) else None
    if rate is None:
        reading.problems.add(node.span, f"'rate' must be {RATE_FORM}; found {kind_of(node)}")
    return rate


def _cost(node: Node, reading: Reading) -> Cost | None:
    """A number, or a text with a currency behind it."""
    value = node.value if isinstance(node, Scalar) and not isinstance(node.value, bool) else None
    found = _COST.fullmatch(value if isinstance(value, str) else _digits(value))
    if found is None:
        reading.problems.add(node.span, f"'cost_per_job' must be such as 0.02 USD, or a number; found {kind_of(node)}")
        return None
    return Cost(Decimal(found.group(1)), found.group(2) or "")


def _digits(value: object) -> str:
    try:
        return f"{Decimal(repr(value)):f}"
    except InvalidOperation:
        return ""


def _restart(node: Node, reading: Reading) -> RestartCommand | None:
    fields = Fields(node, "what restarts it", reading.problems)
    command = read_optional(fields.need("command"), _command, reading)
    within = fields.seconds("within", RESTART_WITHIN)
    fields.done()
    return RestartCommand(command, within, reading.folder) if command is not None else None


def _command(node: Node, reading: Reading) -> tuple[str, ...] | None:
    """A program and its arguments; None, and noted, if it is none, or if it is not needed."""
    if not isinstance(node, Sequence) or not node.items:
        told = f"'command' must be a list of a program and its arguments; found {kind_of(node)}"
        reading.problems.add(node.span, told, "no shell reads it; for example [docker, compose, restart, api]")
        return None
    words = [reading.expanded(item, "a word of 'command'") for item in node.items]
    return None if None in words else tuple(word for word in words if word is not None)


def _probes(node: Node, reading: Reading) -> bool:
    if isinstance(node, Scalar) and node.value == "allowed":
        return True
    reading.problems.add(
        node.span, f"'probes' can only be 'allowed'; found {kind_of(node)}", "leave it out where they are not"
    )
    return False


def _production(node: Node, reading: Reading) -> bool:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    reading.problems.add(node.span, f"'production' must be true or false; found {kind_of(node)}")
    return False
