from collections.abc import AsyncIterator, Iterator

import pytest

from tests.reference_server import client
from tests.reference_server.client import Client


@pytest.fixture(scope="session")
def fast_url() -> Iterator[str]:
    with client.process() as (_, url):
        yield url


@pytest.fixture(scope="session")
def slow_url() -> Iterator[str]:
    """A server that takes 0.3 s for a photo and 0.8 s for an import, so that there is a midway."""
    with client.process("--photo-seconds", "0.3", "--csv-seconds", "0.8") as (_, url):
        yield url


@pytest.fixture
async def fast(fast_url: str) -> AsyncIterator[Client]:
    async with client.client(fast_url) as connected:
        yield connected


@pytest.fixture
async def slow(slow_url: str) -> AsyncIterator[Client]:
    async with client.client(slow_url) as connected:
        yield connected
