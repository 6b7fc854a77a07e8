"""How many requests a client may make in a while."""

import math
import re
from collections import deque

from reference_server.answers import Refusal
from reference_server.clock import Clock

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_MANY_CLIENTS = 1000


class RateLimit:
    """At most `count` requests of a client in any `seconds`. Refused requests do not count."""

    def __init__(self, count: int, seconds: float, clock: Clock) -> None:
        self._count = count
        self._seconds = seconds
        self._clock = clock
        self._clients: dict[str, deque[float]] = {}

    def check(self, client: str) -> None:
        """Count a request of `client`, named by its address.

        Raises:
            Refusal: 429, with the time after which one more is allowed.
        """
        now = self._clock.monotonic()
        self._forget_idle(now)
        counted = self._clients.setdefault(client, deque())
        while counted and counted[0] <= now - self._seconds:
            counted.popleft()
        if len(counted) >= self._count:
            retry_after = max(1, math.ceil(counted[0] + self._seconds - now))
            raise Refusal(
                429,
                "RATE_LIMIT_EXCEEDED",
                f"more than {self._count} requests in {self._seconds:g} s; try again in {retry_after} s",
                details={"retryAfter": retry_after},
                headers={"Retry-After": str(retry_after)},
            )
        counted.append(now)

    def _forget_idle(self, now: float) -> None:
        if len(self._clients) > _MANY_CLIENTS:
            limit = now - self._seconds
            self._clients = {name: times for name, times in self._clients.items() if times and times[-1] > limit}


def read_rate(text: str) -> tuple[int, float]:
    """The count and the seconds of a rate such as `10/m` (`s`, `m` and `h` are known).

    Raises:
        ValueError: it is no such text.
    """
    match = re.fullmatch(r"([1-9]\d{0,5})/([smh])", text)
    if match is None:
        raise ValueError(f"{text!r} is no rate: write a count and s, m or h, as in 10/m")
    return int(match[1]), _SECONDS[match[2]]
