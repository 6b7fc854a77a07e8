from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.client import Act, Client, Connect, Drop, Ending, Sending
from harness.contract.model import Aside, Request
from harness.contract.templates import Template
from harness.errors import HarnessError
from harness.runner.behaviour import Acting, Behaviour, Dropping, Manner, behaviour_of, each_job
from harness.runner.behaviour_words import behaviour_words
from harness.trace.events import Event, What
from tests.unit.runner.examples import PLACE, sent

if TYPE_CHECKING:
    from harness.trace.events import Json

CANCEL = Aside("cancel", PLACE, Request("POST", Template("/cancel", frozenset()), {}, None, None, None))
FRAMES = (Template({"type": "nonsense"}, frozenset()), Template("not json", frozenset()))
CLIENT = Client(
    connect_after=(0.0, 3.0),
    sends={"ready": Sending((0, 2), (0.0, 1.0)), "go": Sending(once_done="cancel")},
    first=FRAMES,
    drop=Drop((2, 20), (Ending.RESET, Ending.CLOSE), (0.5, 1.0)),
    watchers=(2, 4),
    slow=(0.0, 4.0),
    acts=(Act(CANCEL, "tick", (1, 5), (0.0, 1.0), (1, 2)),),
)
RESTART = Drop((3, 3), (Ending.RESTART,), (1.0, 1.0))
DRAWN: Json = {
    "watchers": 3, "slow": 1.5, "first": 1, "drop": {"after_messages": 3, "by": "reset", "return_after": 0.2},
    "sends": {"ready": {"times": 2, "after": 0.4}}, "acts": [{"nth": 2, "after": 0.1, "times": 2}],
}  # fmt: skip


def spec(**client: Json) -> Json:
    return {"inputs": {}, "connect_after": 0.25, **({"client": client} if client else {})}


def test_what_was_drawn_is_what_the_client_does() -> None:
    assert behaviour_of(CLIENT, spec(**DRAWN)) == Behaviour(
        Connect.AFTER_ANSWER,
        0.25,
        watchers=3,
        slow=1.5,
        first=FRAMES[1],
        drop=Dropping(3, Ending.RESET, 0.2),
        sends={"ready": Manner(2, 0.4), "go": Manner(once_done="cancel")},
        acts=(Acting(CANCEL, "tick", 2, 0.1, 2),),
    )


def test_what_is_not_said_is_the_plainest() -> None:
    plain = behaviour_of(CLIENT, spec())
    assert plain.drop == Dropping(2, Ending.RESET, 0.5), "the first way that the case names"
    assert (plain.watchers, plain.slow, plain.first) == (2, 0.0, FRAMES[0])
    assert plain.manner("ready") == Manner(1, 0.0)
    assert plain.acts == (Acting(CANCEL, "tick", 1, 0.0, 1),)
    assert behaviour_of(Client(), spec()) == Behaviour(Connect.AFTER_ANSWER, 0.25, sends={})


@pytest.mark.parametrize(
    ("client", "drawn", "said"),
    [
        (CLIENT, {"first": 2}, "first frame is number 2, and the case has 2"),
        (CLIENT, {"acts": [{}, {}]}, "has 2 acts, and the case 1"),
        (CLIENT, {"sends": {"hello": {"times": 1}}}, "sends hello, and the case has nothing to say of that"),
        (Client(), {"drop": {"after_messages": 1}}, "drops its connection, and the case's does not"),
    ],
)
def test_what_the_case_does_not_have_is_told(client: Client, drawn: Json, said: str) -> None:
    with pytest.raises(HarnessError) as told:
        behaviour_of(client, spec(**drawn))
    assert said in str(told.value)


def test_only_the_last_watcher_pauses() -> None:
    behaviour = behaviour_of(CLIENT, spec(**DRAWN))
    assert [behaviour.pause(number) for number in range(4)] == [0.0, 0.0, 1.5, 0.0]


ASKED = Event(1.0, What.ACTION, "cancel", {"status": 200, "headers": {}, "body": None, "seconds": 0.1})


@pytest.mark.parametrize(
    ("received", "events", "said"),
    [
        (3, [ASKED, ASKED, sent(0.5)], ""),
        (2, [ASKED, ASKED, sent(0.5)], "the client was to drop its connection after 3 messages, and 2 came"),
        (3, [ASKED, sent(0.5)], "the moment for cancel never came"),
        (3, [ASKED, ASKED], "the job was over before ready was sent"),
    ],
)
def test_what_the_job_was_too_quick_for(received: int, events: list[Event], said: str) -> None:
    drawn = {**DRAWN, "sends": {"ready": {"times": 1, "after": 0.4}}}
    client = CLIENT._replace(sends={"ready": Sending((0, 2), (0.0, 1.0))})
    assert behaviour_of(client, spec(**drawn)).outran(received, events) == said


@pytest.mark.parametrize(("ended", "in_time"), [(None, True), (0.95, True), (0.9, True), (0.89, False)])
def test_an_action_that_is_asked_for_after_the_end_came_too_late(ended: float | None, in_time: bool) -> None:
    """Its answer may come after it: an action may be what ends the job."""
    behaviour = behaviour_of(Client(acts=CLIENT.acts), spec(acts=[{"nth": 2, "after": 0.0, "times": 1}]))
    told = behaviour.outran(9, [ASKED], ended)
    assert told == ("" if in_time else "the job was over before cancel was asked for")


def test_a_job_that_was_over_before_the_restart() -> None:
    behaviour = behaviour_of(Client(drop=RESTART), spec())
    assert behaviour.restarts
    assert behaviour.outran(2, []) == "the target was to be restarted after 3 messages, and 2 came"
    assert behaviour.outran(3, []) == ""
    assert not behaviour_of(CLIENT, spec(**DRAWN)).restarts


def test_a_plain_client_cannot_be_outrun() -> None:
    never = Client(sends={"ready": Sending((0, 0)), "once": Sending()})
    assert behaviour_of(never, spec()).outran(0, []) == ""


def test_each_of_the_jobs_at_once_has_its_view() -> None:
    whole = {"inputs": {"n": 1}, "connect_after": 0.5, "beside": [{"inputs": {"n": 2}}, {"inputs": {"n": 3}}]}
    views = each_job(whole)
    assert views[0] == whole
    assert [view["inputs"]["n"] for view in views] == [1, 2, 3]
    assert views[2]["beside"] == [{"inputs": {"n": 1}}, {"inputs": {"n": 2}}]
    assert views[2]["connect_after"] == 0.5
    alone = spec()
    assert each_job(alone) == [alone]


def words(client: Client, after: float = 0.0, **drawn: Json) -> list[str]:
    return behaviour_words(behaviour_of(client, {**spec(**drawn), "connect_after": after}))


def test_a_plain_client_needs_no_words() -> None:
    assert words(Client()) == []


def test_all_that_a_client_does_in_words() -> None:
    assert words(CLIENT, 1.2, **DRAWN) == [
        "connects 1.2 s after the answer",
        "3 watchers, the last reads slowly (a pause of 1.5 s before each message)",
        "sends 'not json' first",
        "drops after 3 messages by reset, returns after 200 ms",
        "sends ready twice 400 ms late",
        "sends go after the answer to cancel",
        "cancel twice at tick number 2, 100 ms later",
    ]


@pytest.mark.parametrize(
    ("client", "said"),
    [
        (Client(Connect.BEFORE_REQUEST), ["connects before the request"]),
        (Client(Connect.AFTER_END), ["connects again after the end"]),
        (Client(slow=(1.0, 1.0)), ["reads slowly (a pause of 1 s before each message)"]),
        (Client(watchers=(2, 2)), ["2 watchers"]),
        (Client(drop=Drop((0, 0))), ["drops at once, returns at once"]),
        (Client(drop=Drop((1, 1))), ["drops after 1 message, returns at once"]),
        (Client(drop=RESTART), ["the target is restarted after 3 messages, returns after 1 s"]),
        (Client(sends={"ready": Sending((0, 0))}), ["never sends ready"]),
        (Client(sends={"ready": Sending((3, 3))}), ["sends ready 3 times"]),
        (Client(sends={"ready": Sending((1, 1), (1.0, 1.0), "go")}), ["sends ready 1 s late, after the answer to go"]),
        (Client(first=(Template({"a": 1}, frozenset({"n"})),)), ["sends an odd frame first"]),
        (Client(first=(Template("x" * 60, frozenset()),)), [f"sends '{'x' * 40}...' first"]),
        (Client(acts=(Act(CANCEL, "request"), Act(CANCEL, "end"))), ["cancel before the request", "cancel at the end"]),
        (Client(acts=(Act(CANCEL, "accepted"), Act(CANCEL, "tick"))), ["cancel at the answer", "cancel at tick"]),
        (Client(acts=(Act(CANCEL, "open", times=(3, 3)),)), ["cancel 3 times once it is connected"]),
    ],
)
def test_each_way_in_words(client: Client, said: list[str]) -> None:
    assert words(client) == said
