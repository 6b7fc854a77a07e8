import json
from pathlib import Path

import pytest

from tests.faults import table
from tests.faults.judged import Entry, Judged
from tests.faults.page import missed, page, row, seconds_of, wrong


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


def test_what_was_missed() -> None:
    unjudged = {**JUDGED, "found": found("found", problem="exit status 2, and no report")}
    assert missed(ENTRIES, JUDGED) == ["otherwise", "survivor"]
    assert missed(ENTRIES, unjudged) == ["found", "otherwise", "survivor"]
    told = {"found": found("found", "c/order", told="lost-message"), "no-op": found("no-op", "c/order")}
    assert missed(ENTRIES, told) == [], "what a run says wrongly of what it finds is told"


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
    assert "**none: it survived** |" in row(SURVIVED, found("survivor"))
    assert "**not judged** (no report) |" in row(SURVIVED, found("survivor", problem="no report"))


def test_a_fault_that_could_not_be_judged_did_not_survive() -> None:
    unjudged = {"survivor": found("survivor", problem="exit status 2, and no report")}
    assert wrong([SURVIVED], unjudged) == ["survivor could not be judged: exit status 2, and no report"]
    assert "0 of 1 faults were found" in page([SURVIVED], unjudged)
    broken_all_the_same = {"found": found("found", "c/order", problem="inconclusive: it took too long")}
    assert wrong([FOUND], broken_all_the_same) == []


def test_a_page_says_how_long_each_took() -> None:
    text = page(ENTRIES, {**JUDGED, "found": Judged("found", {}, 7, 61.7)})
    assert seconds_of(text) == {"found": 62, "otherwise": 2, "survivor": 2}


class Table:
    """The table of faults, with runs that are made up."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.page, self.kept = folder / "faults.md", folder / "kept" / "faults.json"
        self.ran: list[str] = []
        monkeypatch.setattr(table, "PAGE", self.page)
        monkeypatch.setattr(table, "KEPT", self.kept)
        monkeypatch.setattr(table, "entries", lambda: ENTRIES)
        monkeypatch.setattr(table, "judge", self.judge)

    def judge(self, name: str) -> Judged:
        self.ran.append(name)
        return found(name, "c/order") if name != "no-op" else found(name)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    return Table(tmp_path, monkeypatch)


def test_what_took_longest_last_time_begins_first_and_beside_each_one_that_took_less(
    made: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    took = {"found": 3.0, "otherwise": 61.0, "no-op": 1.0}
    made.page.write_text(page(ENTRIES, {name: Judged(name, {}, 7, seconds) for name, seconds in took.items()}))
    assert table.main(["--together", "1"]) == 0
    assert made.ran == ["survivor", "otherwise", "no-op", "found"], "of survivor and no-op nothing is known"
    said = capsys.readouterr().err.splitlines()
    assert said[-2] == "every fault was found by a clause that its entry names"
    assert said[-1].startswith("4 faults in ")
    assert "3 of 3 faults were found, 3 by a clause" in made.page.read_text()


def test_what_was_missed_among_others_is_judged_once_more_by_itself(
    made: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def judge(name: str) -> Judged:
        made.ran.append(name)
        shows = name == "found" or (name == "otherwise" and made.ran.count(name) == 2)
        return found(name, *["c/order"] * shows)

    monkeypatch.setattr(table, "judge", judge)
    assert table.main(["--together", "4"]) == 1
    assert sorted(made.ran[:4]) == sorted(entry.name for entry in ENTRIES)
    assert sorted(made.ran[4:]) == ["otherwise", "survivor"]
    said = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("by itself ") for line in said) == 2
    assert said[-2] == "survivor SURVIVED: what survivor looks like"
    kept = {one["name"]: one["broken"] for one in json.loads(made.kept.read_text())}
    assert kept["otherwise"] == {"c/order": ["wrong-order"]}
    assert not kept["survivor"]


def test_ctrl_c_keeps_what_was_found(
    made: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = table._keep

    def interrupted(found: dict[str, Judged]) -> None:
        keep(found)
        if len(found) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(table, "_keep", interrupted)
    assert table.main(["--together", "1"]) == table.INTERRUPTED
    assert "interrupted: 2 of 4 are kept" in capsys.readouterr().err
    assert not made.page.exists()
    kept = {one["name"] for one in json.loads(made.kept.read_text())}
    made.ran.clear()
    monkeypatch.setattr(table, "_keep", keep)
    assert table.main(["--together", "1", "--resume"]) == 0
    assert set(made.ran) == {"found", "otherwise", "survivor", "no-op"} - kept
    assert capsys.readouterr().err.splitlines()[-1].startswith("2 faults in ")


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert table.main(["--only", "no-such-fault"]) == 2
    assert "no such fault: no-such-fault" in capsys.readouterr().err
