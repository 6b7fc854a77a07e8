"""What is known of the values of names that no input is: messages and answers, by their schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from harness.contract.lint.shapes import Shapes, also_named, any_of, both
from harness.trace.events import ACCEPTED, REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.contract.model import Answer, Case, Socket
    from harness.trace.events import Json

_Schemas: TypeAlias = "dict[str, Json]"

_MESSAGE: Json = {"type": "object"}
_MESSAGES: Json = {"type": "array", "items": _MESSAGE}
_SENT: Json = {"type": "object", "additionalProperties": {"type": "array"}}


class Known:
    """What the schemas of a contract say of its names; of what cases share it is always the very same schema."""

    def __init__(self) -> None:
        self._shapes = Shapes()
        self._made: dict[tuple[object, ...], tuple[object, Json]] = {}
        self._ids: set[int] = set()

    def made(self, schema: Json) -> bool:
        """Whether the schema is one of these, so that none but itself is equal to it."""
        return id(schema) in self._ids

    def of_case(self, case: Case) -> _Schemas:
        """The schemas of the answers, and of all that is looked back on."""
        asides = (*case.before, *case.afterwards, *case.actions)
        known = dict.fromkeys((ACCEPTED, REFUSED), self._answer(None))
        known |= {aside.name: self._answer(aside.promise) for aside in asides}
        back: _Schemas = self._once(("socket", id(case.socket)), case.socket, lambda: self._looking_back(case.socket))
        return known | {case.answer.prefix: self._answer(case.answer)} | back

    def of_message(self, socket: Socket | None, points: Iterable[str]) -> _Schemas:
        """The schemas of `msg` and `prev`, where they are messages of these points."""
        kinds = sorted(socket.kinds.keys() & points) if socket is not None else ()
        shapes = [self.message(socket, kind) for kind in kinds] if socket is not None else []
        key = ("msg", *map(id, shapes))
        return dict.fromkeys(("msg", "prev"), self._once(key, shapes, lambda: any_of(shapes) or {**_MESSAGE}))

    def named(self, socket: Socket, kind: str) -> Json:
        """What the schema of this kind says, whatever the kind itself is."""
        schema, _ = socket.schemas.get(kind, (None, None))
        return self._shapes.of(schema)

    def message(self, socket: Socket, kind: str) -> Json:
        """The schema of a message of this kind."""
        schema, _ = socket.schemas.get(kind, (None, None))
        pattern = socket.kinds[kind].compiled
        key = ("kind", id(schema), _keys(pattern) if schema is not None else "")
        return self._once(key, schema, lambda: both(_MESSAGE, also_named(self._shapes.of(schema), pattern)))

    def _looking_back(self, socket: Socket | None) -> _Schemas:
        kinds = {kind: self.message(socket, kind) for kind in socket.kinds} if socket is not None else {}
        key = tuple((kind, id(shape)) for kind, shape in kinds.items())

        def every() -> Json:
            lists = {kind: {"type": "array", "items": shape} for kind, shape in kinds.items()}
            return {"type": "object", "properties": lists, "additionalProperties": _MESSAGES}

        last = {"type": "object", "properties": kinds, "additionalProperties": _MESSAGE}
        return {
            "last": self._once(("last", *key), kinds, lambda: last),
            "all": self._once(("all", *key), kinds, every),
            "sent": _SENT,
        }

    def _answer(self, promise: Answer | None) -> Json:
        """The schema of an answer of which this is promised."""
        schema = promise.schema if promise is not None else None
        pattern = promise.body.compiled if promise is not None and promise.body is not None else None
        key = ("answer", id(schema), _keys(pattern) if schema is not None else "")

        def answer() -> Json:
            body = also_named(self._shapes.of(schema), pattern)
            fields = {"status": {"type": "integer"}, "headers": {"type": "object"}, "body": body}
            return {"type": "object", "properties": fields, "additionalProperties": False}

        return self._once(key, schema, answer)

    def _once(self, key: tuple[object, ...], kept: object, make: Callable[[], Json]) -> Json:
        """What is made for the key, which has the identities of what is `kept` so that no other gets them."""
        if key not in self._made:
            made = make()
            self._made[key] = (kept, made)
            self._ids.add(id(made))
        return self._made[key][1]


def _keys(compiled: Any) -> str:  # noqa: ANN401 - what a template is compiled to
    """The keys of a template, nested as they are."""
    if not isinstance(compiled, dict):
        return ""
    return "".join(f"{key!r}{{{_keys(value)}}}" for key, value in compiled.items())
