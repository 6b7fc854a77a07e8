import pytest

from tests.faults import table
from tests.faults.judged import Entry, Judged
from tests.faults.page import page, row, wrong


def entry(name: str, *killed_by: str, family: str = "order") -> Entry:
    looks = f"what {name} looks like"
    return Entry(name, family, looks, list(killed_by), ["wrong-order"], needs_restart=False, seeded=False)


def found(name: str, *broken: str, problem: str = "", told: str = "wrong-order") -> Judged:
    return Judged(name, {clause: [told] for clause in broken}, 7, 1.6, problem)


FOUND, OTHERWISE, SURVIVED = entry("found", "c/order"), entry("otherwise", "c/order"), entry("survivor", "c/order")
NO_OP = entry("no-op", family="none")
ENTRIES = [FOUND, OTHERWISE, SURVIVED, NO_OP]
JUDGED = {
    one.name: one
    for one in (found("found", "c/x", "c/order"), found("otherwise", "c/x"), found("survivor"), found("no-op"))
}


def test_what_is_wrong() -> None:
    assert wrong(ENTRIES, JUDGED) == [
        "otherwise was found by no clause that its entry names (c/order), but by c/x",
        "survivor SURVIVED: what survivor looks like",
    ]
    assert wrong([FOUND, NO_OP], JUDGED) == []


def test_a_fault_that_is_told_as_something_else() -> None:
    told = found("found", "c/order", told="lost-message")
    assert wrong([FOUND], {"found": told}) == ["found was told as lost-message, and not only as wrong-order"]
    elsewhere = found("found", "c/x", told="lost-message").broken | found("found", "c/order").broken
    assert wrong([FOUND], {"found": Judged("found", elsewhere, 7, 1.6)}) == []


@pytest.mark.parametrize("no_op", [found("no-op", "c/x"), found("no-op", problem="inconclusive: slow")])
def test_a_no_op_that_is_found(no_op: Judged) -> None:
    (line,) = wrong([NO_OP], {"no-op": no_op})
    assert line.startswith("no-op changes nothing, and yet: ")


def test_survivors_come_first() -> None:
    text = page(ENTRIES, JUDGED)
    assert (
        text.index("survivor SURVIVED")
        < text.index("2 of 3 faults were found, 1 by a clause that")
        < text.index("## Order")
    )
    assert "no-op" not in text


def test_what_was_not_run_is_named() -> None:
    assert "Not run yet: `otherwise`, `survivor`.\n" in page(ENTRIES, {"found": JUDGED["found"]})
    assert "Not run" not in page(ENTRIES, JUDGED)


def test_rows() -> None:
    assert row(FOUND, JUDGED["found"]) == "| `found` | what found looks like | **c/order**, c/x | wrong-order | 7 | 2 |"
    many = found("found", "c/1", "c/2", "c/3", "c/4", "c/order")
    assert "**c/order**, c/1, c/2 and 2 more" in row(FOUND, many)
    assert "**none: it survived** (slow)" in row(SURVIVED, found("survivor", problem="slow"))


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert table.main(["--only", "no-such-fault"]) == 2
    assert "no such fault: no-such-fault" in capsys.readouterr().err
