"""Jobs that no contract can be guessed from, and at which stage they went quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.authoring.kinds import find_anytime, find_kinds
from harness.authoring.steps import One, compressed
from harness.contract.classes import (
    ACKNOWLEDGED_BUT_NOTHING,
    CLOSED_WITHOUT_END,
    NOT_UPGRADED,
    OPEN_BUT_NOTHING,
    REFUSED,
    STOPPED,
)
from harness.trace.events import What
from harness.trace.units import count, duration

if TYPE_CHECKING:
    from harness.authoring.observed import Observed
    from harness.trace.ndjson import Trace


def silence(trace: Trace, observed: Observed) -> tuple[str, str] | None:
    """The stage at which the job went quiet and its story; None if it came to an end."""
    parts = _beginning(observed)
    not_opened = next((event for event in trace.events if event.what is What.NOT_OPENED), None)
    if not_opened is not None:
        stage = REFUSED if not_opened.value["status"] is None else NOT_UPGRADED
        return stage, ", ".join([*parts, str(not_opened.value["problem"])])
    kinds = find_kinds(observed)
    anytime = find_anytime(observed, kinds)
    news = [kind for kind in kinds.of if kind not in anytime]
    closed = observed.close is not None and observed.close["by"] == "server"
    end = f"the socket was closed with {observed.close['code']}" if closed else f"nothing for {_quiet(observed)}"
    if not news:
        heard = f"only {' and '.join(f'`{kind}`' for kind in dict.fromkeys(kinds.of))} came" if kinds.of else ""
        stage = ACKNOWLEDGED_BUT_NOTHING if heard else OPEN_BUT_NOTHING
        return (CLOSED_WITHOUT_END if closed else stage), ", ".join(filter(None, [*parts, heard, f"then {end}"]))
    ends = isinstance(compressed(news)[-1], One)
    if closed or ends:
        return None
    return STOPPED, ", ".join([*parts, f"{count(len(news), 'message')} came, the last was `{news[-1]}`", f"then {end}"])


def _beginning(observed: Observed) -> list[str]:
    parts = []
    if observed.answer is not None:
        took = observed.instants["answer"] - observed.instants.get("request", observed.instants["begin"])
        parts.append(f"the {observed.answer['status']} came after {duration(took)}")
    if "open" in observed.instants:
        parts.append("the socket opened")
    if observed.sent:
        parts.append(f"`{observed.sent[0][1]}` was sent")
    return parts


def _quiet(observed: Observed) -> str:
    known = [message.at for message in observed.messages]
    since = max([*known, observed.instants.get("open", observed.instants["begin"])])
    return duration(observed.instants["end"] - since)
