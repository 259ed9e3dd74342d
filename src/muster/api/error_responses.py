"""The REST API's answers to what goes wrong: the standard body, which is a code, a message and an id."""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from starlette.responses import JSONResponse

from muster.api.errors import UNREAD_BODY, error_content, status_of, writable
from muster.core.errors import InternalError, MusterError
from muster.core.ids import new_uuid

_log = structlog.get_logger(__name__)


def error_response(error: MusterError) -> JSONResponse:
    """Return the answer that says what is wrong."""
    content, pointer = error_content(error), error.pointer
    if pointer and pointer not in error.message:
        # What a command on a server elsewhere tells, as it would here.
        content["_muster"] = {"message": content["message"]}
        content["message"] = writable(f"{pointer}: {error.message}")
    status = status_of(error)
    return error_json(status, content, {"Connection": "close"} if status in UNREAD_BODY else None)


def method_not_allowed_response(methods: Iterable[str]) -> JSONResponse:
    """Return the answer to a method that a path does not take.

    Args:
        methods: those that it takes.
    """
    content = {"code": "method_not_allowed", "message": "This path does not take that method."}
    return error_json(405, content, {"Allow": ", ".join(sorted(methods))})


def unforeseen_response(error: Exception) -> JSONResponse:
    """Return the answer to a fault of Muster's own; the log has it, under the id that the answer shows."""
    error_id = new_uuid()
    _log.error("request failed", error_id=error_id, exc_info=error)
    unforeseen = InternalError("Something went wrong in Muster; its log has more under this id.")
    return error_json(500, error_content(unforeseen), error_id=error_id)


def error_json(
    status: int,
    content: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    error_id: str | None = None,
) -> JSONResponse:
    """Return an answer of this content, with an id; a new one where None is given."""
    return JSONResponse({**content, "id": error_id or new_uuid()}, status, headers=headers)
