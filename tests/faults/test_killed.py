"""Some faults of each family are found by a clause that their entry names; `make faults` tries all."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.judged import Judged, entries, judge

TOGETHER = 2
FEW = ["--examples", "12", "--shrink-jobs", "0"]
SCANS, IMPORTS = "batch-scan/scans-every-photo", "csv-import/imports-every-row"
SHOWN_BY = {
    "no-op": SCANS,
    "csv-first-progress-lost": IMPORTS,
    "batch-complete-twice": SCANS,
    "job-id-upper-cased": SCANS,
    "total-of-one-photo": SCANS,
    "total-photos-as-text": SCANS,
    "upgrade-late": SCANS,
    "closes-with-1011": IMPORTS,
    "500-for-bad-input": "batch-refused/none-or-too-many-images",
    "sixth-photo-accepted": "batch-scan/too-many-images",
    "csv-bad-file-completes": "csv-import/refuses-a-file-that-is-no-csv",
    "unreadable-photo-is-complete": "batch-scan/goes-on-after-an-unreadable-photo",
    "sometimes-another-id:seed=7": IMPORTS,
    "ids-given-again": "batch-scan/says-the-same-id-after-the-end",
    "lost-on-restart": "csv-import/survives-a-restart",
    "twice-after-restart": "batch-scan/survives-a-restart",
}
"""A case in which each shows, so that only that is run."""

ENTRIES = {entry.name: entry for entry in entries()}


@pytest.fixture(scope="module")
def judged(request: pytest.FixtureRequest) -> dict[str, Judged]:
    """What runs say of the faults for which a test was selected, some at a time."""
    asked = {item.callspec.params.get("fault") for item in request.session.items if hasattr(item, "callspec")}
    names = [name for name in SHOWN_BY if name in asked]
    with ThreadPoolExecutor(TOGETHER) as pool:
        found = pool.map(lambda name: judge(name, ["--case", SHOWN_BY[name], *FEW]), names)
        return dict(zip(names, found, strict=True))


@pytest.mark.parametrize("fault", [name for name in SHOWN_BY if name != "no-op"])
def test_it_is_found_by_a_clause_that_its_entry_names_and_told_as_what_it_says(
    fault: str, judged: dict[str, Judged]
) -> None:
    found, entry = judged[fault], ENTRIES[fault.partition(":")[0]]
    assert found.problem == ""
    assert found.named(entry), f"found by {found.broken}"
    assert set() < set(found.told(entry)) <= set(entry.told_as)


@pytest.mark.parametrize("fault", ["no-op"])
def test_nothing_is_found_where_nothing_is_wrong(fault: str, judged: dict[str, Judged]) -> None:
    assert judged[fault] == Judged(fault, {}, judged[fault].jobs, judged[fault].seconds)
    assert judged[fault].jobs


def test_a_fault_that_there_is_not() -> None:
    assert "Did you mean 'never-closes'?" in judge("never-close").problem
