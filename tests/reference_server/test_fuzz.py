"""A part of `make fuzz-server`, always the same."""

from tests.reference_server.fuzz import fuzz


def test_requests_from_the_description_find_nothing() -> None:
    tried, found = fuzz(300, seed=1)
    assert found == ""
    assert tried >= 300
