"""`/openapi.json`: the operations that are served, described from the very objects that serve them (OpenAPI 3.1)."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from reference_server.operations import Operation

_REFERENCE = "#/components/schemas/{model}"
_METADATA = {
    "type": "object",
    "required": ["timestamp"],
    "properties": {"timestamp": {"type": "string", "format": "date-time"}},
}


def describe(operations: Iterable[Operation[Any]]) -> Mapping[str, Any]:
    """The OpenAPI document of `operations`."""
    operations = list(operations)
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    models = [operation.reads.model for operation in operations]
    _, bodies = models_json_schema([(model, "validation") for model in models if model], ref_template=_REFERENCE)
    schemas |= bodies.get("$defs", {})
    for operation in operations:
        answer = TypeAdapter(operation.answer).json_schema(ref_template=_REFERENCE)
        schemas |= answer.pop("$defs", {})
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, answer)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "BooksTrack job protocol",
            "version": "1",
            "description": "Jobs are accepted with 202; their progress comes over the WebSocket at /ws/progress.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(operation: Operation[Any], answer: dict[str, Any]) -> dict[str, Any]:
    if operation.status == 101:
        responses: dict[str, Any] = {"101": {"description": "the connection is a WebSocket now"}}
    else:
        schema = _envelope(answer) if operation.in_envelope else answer
        responses = {str(operation.status): _response("done" if operation.status == 200 else "accepted", schema)}
    refusals = [
        *operation.refusals,
        *([(429, "RATE_LIMIT_EXCEEDED", "too many requests")] if operation.limited else []),
    ]
    for status in dict.fromkeys(status for status, _, _ in refusals):
        those = [(code, why) for other, code, why in refusals if other == status]
        response = _response("; ".join(f"{code}: {why}" for code, why in those), _refusal([code for code, _ in those]))
        if status == 429:
            response["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
        responses[str(status)] = response
    return {"summary": operation.summary, **operation.reads.describe(), "responses": responses}


def _envelope(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": ["data", "metadata"], "properties": {"data": data, "metadata": _METADATA}}


def _refusal(codes: list[str]) -> dict[str, Any]:
    error = {
        "type": "object",
        "required": ["message", "code"],
        "properties": {
            "message": {"type": "string", "minLength": 1},
            "code": {"enum": sorted(set(codes))},
            "details": {"type": "object"},
        },
    }
    properties = {"data": {"type": "null"}, "metadata": _METADATA, "error": error}
    return {"type": "object", "required": ["data", "metadata", "error"], "properties": properties}


def _response(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
