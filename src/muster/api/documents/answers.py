"""What a route answers with: its document, and the standard error with each status that it can give."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.document import document, schema_of
from muster.api.documents.limit_headers import references_to_headers

_ERROR_ID: Final = "8f6a1f0e-3f0b-4b52-9d0c-3c1b6f1f7a55"
_ERRORS: Final[Mapping[int, tuple[str, str, str]]] = {
    400: (
        "What was sent can't be read, or breaks a rule; the message says where.",
        "invalid_request",
        "/name: found a number, expected a string.",
    ),
    401: (
        "There is no access token, or nobody is known by it.",
        "unauthorized",
        "The request has no access token. Send one, bare, as the Authorization header.",
    ),
    403: (
        "The token may not do this.",
        "forbidden",
        "This access token may not updateName on proj/default:env/test.",
    ),
    404: (
        "There is no such thing, or the token may not know of it.",
        "not_found",
        "There is no project 'shop', or it is not yours to view.",
    ),
    408: (
        "The body did not arrive in time.",
        "request_timeout",
        "The body did not arrive within 30 seconds.",
    ),
    409: (
        "What is there contradicts the request.",
        "conflict",
        "A test of the patch fails: what is there is another value. Read it again, then patch that.",
    ),
    413: (
        "The body is too large.",
        "payload_too_large",
        "The body has more than 16,777,216 bytes.",
    ),
    415: (
        "The body is of a type, or has an encoding, that is not read.",
        "unsupported_media_type",
        "The body is text/plain; send application/json.",
    ),
    422: (
        "The patch can be read, and can't be applied to what is there.",
        "unprocessable_entity",
        "The patch can't be applied: member 'nickname' not found.",
    ),
    429: (
        "A rate limit is used up, where the operator has set one; the headers say until when to wait.",
        "rate_limited",
        "Too many requests: wait until the time that X-Ratelimit-Reset says.",
    ),
    503: (
        "A store can't be used at the moment; send it again later.",
        "unavailable",
        "The control store can't be read at the moment.",
    ),
}
_SUCCESSES: Final[Mapping[int, str]] = {
    200: "What was asked for, as it is now.",
    201: "What was made.",
    204: "It is done; there is no body.",
}
ALWAYS: Final = (401, 429, 503)
"""Statuses of errors that every request with a token can meet."""


@document(example={"message": "A name of a project has 1 to 256 printable characters."})
class ErrorExtras(TypedDict):
    """What Muster tells of an error beyond LaunchDarkly's shape."""

    message: str
    """The message without the pointer to the field of the body that is at fault."""


@document(
    example={
        "code": "not_found",
        "message": "There is no project 'shop', or it is not yours to view.",
        "id": _ERROR_ID,
    }
)
class Error(TypedDict):
    """What every refusal answers with."""

    code: str
    """What is wrong, for programs."""
    message: str
    """What is wrong, for people: where, what was found, what was expected."""
    id: str
    """New for each error; the server's log has it where Muster itself is at fault."""
    _muster: NotRequired[ErrorExtras]
    """There where the message begins with a pointer."""


class AnswerOptions(TypedDict):
    """What a route's decorator takes of `answers`."""

    status_code: int
    response_model: None
    response_description: str
    responses: dict[int | str, dict[str, Any]]


def answers(
    model: type | None,
    *errors: int,
    status: int | None = None,
    description: str | None = None,
    location: str | None = None,
) -> AnswerOptions:
    """Return what the decorator of a route that wants a token takes: `@router.get(path, **answers(...))`.

    Args:
        model: the document that it answers with; None for no body.
        errors: the statuses of errors that it can answer with; those of `ALWAYS` need not be named.
        status: of a success; None for 200, or for 204 where there is no body.
        description: what a success means; None for the usual.
        location: what the header `Location` of a success leads to; None where it has none.
    """
    options = _options(model, {*errors, *ALWAYS}, status, description)
    if location is not None:
        header = {"description": location, "required": True, "schema": {"type": "string"}}
        options["responses"].setdefault(options["status_code"], {})["headers"] = {
            "Location": header
        }
    return options


def file_answers(media_type: str, example: str, *errors: int) -> AnswerOptions:
    """Return the same for a route that answers with a file of text.

    Args:
        media_type: the file's, such as `text/csv`.
        example: what might be in it.
    """
    options = _options(None, {*errors, *ALWAYS}, 200, "The file.")
    content = {media_type: {"schema": {"type": "string"}, "example": example}}
    options["responses"][200] = {"content": content}
    return options


def public_answers(model: type | None, *errors: int, status: int = 200) -> AnswerOptions:
    """Return the same for a route that is open to everybody."""
    return _options(model, {*errors, 429}, status, None)


def error_response(status: int, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the standard error with a status, as OpenAPI describes a response.

    Args:
        schema: where the body may be another than the standard one.
    """
    description, code, message = _ERRORS[status]
    content = {
        "schema": schema_of(Error) if schema is None else schema,
        "example": {"code": code, "message": message, "id": _ERROR_ID},
    }
    response: dict[str, Any] = {"description": description}
    if status == 429:
        response["headers"] = references_to_headers()
    return {**response, "content": {"application/json": content}}


def _options(
    model: type | None, errors: Iterable[int], status: int | None, description: str | None
) -> AnswerOptions:
    if status is None:
        status = 204 if model is None else 200
    responses: dict[int | str, dict[str, Any]] = {}
    if model is not None:
        responses[status] = {"content": {"application/json": {"schema": schema_of(model)}}}
    responses |= {error: error_response(error) for error in sorted(errors)}
    return {
        "status_code": status,
        "response_model": None,
        "response_description": description or _SUCCESSES[status],
        "responses": responses,
    }
