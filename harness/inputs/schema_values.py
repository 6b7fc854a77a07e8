"""The input type `json_schema`: any JSON that a JSON Schema (2020-12) allows.

Schemathesis builds the strategy. It is imported only where a contract uses this input type, and installed with the
extra `fuzz`; its generator is none of its public interface, which is why the extra names one minor version and the
tests of this module say at once whether it still is what it was.
"""

from __future__ import annotations

import copy
import importlib
import json
from datetime import UTC
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.expressions.schema import Schema, SchemaError
from harness.inputs.lazily import st
from harness.inputs.parameters import shown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from harness.inputs.base import Json

DRAFT = 20
"""2020-12, as jsonschema-rs numbers it."""

_PREFIX = "Failed to generate test cases for this API operation: "


class JsonSchema:
    """What a JSON Schema allows. `{json_schema: {type: object, properties: {n: {type: integer}}, required: [n]}}`."""

    name = "json_schema"

    def check(self, parameters: Json) -> str | None:
        """See `InputType`."""
        if not isinstance(parameters, dict):
            return f"json_schema must be a JSON Schema, a mapping, got {shown(parameters)}"
        try:
            _strategy(json.dumps(parameters))
        except HarnessError as error:
            return str(error)
        return None

    def strategy(self, parameters: Json) -> SearchStrategy[Json]:
        """See `InputType`. Simplest: no property that is not required, the shortest texts, the smallest numbers."""
        return _strategy(json.dumps(parameters)).map(copy.deepcopy)

    def build(self, spec: Json) -> Any:  # noqa: ANN401
        """The value, a copy of its own."""
        return copy.deepcopy(spec)

    def describe(self, spec: Json) -> str:
        """See `InputType`."""
        return shown(spec)

    def value_schema(self, parameters: Json) -> Json:
        """See `InputType`."""
        return parameters


@lru_cache(maxsize=64)
def _strategy(schema: str) -> SearchStrategy[Json]:
    """The strategy for a schema in JSON.

    Raises:
        HarnessError: Schemathesis is not installed, or the schema is none, allows nothing or is beyond it.
    """
    try:
        Schema(json.loads(schema), {})
    except SchemaError as error:
        raise HarnessError(f"json_schema is no JSON Schema: {error}") from error
    try:
        builder = importlib.import_module("schemathesis.generation.jsonschema.builder")
        errors = importlib.import_module("schemathesis.core.errors")
    except ImportError as error:
        raise HarnessError(f"json_schema needs Schemathesis: pip install 'after202[fuzz]' ({error})") from error
    try:
        strategy: SearchStrategy[Json] = builder.build(json.loads(schema), draft=DRAFT, formats=_formats())
    except (errors.InvalidSchema, errors.UnsupportedSchema, ValueError) as error:
        told = " ".join(str(error).removeprefix(_PREFIX).split()) or type(error).__name__
        raise HarnessError(f"json_schema is no schema that values can be drawn from: {told[:300]}") from error
    if strategy.is_empty:
        raise HarnessError("json_schema allows no value at all")
    return strategy


@cache
def _formats() -> dict[str, SearchStrategy[str]]:
    """What texts of a `format` look like; a format that is not here allows any text."""
    return {
        "uuid": st.uuids().map(str),
        "date": st.dates().map(str),
        "date-time": st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat()),
        "email": st.emails(),
        "ipv4": st.ip_addresses(v=4).map(str),
    }
