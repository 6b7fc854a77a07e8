"""What an offer over HTTP is: each operation is served, and described in `/openapi.json`, from the same object."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from reference_server.answers import Answers, Refusal
from reference_server.bodies import MAX_FILE_BYTES, Intake, read_upload
from reference_server.rate_limit import RateLimit

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Model = TypeVar("Model", bound=BaseModel)


class Reads(Protocol[T_co]):
    """What an operation takes from a request: reads it, and describes it as OpenAPI wants it."""

    async def read(self, request: Request) -> T_co:
        """The value.

        Raises:
            Refusal: the request has no such thing.
        """

    @property
    def model(self) -> type[BaseModel] | None:
        """The shape of its JSON body, if it has one."""

    def describe(self) -> Mapping[str, Any]:
        """`parameters` or `requestBody` of an OpenAPI operation."""


@dataclass(frozen=True)
class Operation(Generic[T]):
    """One method of one path: what it reads, who answers, and what the answer is.

    `handle` is given what `reads` reads and returns the data of an answer of type `answer` with `status`. `refusals`
    are the statuses and codes with which it may be refused, and why. `limited` operations count for the rate limit. An
    operation that is not `in_envelope` answers with the data alone.
    """

    method: str
    path: str
    summary: str
    reads: Reads[T]
    handle: Callable[[T], Awaitable[Mapping[str, Any]]]
    answer: Any
    status: int = 200
    refusals: Sequence[tuple[int, str, str]] = ()
    limited: bool = False
    in_envelope: bool = True


class OperationRoute(Route):
    """A route of one path; starlette's pattern also takes that path with a line break at its end."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for this route."""
        return super().matches(scope) if scope["path"] == self.path else (Match.NONE, {})


def route(operation: Operation[Any], answers: Answers, rate_limit: RateLimit | None) -> OperationRoute:
    """The route that serves `operation`."""

    async def endpoint(request: Request) -> Response:
        if operation.limited and rate_limit is not None:
            rate_limit.check(request.client.host if request.client else "")
        data = await operation.handle(await operation.reads.read(request))
        return answers.success(data, status=operation.status) if operation.in_envelope else answers.bare(data)

    return OperationRoute(operation.path, endpoint, methods=[operation.method])


class Nothing:
    """An operation that needs nothing from its request."""

    model = None

    async def read(self, request: Request) -> None:
        """Nothing."""

    def describe(self) -> Mapping[str, Any]:
        """See `Reads.describe`."""
        return {}


class JobIdInQuery:
    """The `jobId` of a query."""

    model = None

    async def read(self, request: Request) -> str:
        """The id.

        Raises:
            Refusal: 400 if there is none.
        """
        return job_id_in_query(request.query_params.get("jobId", ""), request.url.path)

    def describe(self) -> Mapping[str, Any]:
        """See `Reads.describe`."""
        schema = {"type": "string", "minLength": 1, "pattern": r"\S"}
        return {"parameters": [{"name": "jobId", "in": "query", "required": True, "schema": schema}]}


def job_id_in_query(job_id: str, path: str) -> str:
    """`job_id`, unless it is blank.

    Raises:
        Refusal: 400.
    """
    if not job_id.strip():
        raise Refusal(400, "E_INVALID_REQUEST", f"the query names no job: ask for {path}?jobId=...")
    return job_id


@dataclass(frozen=True)
class JsonBody(Generic[Model, T]):
    """A JSON body of the shape `model`, and what `finish` (a function of a module) makes of it.

    `too_large` is the code with which a body is refused that is larger than any may be.
    """

    intake: Intake
    model: type[Model]
    finish: Callable[[Model], T]
    too_large: str = "E_INVALID_REQUEST"

    async def read(self, request: Request) -> T:
        """See `Intake.read_json`."""
        return await self.intake.read_json(request, self.model, self.finish, self.too_large)

    def describe(self) -> Mapping[str, Any]:
        """See `Reads.describe`."""
        schema = {"$ref": f"#/components/schemas/{self.model.__name__}"}
        return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@dataclass(frozen=True)
class FileInForm:
    """The file in one field of a multipart form, of at most `max_bytes`."""

    field: str
    max_bytes: int = MAX_FILE_BYTES

    model = None

    async def read(self, request: Request) -> bytes:
        """See `read_upload`."""
        return await read_upload(request, self.field, self.max_bytes)

    def describe(self) -> Mapping[str, Any]:
        """See `Reads.describe`."""
        file = {"type": "string", "format": "binary"}
        schema = {"type": "object", "required": [self.field], "properties": {self.field: file}}
        return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def same(model: Model) -> Model:
    """For a `JsonBody` that is handed on as it is."""
    return model
