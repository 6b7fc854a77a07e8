from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.runner.silent_target import ENOUGH, Silence
from harness.trace.verdicts import Explanation, Verdict
from tests.unit.runner.examples import answer, got, opened, request, result, violation

if TYPE_CHECKING:
    from harness.contract.model import Case
    from harness.runner.results import ExampleResult

NEWS = violation("deadlines/news", Explanation.SILENT, at=5.0)
QUIET = (request(0.0), answer(0.1), opened(0.2), got(0.3, "ack"))


def named(case: Case, name: str) -> Case:
    return case._replace(name=name)


def silent(case: Case, name: str) -> ExampleResult:
    return result(named(case, name), NEWS, events=QUIET)


def after(*results: ExampleResult) -> Silence:
    silence = Silence(one.example.case for one in results)
    for one in results:
        silence.add(one)
    return silence


def test_enough_silent_cases_of_a_contract_speak_for_the_others(case: Case) -> None:
    silent_ones = [silent(case, f"silent-{number}") for number in range(ENOUGH)]
    assert not after(*silent_ones[1:]).reason(case)
    assert not after(*[silent_ones[0]] * ENOUGH).reason(case), "one case alone may have a reason of its own"
    told = "not run: nothing was heard of any job in 3 other cases of ticks"
    assert after(*silent_ones).reason(case) == told


def test_other_contracts_and_cases_without_a_socket_are_run(case: Case) -> None:
    silence = after(*(silent(case, f"silent-{number}") for number in range(ENOUGH)))
    assert not silence.reason(case._replace(contract="other"))
    assert not silence.reason(case._replace(socket=None))
    assert [silence.is_silent(name) for name in ("ticks", "other")] == [True, False]


def test_one_message_of_one_job_is_enough_to_run_them_all(case: Case) -> None:
    silent_ones = [silent(case, f"silent-{number}") for number in range(ENOUGH)]
    heard = result(named(case, "heard"), NEWS, events=(*QUIET, got(0.4, "tick")))
    assert not after(heard, *silent_ones).reason(case)
    assert not after(*silent_ones, heard).reason(case)


def test_where_no_job_ends_those_that_run_alone_are_left_out(case: Case) -> None:
    alone = named(case, "alone")._replace(alone=True)
    begun = (*QUIET, got(0.4, "tick"))
    stopped = [replace(silent(case, f"stopped-{number}"), events=begun, owed=("done",)) for number in range(ENOUGH)]
    told = "not run: each job fell silent in 3 other cases of ticks"
    assert after(*stopped).reason(alone) == told
    assert not after(*stopped).reason(case), "it waits beside others"
    assert not after(*stopped[1:]).reason(alone)
    assert not after(*stopped).is_silent("ticks")
    ended = replace(stopped[0], example=replace(stopped[0].example, case=named(case, "ended")), owed=("close(1000)",))
    for order in ([*stopped, ended], [ended, *stopped]):
        assert not after(*order).reason(alone), "one job has come to its end"


def test_what_comes_at_any_time_in_other_cases_is_no_end_of_a_job(case: Case) -> None:
    assert case.socket is not None
    waits_for_it = named(case, "waits")._replace(socket=case.socket._replace(anytime={}))
    acknowledged = result(waits_for_it, events=QUIET)
    silent_ones = [silent(case, f"silent-{number}") for number in range(ENOUGH)]
    silence = after(*silent_ones, replace(acknowledged, verdicts={"order": Verdict.PASSED}))
    assert not silence.is_silent("ticks"), "the target says what a case waits for"
    assert silence.reason(named(case, "alone")._replace(alone=True)).startswith("not run: each job fell silent in 3")


def test_a_silence_that_several_other_cases_have_shown_is_known_and_nothing_besides(case: Case) -> None:
    heard = (*QUIET, got(0.4, "tick"))  # some jobs speak, so that every case is run
    shown = [result(named(case, f"silent-{number}"), NEWS, events=heard) for number in range(ENOUGH)]
    doubtful = replace(result(named(case, "doubtful"), NEWS, events=heard), inconclusive="it stalled")
    assert after(*shown).is_known(doubtful)
    assert not after(*shown[1:]).is_known(doubtful)
    assert not after(*shown[1:], *[doubtful] * ENOUGH).is_known(doubtful), "what is doubtful itself shows nothing"
    own = replace(doubtful, example=shown[0].example)
    assert not after(*shown).is_known(own), "the other cases are two"
    consequence = violation("deadlines/finished", Explanation.SILENT, at=30.0)._replace(consequence=True)
    for besides, known in ((consequence, True), (consequence._replace(consequence=False), False), (violation(), False)):
        assert after(*shown).is_known(replace(doubtful, violations=(NEWS, besides))) is known, besides
    assert not after(*shown).is_known(replace(doubtful, violations=())), "nothing is broken"
    other = case._replace(contract="other", name="doubtful")
    assert not after(*shown).is_known(replace(doubtful, example=replace(doubtful.example, case=other)))


def test_what_was_not_accepted_or_could_not_be_judged_is_no_silence_of_a_job(case: Case) -> None:
    refused = [replace(silent(case, f"refused-{n}"), events=(request(0.0), answer(0.1, 500))) for n in range(ENOUGH)]
    unjudged = [replace(silent(case, f"unjudged-{n}"), inconclusive="it stalled") for n in range(ENOUGH)]
    wrong = [result(named(case, f"wrong-{n}"), violation(), events=QUIET) for n in range(ENOUGH)]
    assert not after(*refused, *unjudged, *wrong).reason(case)
