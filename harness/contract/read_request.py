"""Reading what a case draws, sends and is promised in answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.client import Client, Connect
from harness.contract.durations import parse_duration_range
from harness.contract.fields import Fields, entries, is_variable, one_or_more
from harness.contract.model import Answer, FormField, InputUse, Relation, Request
from harness.contract.source import Mapping, Node, Scalar, Sequence, kind_of, place, plain
from harness.contract.templates import Template, compile_condition, compile_template, compile_text
from harness.trace.events import ACCEPTED, POINTS, REFUSED

if TYPE_CHECKING:
    from harness.contract.context import Context
    from harness.contract.problems import Span
    from harness.expressions.cel import Environment
    from harness.trace.events import Json

RESERVED = POINTS | {"msg", "prev", "last", "all", "sent", "env"}
"""Names that mean something to expressions already."""
_CLAUSES = ("status", "within", "schema", "body")


def declared(node: Node | None) -> tuple[str, ...]:
    """The names of the inputs, of those too whose declaration is wrong: expressions over them need no complaint."""
    return tuple(name for name, _, _ in node if is_variable(name)) if isinstance(node, Mapping) else ()


def read_inputs(node: Node | None, context: Context) -> tuple[dict[str, InputUse], tuple[str, ...]]:
    """The drawn inputs by name, and the names of the fresh ones."""
    uses: dict[str, InputUse] = {}
    fresh: list[str] = []
    for name, span, value in entries(node, "'inputs'", context.problems):
        if name in RESERVED or not is_variable(name):
            context.problems.add(span, f"an input cannot be called {name!r}", "use another name, such as job_id")
        elif isinstance(value, Mapping) and "where" in value.entries and len(value.entries) == 2:
            _read_filtered(name, value, uses, context)
        elif not isinstance(value, Mapping) or len(value.entries) != 1:
            found, hint = kind_of(value), "for example {choice: [1, 2]}"
            if isinstance(value, Mapping) and value.entries:
                found = " and ".join(value.entries)
                hint = "a case that wants another type must set the contract's to null"
            context.problems.add(value.span, f"one input type and its parameters are expected; found {found}", hint)
        else:
            ((type_name, (type_span, parameters)),) = value.entries.items()
            if type_name == "fresh":
                fresh.append(name)
                if plain(parameters) != "uuid":
                    context.problems.add(parameters.span, f"fresh: uuid is expected; found {kind_of(parameters)}")
            elif type_name not in context.input_types:
                known = (*context.input_types, "fresh")
                context.problems.unknown(type_span, "input type", type_name, known)
            else:
                uses[name] = _input_use(type_name, plain(parameters), parameters.span, context)
    return uses, tuple(fresh)


def _read_filtered(name: str, node: Mapping, uses: dict[str, InputUse], context: Context) -> None:
    """An input with `where` beside its type, an expression that its values must fulfil: a type made of that type."""
    (type_name,) = (key for key in node.entries if key != "where")
    type_span, parameters = node.entries[type_name]
    if type_name not in context.input_types:
        context.problems.unknown(type_span, "input type", type_name, context.input_types)
        return
    condition = node.entries["where"][1]
    filtered = {"type": {type_name: plain(parameters)}, "name": name, "where": plain(condition)}
    uses[name] = _input_use("where", filtered, condition.span, context)


def _input_use(type_name: str, parameters: Json, span: Span, context: Context) -> InputUse:
    kind = context.input_types[type_name]
    located = getattr(kind, "located", None)
    if located is not None:
        parameters = located(parameters, Path(context.shown).parent)
    wrong = kind.check(parameters)
    if wrong is not None:
        context.problems.add(span, wrong)
    return InputUse(type_name, parameters)


def read_request(node: Node, names: tuple[str, ...], context: Context) -> Request:
    """The request."""
    fields = Fields(node, "a request", context.problems)
    request = read_request_fields(fields, names, context)
    fields.done()
    return request


def read_request_fields(fields: Fields, names: tuple[str, ...], context: Context) -> Request:
    """What makes up a request, where other keys may stand beside it: call `fields.done` when they are taken."""
    environment = context.environment(*names, "env")
    method, path = fields.text("method", required=True), fields.need("path")
    headers = {
        key: compile_text(value, f"the header {key}", environment, context.problems)
        for key, _, value in entries(fields.take("headers"), "'headers'", context.problems)
    }
    bodies = {key: fields.take(key) for key in ("json", "multipart", "raw")}
    given = [node for node in bodies.values() if node is not None]
    if len(given) > 1:
        context.problems.add(
            given[1].span, "a request has one body: json, multipart or raw", "in a case, null removes one"
        )
    return Request(
        (method or "GET").upper(),
        compile_text(path, "'path'", environment, context.problems) if path else Template("", frozenset()),
        headers,
        compile_template(bodies["json"], environment, context.problems) if bodies["json"] else None,
        _form(bodies["multipart"], environment, context),
        compile_text(bodies["raw"], "'raw'", environment, context.problems) if bodies["raw"] else None,
    )


def read_answer(node: Node, prefix: str, names: tuple[str, ...], context: Context) -> Answer:
    """What is promised of the answer: `accepted` or `refused`; `names` are those known before the request."""
    fields = Fields(node, f"{prefix!r}", context.problems)
    environment = context.environment(*names, prefix)
    status, within = fields.need("status"), fields.seconds("within")
    schema, body, expect = fields.take("schema"), fields.take("body"), fields.take("expect")
    fields.done()
    relations = []
    for name, span, value in entries(expect, "'expect'", context.problems):
        if name in _CLAUSES:
            context.problems.add(span, f"{prefix}/{name} is a clause already", "give this one another name")
        expression = compile_condition(value, environment, context.problems)
        if expression is not None:
            points = frozenset({ACCEPTED if prefix == ACCEPTED else REFUSED})
            relations.append(Relation(f"{prefix}/{name}", place(span), points, expression, None, frozenset()))
    return Answer(
        prefix,
        place(node.span),
        read_statuses(status, context) if status else (),
        within,
        context.schema(schema),
        compile_template(body, context.environment(*names), context.problems) if body else None,
        tuple(relations),
    )


def read_client(node: Node | None, context: Context) -> Client:
    """How the client behaves."""
    if node is None:
        return Client()
    fields = Fields(node, "'client'", context.problems)
    connect, after = fields.take("connect"), fields.take("connect_after")
    fields.done()
    if connect is not None and plain(connect) != "before_request":
        context.problems.add(connect.span, f"connect: before_request is expected; found {kind_of(connect)}")
    delays = (0.0, 0.0)
    if after is not None:
        if connect is not None:
            context.problems.add(after.span, "a client that connects before the request cannot wait for its answer")
        parsed = parse_duration_range(plain(after))
        if parsed is None:
            context.problems.add(after.span, f"a range of delays such as 0s..3s is expected; found {kind_of(after)}")
        delays = parsed or delays
    return Client(Connect.BEFORE_REQUEST if connect is not None else Connect.AFTER_ANSWER, delays)


def _form(node: Node | None, environment: Environment, context: Context) -> dict[str, FormField] | None:
    if node is None:
        return None
    form: dict[str, FormField] = {}
    for name, _, value in entries(node, "'multipart'", context.problems):
        if isinstance(value, Scalar):
            form[name] = FormField(compile_template(value, environment, context.problems), None, None)
            continue
        fields = Fields(value, "a part of a form", context.problems)
        content, filename, content_type = fields.need("content"), fields.take("filename"), fields.take("content_type")
        fields.done()
        form[name] = FormField(
            compile_template(content or value, environment, context.problems),
            compile_text(filename, "'filename'", environment, context.problems) if filename else None,
            compile_text(content_type, "'content_type'", environment, context.problems) if content_type else None,
        )
    return form


def read_statuses(node: Node, context: Context) -> tuple[int, ...]:
    """One HTTP status, or a list of them."""
    statuses: list[int] = []
    for item in one_or_more(node):
        if isinstance(item, Scalar) and isinstance(item.value, int) and 200 <= item.value <= 599:
            statuses.append(item.value)
        else:
            context.problems.add(item.span, f"an HTTP status from 200 to 599 is expected; found {kind_of(item)}")
    if isinstance(node, Sequence) and not node.items:
        context.problems.add(node.span, "at least one HTTP status is expected")
    return tuple(statuses)
