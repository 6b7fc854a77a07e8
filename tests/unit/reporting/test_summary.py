from __future__ import annotations

from typing import TYPE_CHECKING

from harness.reporting.summary import fitted, plain, rows
from tests.unit.reporting.made import judged, of_each_class, ran

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.runner.results import RunResult


def table(run: RunResult, *, narrow: bool = False) -> list[str]:
    return plain(rows(run, narrow=narrow))


def test_several_contracts_are_summed_up(both: tuple[Case, Case]) -> None:
    other = both[1]._replace(contract="本" * 8)
    run = ran(judged(both[0], of_each_class(both[0])["wrong-order"], drawn=25), judged(other), cost="0.12 USD")
    assert table(run) == [
        "contract          cases  examples  clauses passed  failed  not exercised  jobs      cost   time",
        "renders               1      3/25               3       1              1     3",
        f"{'本' * 8}      1       3/3               4       0              1     3",
        "all                   2      6/28               7       1              2     6  0.12 USD  5.4 s",
    ]
    assert table(run, narrow=True) == [
        "contract          cases  examples  clauses passed  failed  jobs",
        "renders               1      3/25               3       1     3",
        f"{'本' * 8}      1       3/3               4       0     3",
        "all                   2      6/28               7       1     6",
    ]


def test_one_contract_is_all_there_is(case: Case) -> None:
    assert table(ran(judged(case))) == [
        "contract  cases  examples  clauses passed  failed  not exercised  jobs   time",
        "renders       1       3/3               4       0              1     3  5.4 s",
    ]


def test_a_long_name_gives_way(case: Case) -> None:
    cells = rows(ran(judged(case._replace(contract="a" * 20 + "z" * 20))), narrow=True)
    assert fitted(cells, 70, "...") is not None
    assert [row[0] for row in fitted(cells, 62, "...") or []] == ["contract", "aaaaaa...zzzzzz"[:15]]
    assert fitted(cells, 54, "...") is None
