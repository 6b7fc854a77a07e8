"""Reading how the client behaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.client import Act, Client, Connect, Drop, Ending, Sending
from harness.contract.durations import parse_counts, parse_duration_range
from harness.contract.fields import Fields, entries, names_in, text
from harness.contract.problems import did_you_mean
from harness.contract.source import Node, Scalar, Sequence, kind_of, plain
from harness.contract.templates import compile_template
from harness.trace.events import ACCEPTED, END, OPEN, REQUEST

if TYPE_CHECKING:
    from collections.abc import Mapping as Names

    from harness.contract.context import Context
    from harness.contract.model import Aside, Socket
    from harness.contract.problems import Span
    from harness.contract.templates import Template

NEVER = "never"
MAX_TIMES = 1000
MAX_MESSAGES = 100_000
MAX_WATCHERS = 50
MAX_JOBS = 50


class ClientReader:
    """Reads `client`; what is wrong is noted."""

    def __init__(
        self, socket: Socket | None, names: tuple[str, ...], actions: Names[str, Aside], late: frozenset[str],
        context: Context,
    ) -> None:  # fmt: skip
        """Read for one case.

        Args:
            socket: with the kinds and what is sent; None where the case has none.
            names: of the inputs and of the steps beforehand.
            actions: what a client can do; those of which the name can be used.
            late: what is not known before the answer is: `accepted`, and the steps for a connection.
            context: of the contract.
        """
        self._socket = socket
        self._actions = actions
        self._late = late
        self._environment = context.environment(*names, ACCEPTED, "env")
        self._problems = context.problems

    def read(self, node: Node | None) -> Client:
        """How the client behaves; as a plain client does, if that is not written."""
        if node is None:
            return Client()
        fields = Fields(node, "'client'", self._problems)
        connect = self._connect(fields)
        after_node, drop_node = fields.take("connect_after"), fields.take("drop")
        if after_node is not None and connect is Connect.BEFORE_REQUEST:
            told = "a client that connects before the request cannot wait for its answer"
            self._problems.add(after_node.span, told)
        if drop_node is not None and connect is Connect.AFTER_END:
            told = "where the job has ended there is nothing that a client could drop and return to"
            self._problems.add(drop_node.span, told, "leave out one of drop and connect: after_end")
        acts = self._acts(fields.take("act"), connect)
        client = Client(
            connect,
            self._delays(after_node, (0.0, 0.0)),
            self._sends(fields.take("sends"), {act.action.name for act in acts}),
            self._first(fields.take("first")),
            self._drop(drop_node),
            self._counts(fields.take("watchers"), (1, 1), 1, MAX_WATCHERS),
            self._delays(fields.take("slow"), (0.0, 0.0)),
            acts,
            self._counts(fields.take("jobs"), (1, 1), 1, MAX_JOBS),
        )
        fields.done()
        if client.restarts and drop_node is not None:
            self._check_restart(client, drop_node.span)
        return client

    def _check_restart(self, client: Client, span: Span) -> None:
        """Note what a restart would hurt besides the one connection that it is to end."""
        hurt = {
            "connect: before_request": client.before_request,
            "watchers": client.watchers[1] > 1,
            "jobs": client.jobs[1] > 1,
            "act": client.acts,
        }
        for key in (key for key, there in hurt.items() if there):
            told = "where the target is restarted, one client watches one job and asks for nothing else"
            self._problems.add(span, told, f"leave out {key}, or drop by close or reset")

    def _connect(self, fields: Fields) -> Connect:
        node = fields.take("connect")
        if node is None:
            return Connect.AFTER_ANSWER
        known = [one.value for one in Connect]
        if plain(node) in known:
            return Connect(plain(node))
        told = f"connect is before_request, after_answer or after_end; found {kind_of(node)}"
        self._problems.add(node.span, told, did_you_mean(str(plain(node)), known))
        return Connect.AFTER_ANSWER

    def _acts(self, node: Node | None, connect: Connect) -> tuple[Act, ...]:
        acts: list[Act] = []
        for name, span, value in entries(node, "'act'", self._problems):
            if name not in self._actions:
                self._problems.unknown(span, "action", name, self._actions)
                continue
            fields = Fields(value, "what a client does", self._problems)
            at_node, nth_node = fields.take("at"), fields.take("nth")
            at = self._at(at_node)
            if nth_node is not None and at in (REQUEST, ACCEPTED, OPEN, END):
                told = f"{at!r} comes once; nth counts the messages of a kind"
                self._problems.add(nth_node.span, told, "at: a kind")
            nth = self._counts(nth_node, (1, 1), 1, MAX_MESSAGES)
            after = self._delays(fields.take("after"), (0.0, 0.0))
            times = self._counts(fields.take("times"), (1, 1), 1, MAX_TIMES)
            fields.done()
            action = self._actions[name]
            self._check_known(action, at, connect, span)
            acts.append(Act(action, at, nth, after, times))
        return tuple(acts)

    def _at(self, node: Node | None) -> str:
        if node is None:
            return ACCEPTED
        known = [REQUEST, ACCEPTED]
        if self._socket is not None:
            known += [OPEN, END, *self._socket.kinds]
        at = text(node, "'at'", self._problems)
        if at is not None and at not in known:
            self._problems.unknown(node.span, "moment", at, known)
        return at or ACCEPTED

    def _check_known(self, action: Aside, at: str, connect: Connect, span: Span) -> None:
        """Note an action that needs what is not there yet."""
        early = at == REQUEST or (at == OPEN and connect is Connect.BEFORE_REQUEST)
        needed = self._late if early else self._late - {ACCEPTED} if at == ACCEPTED else frozenset()
        used = sorted(needed & action.roots)
        if used:
            told = f"{action.name!r} uses {used[0]!r}, which is not known at {at!r}"
            self._problems.add(span, told, "let it be done later, such as at: end")

    def _sends(self, node: Node | None, acts: set[str]) -> dict[str, Sending]:
        known = self._socket.sends if self._socket is not None else {}
        sends: dict[str, Sending] = {}
        for name, span, value in entries(node, "'sends'", self._problems):
            if name not in known:
                self._problems.unknown(span, "sent message", name, known)
            sends[name] = self._sending(value, acts)
        return sends

    def _sending(self, node: Node, acts: set[str]) -> Sending:
        if isinstance(node, Scalar):
            if node.value != NEVER:
                told = f"never, or a map with times and after, is expected; found {kind_of(node)}"
                self._problems.add(node.span, told)
            return Sending((0, 0))
        fields = Fields(node, "how a message is sent", self._problems)
        times, after = self._counts(fields.take("times"), (1, 1), 0, MAX_TIMES), fields.take("after")
        fields.done()
        if after is None or parse_duration_range(plain(after)) is not None:
            return Sending(times, self._delays(after, (0.0, 0.0)))
        name = text(after, "'after'", self._problems)
        if name is not None and name not in acts:
            told = f"a range of delays such as 0s..1s, or something that this client does, is expected; found {name!r}"
            self._problems.add(after.span, told, did_you_mean(name, acts))
        return Sending(times, once_done=name or "")

    def _first(self, node: Node | None) -> tuple[Template, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence) or not node.items:
            told = f"a list of frames is expected, one of which is sent; found {kind_of(node)}"
            self._problems.add(node.span, told, 'for example first: [{type: nonsense}, "not json"]')
            return ()
        return tuple(compile_template(item, self._environment, self._problems) for item in node.items)

    def _drop(self, node: Node | None) -> Drop | None:
        if node is None:
            return None
        fields = Fields(node, "'drop'", self._problems)
        after = self._counts(fields.need("after_messages"), (0, 0), 0, MAX_MESSAGES)
        by = names_in(fields.take("by"), "way to drop", [one.value for one in Ending], self._problems)
        back = self._delays(fields.take("return_after"), (0.0, 0.0))
        fields.done()
        return Drop(after, tuple(Ending(one) for one in by) or (Ending.CLOSE,), back)

    def _delays(self, node: Node | None, default: tuple[float, float]) -> tuple[float, float]:
        if node is None:
            return default
        parsed = parse_duration_range(plain(node))
        if parsed is None:
            told = f"a range of delays such as 0s..3s is expected; found {kind_of(node)}"
            self._problems.add(node.span, told)
        return parsed or default

    def _counts(self, node: Node | None, default: tuple[int, int], least: int, most: int) -> tuple[int, int]:
        if node is None:
            return default
        parsed = parse_counts(plain(node))
        if parsed is None or not least <= parsed[0] <= parsed[1] <= most:
            told = f"a number or a range such as {least}..{least + 3}, within {least}..{most:,}, is expected"
            self._problems.add(node.span, f"{told}; found {kind_of(node)}")
            return default
        return parsed
