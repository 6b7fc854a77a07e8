"""What requests and answers look like: each shape is what is validated and built, and what `/openapi.json` shows."""

from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Len
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict  # as pydantic asks for before Python 3.12

from reference_server.answers import Refusal
from reference_server.batch import BatchStatus

MAX_PHOTOS = 5
_MAX_DRIVEN_PHOTOS = 1000

# --- the parts of requests ------------------------------------------------------------------------------------------


def _job_id(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PydanticCustomError("job_id", "must be a non-blank string")
    return value


def _data(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise PydanticCustomError("data", "is not a non-empty base64 string")
    return value


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PydanticCustomError("number", "is not a number")
    return value


def _whole(value: object) -> int:
    """An integer as JSON Schema has it: 3.0 is one, true is none."""
    number = _number(value)
    if isinstance(number, float) and not number.is_integer():
        raise PydanticCustomError("number", "is not a whole number")
    return int(number)


# Plain validators: pydantic's own text type refuses lone surrogates, which are texts in JSON (RFC 8259 8.2).
JobId = Annotated[str, PlainValidator(_job_id), WithJsonSchema({"type": "string", "minLength": 1, "pattern": r"\S"})]
Data = Annotated[
    str, PlainValidator(_data), WithJsonSchema({"type": "string", "minLength": 1, "contentEncoding": "base64"})
]
Count = Annotated[int, Ge(0), BeforeValidator(_whole)]
Number = Annotated[int | float, PlainValidator(_number), WithJsonSchema({"type": "number"})]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True)


class Image(_Request):
    """One photo of a batch: a label of the client's, and the picture in base64."""

    index: Number
    data: Data


class ScanRequest(_Request):
    """Photos of a shelf to scan."""

    jobId: JobId
    images: Annotated[list[Image], Len(1, MAX_PHOTOS)]


class JobRequest(_Request):
    """A job to do something to."""

    jobId: JobId


class InitRequest(JobRequest):
    """Makes a batch without a handler."""

    totalPhotos: Annotated[int, Ge(1), Le(_MAX_DRIVEN_PHOTOS), BeforeValidator(_whole)]
    status: Literal["uploading", "processing"]


class UpdateRequest(JobRequest):
    """Moves a photo on."""

    photoIndex: Count
    status: Literal["processing", "complete", "error"]
    booksFound: Count = 0
    error: str | None = None


class BoundingBox(_Request):
    """Where a spine stands, in fractions of the photo."""

    x1: Annotated[float, Ge(0), Le(1)] = 0.0
    y1: Annotated[float, Ge(0), Le(1)] = 0.0
    x2: Annotated[float, Ge(0), Le(1)] = 1.0
    y2: Annotated[float, Ge(0), Le(1)] = 1.0


class DrivenBook(_Request):
    """A book that the driver says was found."""

    title: Annotated[str, Len(1)]
    author: str = ""
    isbn: str | None = None
    confidence: Annotated[float, Ge(0), Le(1)] = 1.0
    boundingBox: BoundingBox = BoundingBox()


class CompleteRequest(JobRequest):
    """Ends a batch; the object knows its photos itself, so that of the result only the books are taken over."""

    status: Literal["complete", "canceled"]
    totalBooks: Count
    photoResults: list[dict[str, Any]]
    books: list[DrivenBook]


# --- answers --------------------------------------------------------------------------------------------------------


class ScanAccepted(TypedDict):
    """The scan goes on in the background."""

    jobId: str
    totalPhotos: int
    status: Literal["processing"]


class ImportAccepted(TypedDict):
    """The import goes on in the background."""

    jobId: str


class CancelAnswer(TypedDict):
    """What the batch is doing now."""

    jobId: str
    status: BatchStatus


class Done(TypedDict):
    """It was done."""

    success: bool


class Canceled(TypedDict):
    """Whether a cancel was asked for."""

    canceled: bool


class BatchState(TypedDict):
    """A batch as its progress object holds it."""

    jobId: str
    totalPhotos: int
    photos: list[dict[str, Any]]
    overallStatus: BatchStatus
    currentPhoto: int
    totalBooksFound: int
    cancelRequested: bool


class JobCounts(TypedDict):
    """How many jobs: accepted since the start, and not ended."""

    accepted: int
    running: int


class Health(TypedDict):
    """The server is well, and this is what it is doing."""

    status: Literal["ok"]
    jobs: JobCounts
    watchers: int


def refusal_of(error: ValidationError) -> Refusal:
    """The refusal of a body that has not the shape it should have: says what is wrong first, and where."""
    problem = error.errors(include_url=False, include_context=True)[0]
    place = problem["loc"]
    text = f"{_path(place)!r} {_told(problem)}" if place else _told(problem)
    inside = place[:1] == ("images",) and (len(place) > 1 or problem["type"] in ("too_long", "too_short"))
    return Refusal(400, "E_INVALID_IMAGES" if inside else "E_INVALID_REQUEST", text)


def _path(place: tuple[int | str, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


def _told(problem: Any) -> str:  # noqa: ANN401 - pydantic's dictionary of an error
    kind = problem["type"]
    if kind == "missing":
        return "is missing"
    if kind == "list_type":
        return "must be an array"
    if kind in ("model_type", "model_attributes_type"):
        return "is not an object" if problem["loc"] else "the body is not a JSON object"
    if kind in ("too_long", "too_short"):
        return f"has {problem['ctx']['actual_length']} items; 1 to {MAX_PHOTOS} are allowed"
    text: str = problem["msg"]
    return text if kind in ("job_id", "data", "number") else f"is wrong: {text[:1].lower()}{text[1:]}"
