"""What editors know of what is drawn and sent: inputs, requests, what is asked besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.editing.parts import (
    condition,
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

_STATUS: Json = {"type": "integer", "minimum": 200, "maximum": 599}
_RANGE = ["integer", "string", "null"]
_REQUEST: dict[str, Json] = {
    "method": text("Required. The HTTP method.", examples=["POST", "GET", "DELETE"]),
    "path": text(
        "Required. Below the target's address, query included, or an absolute URL; ${...} is percent-encoded."
    ),
    "headers": named("Headers, each a text in which ${...} stands for a value.", {"type": ["string", "null"]}),
    "json": value("The body, sent as JSON; a lone ${...} keeps its type. One body: json, multipart or raw."),
    "multipart": named(
        "The body, sent as a form, by the names of its fields.",
        {"anyOf": [like("part", "A part of the form."), {"type": ["string", "number", "boolean"]}]},
    ),
    "raw": text("The body as it is: a text, or the bytes that a lone ${...} gives."),
}
_STATUSES = one_or_more("The HTTP statuses, any one of which is right.", _STATUS)
_ANSWER: dict[str, Json] = {
    "status": _STATUSES,
    "within": duration("How long the answer may take, from the request's last byte."),
    "schema": value("JSON Schema (2020-12) of the body.", "object", "boolean"),
    "body": value("What the body must contain; ${...} stands for a value."),
    "expect": named(
        "Conditions over the answer {status, headers, body}, each a clause by its name.",
        {"anyOf": [condition("A condition in CEL."), like("condition", "A condition, with more said of it.")]},
    ),
}
_MARKS: dict[str, Json] = {
    "level": one_of("must (the default), or should: broken, it is reported and fails nothing.", "must", "should"),
    "may_be_unexercised": text("Why it is no matter if no example exercises this clause."),
}


def afterwards() -> Json:
    """What is asked when the job is over, or has been refused."""
    return named("Requests made once the job has ended, and judged.", like("afterward", "One of them."))


def definitions() -> dict[str, Json]:
    """The definitions, by name."""
    status_only = keys("Which answers will do.", {"status": _STATUSES})
    relation = {
        "expect": condition("Required. What must be true, in CEL."),
        "when": condition("Judged only where this is true, in CEL."),
        "group": text("The group that the clause is in; a target may waive a group."),
        **_MARKS,
    }
    kinds = one_or_more("Required. Judged at each message of these kinds.", {"type": "string"})
    return {
        "inputs": named("What is drawn for each example, by the name that expressions have for it.", _input()),
        "part": keys(
            "A part of a form.",
            {
                "content": value("Required. A text, or the bytes that a lone ${...} gives."),
                "filename": text("Makes it a file of this name."),
                "content_type": text("Its content type."),
            },
        ),
        "request": keys("A request.", _REQUEST),
        "step-before": keys(
            "A request that comes first. It is captured, not judged; expressions know its answer by its name.",
            {
                **_REQUEST,
                "once": one_of("How often it is made: run is the default.", "run", "example", "connection"),
                "expect": status_only,
                "secret": yes_or_no("Every text in the answer is kept out of whatever is printed or stored."),
            },
        ),
        "action": keys(
            "A request that a client may make while its job runs, or that cleans up.",
            {**_REQUEST, "expect": keys("What is promised of its answer; 10 s if nothing is said.", _ANSWER)},
        ),
        "afterward": keys(
            "A request made once the job has ended, and judged.",
            {
                **_REQUEST,
                "expect": keys("What is promised of its answer; 10 s if nothing is said.", _ANSWER),
                "only_if": text("The probe with present_if that must have been answered, or this is not asked."),
            },
        ),
        "probe": keys(
            "What is asked after a failure: one request with present_if, or steps.",
            {
                **_REQUEST,
                "present_if": keys("The other probes are made only if this one is answered so.", {"status": _STATUSES}),
                "steps": some("Requests, made one after another.", like("probe-step", "A request.")),
                "if_works": text("Required with steps. What it means if all are answered as they should be."),
                "if_not": text("Required with steps. What it means otherwise."),
            },
        ),
        "probe-step": keys("A request of a probe.", {**_REQUEST, "expect": status_only}),
        "answer": keys("What is promised of the answer.", _ANSWER),
        "refused": keys("What is promised of a refusal.", {**_ANSWER, "afterwards": afterwards()}),
        "condition": keys("A condition.", relation),
        "always": keys("A condition over messages.", {"for": kinds, **relation}),
        "deadline": keys("Until when something must come.", {**_deadline(), **_MARKS}),
    }


def _deadline() -> dict[str, Json]:
    point: Json = {"type": "string"}
    return {
        "from": one_or_more("Required. Runs from the latest of these points: accepted, open, a kind, ...", point),
        "to": one_or_more("Required. Any one of these points meets it.", point),
        "within": duration("Required. How long it may take."),
        "or_end": yes_or_no("The terminal message, or a close, will do as well."),
        "each": text("A path in the message, such as item.id: a deadline of its own for each value there."),
        "between": one_of("received: no two messages may be further apart than 'within'.", "received"),
    }


def _input() -> Json:
    types: dict[str, Json] = {
        "fresh": one_of("A new UUID at each execution, replays included.", "uuid"),
        "constant": value("Always this, which may be any JSON."),
        "choice": some("One value of this list; the first is the simplest.", {}),
        "integer": {"description": "A whole number of the range, such as 1..20.", "type": _RANGE},
        "number": value("A number of the range, such as 0.5..2; or {range, decimals}.", "number", "string", "object"),
        "uuid": one_of("A UUID that is drawn, and the same when an example is run again.", "drawn"),
        "text": value("Any Unicode text, {length: 0..20} if nothing is said.", "object"),
        "csv_file": value("A CSV file: {columns, rows, properties, defects}.", "object"),
        "list": value("A list of drawn values: {of: INPUT TYPE, length: 0..5, unique}.", "object"),
        "json_schema": value("Any JSON that this JSON Schema allows.", "object"),
        "file": value("A file, or one of several, by its path from the contract's folder.", "string", "array"),
        "broken_json": value("JSON with something wrong: {of, at, ways, too_many, too_large, depth}.", "object"),
        "where": condition("Only values for which this is true, in CEL; they go by the input's name."),
        "csv_books": value("A CSV file of books: {rows, form, defects}.", "object"),
        "shelf_photos": value("Photos of book shelves: {photos, books, unreadable}.", "object"),
    }
    told = "One input type with its parameters; a case that wants another type sets the contract's to null."
    return {"description": told, "type": ["object", "null"], "properties": types, "minProperties": 1}
