"""Which points can come at all in a case: kinds, messages that are sent, answers, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.overlaps import messages
from harness.contract.steps import CloseStep, KindStep
from harness.trace.events import ACCEPTED, CLOSE, CONNECT, END, OPEN, REFUSED, REQUEST

if TYPE_CHECKING:
    from harness.contract.model import Case, Socket


def possible_points(case: Case) -> frozenset[str]:
    """The points that may come in an example that keeps to the contract."""
    found = {REQUEST, case.answer.prefix if case.answer.prefix == REFUSED else ACCEPTED}
    found.update(act.action.name for act in case.client.acts if act.times[1] > 0)
    found.update(aside.name for aside in case.afterwards)
    if case.socket is None:
        return frozenset(found)
    found |= {CONNECT, OPEN, CLOSE}
    ordered = ordered_kinds(case.socket)
    kinds = possible_kinds(case.socket, ordered)
    found |= kinds
    if ordered:
        found.add(END)
    for name, send in case.socket.sends.items():
        sending = case.client.sends.get(name)
        if (sending is None or sending.times[1] > 0) and (send.after == OPEN or send.after in kinds):
            found.add(name)
    return frozenset(found)


def possible_kinds(socket: Socket, ordered: frozenset[str]) -> frozenset[str]:
    """The kinds that the order, of which these are, `anytime` or a late connection allows."""
    kinds = set(ordered)
    for name, window in socket.anytime.items():
        if window.after is None or window.after in kinds:
            kinds.add(name)
    return frozenset(kinds)


def ordered_kinds(socket: Socket) -> frozenset[str]:
    """The kinds of the order, on a late connection too."""
    orders = [socket.order, *([socket.late_join.order] if socket.late_join is not None else [])]
    return frozenset(step.kind for order in orders for step in messages(order) if isinstance(step, KindStep))


def names_a_close(case: Case) -> bool:
    """Whether its order says how the server closes."""
    return case.socket is not None and any(isinstance(step, CloseStep) for step in messages(case.socket.order))
