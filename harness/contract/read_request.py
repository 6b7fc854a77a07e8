"""Reading what a case draws and sends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.drawn import InputUse
from harness.contract.fields import Fields, entries, is_variable, text
from harness.contract.headers import read_headers
from harness.contract.model import FormField, Request
from harness.contract.source import Mapping, Node, Scalar, kind_of, plain
from harness.contract.templates import Template, compile_template, compile_text
from harness.trace.events import POINTS

if TYPE_CHECKING:
    from harness.contract.context import Context
    from harness.contract.problems import Span
    from harness.expressions.cel import Environment
    from harness.trace.events import Json

RESERVED = POINTS | {"msg", "prev", "last", "all", "sent", "env"}
"""Names that mean something to expressions already."""
"""A header's name (RFC 9110 5.6.2)."""
_ABOUT = re.compile(r"(unknown parameter ')?(\w+)")
"""How a sentence of an input type about one parameter begins."""
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")
"""Those that ask the service itself for something (RFC 9110 9.3, RFC 5789), in any case of letters."""


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
                uses[name] = context.readings.once(_input, type_name, parameters, context)
    return uses, tuple(fresh)


def _read_filtered(name: str, node: Mapping, uses: dict[str, InputUse], context: Context) -> None:
    """An input with `where` beside its type, an expression that its values must fulfil: a type made of that type."""
    (type_name,) = (key for key in node.entries if key != "where")
    type_span, parameters = node.entries[type_name]
    if type_name == "fresh":
        told = "a fresh value is not drawn, so 'where' has nothing to choose from"
        context.problems.add(node.entries["where"][0], told, "leave out one of fresh and where")
        return
    if type_name not in context.input_types:
        context.problems.unknown(type_span, "input type", type_name, context.input_types)
        return
    condition = node.entries["where"][1]
    filtered = {"type": {type_name: plain(parameters)}, "name": name, "where": plain(condition)}
    uses[name] = _input_use("where", filtered, condition, context)


def _input(type_name: str, parameters: Node, context: Context) -> InputUse:
    return _input_use(type_name, plain(parameters), parameters, context)


def _input_use(type_name: str, parameters: Json, node: Node, context: Context) -> InputUse:
    kind = context.input_types[type_name]
    located = getattr(kind, "located", None)
    if located is not None:
        parameters = located(parameters, Path(context.shown).parent)
    wrong = kind.check(parameters)
    if wrong is not None:
        context.problems.add(_place_in(node, wrong), wrong)
    return InputUse(type_name, parameters)


def _place_in(node: Node, told: str) -> Span:
    """The place of the parameter of which a sentence tells, or of all of them."""
    about = _ABOUT.match(told)
    if about is None or not isinstance(node, Mapping) or about[2] not in node.entries:
        return node.span
    key, value = node.entries[about[2]]
    return key if about[1] else value.span


def read_request(node: Node, names: tuple[str, ...], context: Context) -> Request:
    """The request."""
    fields = Fields(node, "a request", context.problems)
    request = read_request_fields(fields, names, context)
    fields.done()
    return request


def read_request_fields(fields: Fields, names: tuple[str, ...], context: Context) -> Request:
    """What makes up a request, where other keys may stand beside it: call `fields.done` when they are taken."""
    environment = context.environment(*names, "env")
    method, path = fields.need("method"), fields.need("path")
    headers = read_headers(fields.take("headers"), environment, context.problems)
    bodies = {key: fields.take(key) for key in ("json", "multipart", "raw")}
    given = [node for node in bodies.values() if node is not None]
    if len(given) > 1:
        context.problems.add(
            given[1].span, "a request has one body: json, multipart or raw", "in a case, null removes one"
        )
    return Request(
        _method(method, context) if method is not None else "GET",
        compile_text(path, "'path'", environment, context.problems) if path else Template("", frozenset()),
        headers,
        compile_template(bodies["json"], environment, context.problems) if bodies["json"] else None,
        _form(bodies["multipart"], environment, context),
        compile_text(bodies["raw"], "'raw'", environment, context.problems) if bodies["raw"] else None,
    )


def _method(node: Node, context: Context) -> str:
    method = (text(node, "'method'", context.problems) or "GET").upper()
    if method not in METHODS:
        context.problems.unknown(node.span, "HTTP method", method, METHODS)
    return method


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
