import pytest

from reference_server.answers import Refusal
from reference_server.rate_limit import RateLimit, read_rate
from tests.reference_server.manual_clock import ManualClock


def retry_after(limit: RateLimit, client: str = "a") -> int | None:
    try:
        limit.check(client)
    except Refusal as error:
        refusal = error
    else:
        return None
    assert (refusal.status, refusal.code) == (429, "RATE_LIMIT_EXCEEDED")
    assert refusal.headers is not None
    assert refusal.details == {"retryAfter": int(refusal.headers["Retry-After"])}
    return int(refusal.headers["Retry-After"])


async def test_after_the_announced_time_one_more_is_allowed() -> None:
    clock = ManualClock()
    limit = RateLimit(2, 60, clock)
    assert retry_after(limit) is None
    await clock.advance(10.5)
    assert retry_after(limit) is None
    assert retry_after(limit) == 50
    assert retry_after(limit) == 50  # a refused request does not count
    await clock.advance(49.4)
    assert retry_after(limit) == 1
    await clock.advance(0.6)
    assert retry_after(limit) is None
    assert retry_after(limit) == 10


async def test_clients_are_counted_apart_and_forgotten_when_idle() -> None:
    clock = ManualClock()
    limit = RateLimit(1, 1, clock)
    for number in range(5_000):
        assert retry_after(limit, f"client {number}") is None
        await clock.advance(0.0005) if number % 100 == 0 else None
    assert retry_after(limit, "client 4999") == 1
    await clock.advance(2)
    assert retry_after(limit, "another") is None
    assert len(limit._clients) == 1


@pytest.mark.parametrize(("text", "rate"), [("10/m", (10, 60)), ("1/s", (1, 1)), ("999999/h", (999_999, 3600))])
def test_rates(text: str, rate: tuple[int, float]) -> None:
    assert read_rate(text) == rate


@pytest.mark.parametrize(
    "text", ["", "10", "0/m", "10/d", "10/M", "-1/m", "1.5/s", " 10/m", "10/m ", "1000000/s", "\u0661/s"]
)
def test_no_rates(text: str) -> None:
    with pytest.raises(ValueError, match="write a count and s, m or h, as in 10/m"):
        read_rate(text)
