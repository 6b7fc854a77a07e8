"""Requests as they go out: the contract's templates with their values, the target's address and headers."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.contract.templates import TemplateError
from harness.errors import HarnessError
from harness.targets.secrets import header_problem
from harness.transport.http import HttpRequest, Part

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from harness.contract.model import FormField, Request
    from harness.contract.templates import Template
    from harness.targets.target import Target


class NotSaidError(TemplateError):
    """What is to be sent needs what the target has not said, in an answer or a message: the target is wrong."""


@contextmanager
def of_what_was_said(said: Collection[str], *templates: Template) -> Iterator[None]:
    """While these are rendered, one that uses what the target has `said` is not the contract's fault.

    Raises:
        NotSaidError: in the place of such a TemplateError.
    """
    try:
        yield
    except TemplateError as error:
        if any(not template.roots.isdisjoint(said) for template in templates):
            raise NotSaidError(str(error)) from error
        raise


def render_request(request: Request, names: Mapping[str, Any], target: Target, what: str) -> HttpRequest:
    """The request for these names.

    Args:
        request: as the contract has it.
        names: of inputs, fresh values and answers.
        target: whose headers go with what is sent to its own origin.
        what: the request's name in messages, such as `renders/works`.

    Raises:
        TemplateError: an expression in it has no value, or a header cannot carry it.
        HarnessError: the body cannot carry a value.
    """
    url = target.http_url(request.path.render_url(names))
    headers = {name.lower(): value for name, value in target.headers_for(url).items()}
    headers |= {name.lower(): value for name, value in render_headers(request.headers, names).items()}
    content = None
    if request.json is not None:
        content = _json_bytes(request.json.render(names), what)
        headers = {"content-type": "application/json", **headers}
    elif request.raw is not None:
        content = _bytes(request.raw.render(names))
    form = None
    if request.form is not None:
        form = {name: _part(part, names) for name, part in request.form.items()}
    return HttpRequest(request.method, url, headers, content, form)


def render_headers(templates: Mapping[str, Template], names: Mapping[str, Any]) -> dict[str, str]:
    """The headers for these names, without the white space at their edges, which is no part of a value.

    Raises:
        TemplateError: an expression in one has no value, or one that a header cannot carry.
    """
    headers: dict[str, str] = {}
    for name, template in templates.items():
        headers[name] = value = str(template.render(names)).strip(" \t")
        problem = header_problem(name, value)
        if problem:
            raise TemplateError(problem)
    return headers


def _part(field: FormField, names: Mapping[str, Any]) -> Part:
    return Part(
        _bytes(field.content.render(names)),
        None if field.filename is None else str(field.filename.render(names)),
        None if field.content_type is None else str(field.content_type.render(names)),
    )


def _json_bytes(value: Any, what: str) -> bytes:  # noqa: ANN401 - JSON, or what only looks like it
    try:
        return json.dumps(value, allow_nan=False).encode("ascii")
    except (TypeError, ValueError) as error:
        raise HarnessError(f"{what}: the request's json cannot be sent: {error}") from error


def _bytes(value: Any) -> bytes:  # noqa: ANN401 - JSON or bytes
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")
