"""What editors know of the socket, its order, and how the client behaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.editing.parts import (
    REFERENCE,
    counts,
    delays,
    duration,
    keys,
    like,
    named,
    one_of,
    one_or_more,
    some,
    text,
    value,
    yes_or_no,
)

if TYPE_CHECKING:
    from harness.trace.events import Json

_KIND: Json = {"type": "string"}
_MESSAGE: Json = {"type": ["object", "null"], "description": "What a message must contain; ${...} stands for a value."}


def definitions() -> dict[str, Json]:
    """The definitions, by name."""
    return {
        "socket": keys("The progress socket.", _socket()),
        "send": keys("A message that the client sends.", _send()),
        "window": keys(
            "When a kind may come that is no part of the order.",
            {
                "after": text("The kind of the order that must have come first; from the opening on if left out."),
                "until": one_of("end: until the terminal message, the default; close: after it too.", "end", "close"),
            },
        ),
        "late_join": keys(
            "What a late client is sent instead of the whole story.",
            {
                "snapshot": one_or_more("Required. The kinds that stand for all that was missed.", _KIND),
                "over": one_or_more("The kinds that say that the job has ended already.", _KIND),
            },
        ),
        "order": _step(),
        "client": keys("How the client behaves.", _client()),
        "act": keys("When a client makes an action.", _act()),
        "sending": keys(
            "How a message is sent.",
            {
                "times": counts("How often it is sent; 0 for never."),
                "after": text("How long the client waits before it, such as 0s..1s; or the action that it waits for."),
            },
        ),
    }


def _socket() -> dict[str, Json]:
    windows = named("Each kind with its window.", like("window", "When it may come."))
    return {
        "connect": text("Required. A path with query, or an absolute URL; ${...} is percent-encoded."),
        "headers": named("Headers of the handshake.", {"type": ["string", "null"]}),
        "subprotocol": one_or_more("What is offered; the server must choose one.", {"type": "string"}),
        "within": duration("Required. From the beginning of the handshake to its end."),
        "sends": named("What the client sends, by name.", like("send", "A message that the client sends.")),
        "messages": named("Required. By kind, what a message must contain; the first that fits counts.", _MESSAGE),
        "schemas": named("By kind, a JSON Schema (2020-12) of its messages.", {"type": ["object", "boolean", "null"]}),
        "anytime": {
            "description": "Kinds that are no part of the order, such as keep-alives.",
            "anyOf": [{"type": "array", "items": _KIND}, windows],
        },
        "order": like("order", "Required. What comes, in which order; whatever else comes is a violation."),
        "late_join": {
            "description": "replay, the default: late clients are sent everything; or what they get instead.",
            "anyOf": [{"enum": ["replay", None]}, like("late_join", "A snapshot.")],
        },
    }


def _send() -> dict[str, Json]:
    return {
        "at": one_of("open: as soon as the socket is open, the default.", "open"),
        "after": text("Sent once, after the first message of this kind; `msg` is that message."),
        "each": text("Sent for each message of this kind; `msg` is that message."),
        "json": value("What is sent, as JSON; ${...} stands for a value."),
        "text": text("What is sent as it is, whatever it is."),
    }


def _step() -> Json:
    step = like("order", "A step, or a list of them.")
    body: dict[str, Json] = {
        "$ref": REFERENCE,
        "either": some("Any one of these; an item that is a list is a sequence.", step),
        "optional": like("order", "The step or nothing."),
        "repeat": like("order", "The step any number of times, or as at_least and at_most say."),
        "at_least": value("The least number of times, 0 if left out.", "integer", minimum=0),
        "at_most": value("The largest number of times; no limit if left out.", "integer", minimum=0),
        "for_each": named(
            "{NAME: EXPRESSION}: the body for each item of a list, or for 0, 1, ... below a number.",
            {"type": ["string", "integer"], "description": "A list or a number, in CEL."},
        ),
        "body": like("order", "What comes for each item."),
        "interleaved": yes_or_no("The items come in any mixture, each in its own order."),
        "interleave": some("All of these, in any mixture, each in its own order.", step),
        "capture": named(
            "{NAME: PATH}: what the message has at the path is called NAME in the steps after it.", {"type": "string"}
        ),
        "close": one_or_more("The server's close, with one of these codes, or with any.", _close_code()),
        "quiet": duration("As the last step, instead of close: the client stays so long, and nothing more may come."),
    }
    kind = {**_MESSAGE, "description": "A message of this kind that contains this object besides."}
    told = "A kind, a map with a kind and what the message contains besides, close, or one of: either, optional, "
    return {
        "description": f"{told}repeat, for_each, interleave. A list is a sequence.",
        "anyOf": [
            {"type": ["string", "null"]},
            {"type": "array", "items": step},
            {"type": "object", "properties": body, "additionalProperties": kind, "minProperties": 1},
        ],
    }


def _close_code() -> Json:
    return {"type": "integer", "minimum": 1000, "maximum": 4999}


def _client() -> dict[str, Json]:
    connect = "When the client connects: after_answer is the default; after_end: one watches, then another connects."
    frame: Json = {"type": ["object", "array", "string", "number", "boolean", "null"]}
    return {
        "connect": one_of(connect, "before_request", "after_answer", "after_end"),
        "connect_after": delays("How long it waits between the answer, or the end, and the connect."),
        "sends": named(
            "What is different about some of the messages that it sends.",
            {"anyOf": [{"enum": ["never", None]}, like("sending", "How often and when.")]},
        ),
        "first": some("One of these frames is sent before all else: texts as they are, objects as JSON.", frame),
        "drop": keys("It drops its connection and returns.", _drop()),
        "watchers": counts("How many connections watch the job at the same time."),
        "slow": delays("How long the last watcher pauses before it reads each message."),
        "act": named("The actions that it makes while its job runs.", like("act", "When it makes this action.")),
        "jobs": counts("How many jobs are started at once, each with inputs of its own."),
    }


def _drop() -> dict[str, Json]:
    return {
        "after_messages": counts("Required. How many messages of the order it reads before."),
        "by": one_or_more(
            "How: with a close frame, which is the default, by a reset, or by a restart of the target.",
            {"enum": ["close", "reset", "restart"]},
        ),
        "return_after": delays("How long until it connects again."),
    }


def _act() -> dict[str, Json]:
    return {
        "at": text("At which point: request, accepted (the default), open, a kind, end."),
        "nth": counts("Which message of that kind, the first if left out."),
        "after": delays("How long it waits from there."),
        "times": counts("How often, one right after the other."),
    }
