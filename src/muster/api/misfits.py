"""What can't be read of a request, in words: where it stands, what was found, what was expected."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BeforeValidator
from pydantic_core import ErrorDetails, PydanticCustomError

from muster.api.body import check_json_headers
from muster.core.errors import InvalidRequestError, MusterError, UnsupportedMediaTypeError
from muster.core.json_values import describe, show, unexpected
from muster.core.pointers import MISSING, Json, format_pointer

_BODY: Final = "body"

_TYPES: Final[Mapping[str, str]] = {
    "string_type": "a string",
    "string_unicode": "a string without half characters",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "int_parsing": "an integer",
    "int_parsing_size": "an integer of fewer digits",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "an array",
    "tuple_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
"""What was expected where a value is of another type, by the name of pydantic's error."""
_BOUNDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "enum": lambda bound: f"one of {bound['expected']}",
    "literal_error": lambda bound: f"one of {bound['expected']}",
    "greater_than_equal": lambda bound: f"at least {bound['ge']:,}",
    "less_than_equal": lambda bound: f"at most {bound['le']:,}",
}
"""What was expected of a value, of the right type, that is shown as it is."""
_SIZES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "string_too_long": lambda bound: f"at most {bound['max_length']:,} characters",
    "too_long": lambda bound: f"at most {bound['max_length']:,} elements",
    "too_short": lambda bound: f"at least {bound['min_length']:,} of them",
}
"""What was expected of a value of another size."""


def _refuse_bytes(value: Json) -> Json:
    if isinstance(value, bytes):
        raise PydanticCustomError("undecoded", "The body is not JSON")
    return value


DECODED: Final = BeforeValidator(_refuse_bytes)
"""Marks a body of any type: one that is not sent as JSON comes as bytes, and is refused."""


def misfit_in_fields(error: ErrorDetails) -> InvalidRequestError:
    """Return what is wrong with an object that a model of its fields can't read."""
    return _misfit(error, error["loc"])


def misfit_in_request(request: Request, error: RequestValidationError) -> MusterError:
    """Return what is wrong with the query, the path or the body of a request: the first of it."""
    first = error.errors()[0]
    part, *steps = first["loc"]
    if part != _BODY:
        where = ".".join(str(step) for step in steps)
        return InvalidRequestError(f"{where}: {_sentence(first, repr)}")
    if first["type"] == "json_invalid":
        return undecodable_body(request, _place(error.body, steps[0]))
    if not steps and first["type"] == "missing":
        return InvalidRequestError("The body is empty; it must be JSON.")
    if not steps and isinstance(first["input"], bytes):
        return undecodable_body(request, "it was not sent as such")
    return _misfit(first, _steps_in(error.body, steps, is_missing=first["type"] == "missing"))


def undecodable_body(request: Request, reason: str) -> MusterError:
    """Return what is wrong with a body that is not JSON, or is not sent as JSON.

    Args:
        reason: what there is to say of a body whose type and encoding are right.
    """
    try:
        check_json_headers(request.scope)
    except UnsupportedMediaTypeError as error:
        return error
    return InvalidRequestError(f"The body is not JSON: {reason}.")


def _place(text: bytes | str, offset: int) -> str:
    """Return in words where reading a JSON text stopped."""
    before = text[:offset]
    newline: Any = b"\n" if isinstance(text, bytes) else "\n"
    line = before.count(newline) + 1
    column = offset - before.rfind(newline)
    end = ", at its end" if not text[offset:].strip() else ""
    return (
        f"it can't be read on from line {line}, column {column}{end}. Look for a missing or extra comma, "
        "quote or bracket there"
    )


def _misfit(error: Mapping[str, Any], steps: Sequence[str | int]) -> InvalidRequestError:
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return _wrong_tag(error, steps)
    pointer = format_pointer(*steps)
    return InvalidRequestError(
        f"{pointer or 'The body'}: {_sentence(error, describe)}", pointer=pointer or None
    )


def _wrong_tag(error: Mapping[str, Any], steps: Sequence[str | int]) -> InvalidRequestError:
    """Return what is wrong with the member that says which of several objects one is."""
    member = error["ctx"]["discriminator"].strip("'")
    pointer = format_pointer(*steps, member)
    found = show(error["input"].get(member, MISSING))
    expected = error["ctx"].get("expected_tags", "those that the page of the API names")
    return unexpected(found, f"one of {expected}", pointer)


def _sentence(error: Mapping[str, Any], describe_found: Callable[[Json], str]) -> str:
    kind, found, bound = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return "found nothing, and it is needed."
    if kind in _TYPES:
        return f"found {describe_found(found)}, expected {_TYPES[kind]}."
    if kind in _BOUNDS:
        return f"found {show(found)}, expected {_BOUNDS[kind](bound)}."
    if kind in _SIZES:
        return f"found {len(found):,}, expected {_SIZES[kind](bound)}."
    return f"{error['msg']}."


def _steps_in(body: Json, location: Sequence[str | int], *, is_missing: bool) -> list[str | int]:
    """Return which members and elements lead to a place in a body.

    A location also names the kind of object that was read, where there are several: that is no member.
    """
    steps: list[str | int] = []
    for step in location[:-1] if is_missing else location:
        inner = _inner(body, step)
        if inner is not MISSING:
            steps.append(step)
            body = inner
    return [*steps, location[-1]] if is_missing and location else steps


def _inner(value: Json, step: str | int) -> Json:
    if isinstance(value, dict):
        return value.get(step, MISSING)
    is_element = isinstance(value, list) and isinstance(step, int) and step < len(value)
    return value[step] if is_element else MISSING
