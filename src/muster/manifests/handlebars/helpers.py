"""The helpers that templates may call: those of Handlebars, and those that the framework registers.

A helper takes its arguments and says what it gives, or raises `HelperError` where the original throws.
The ones that take a block are in `rendering`, which runs blocks.
"""

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from muster.manifests.handlebars.nodes import UNDEFINED, Undefined

_URI_RESERVED: Final = ";,/?:@&=+$#"
_URI_UNRESERVED: Final = "-_.!~*'()"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND: Final = 8_640_000_000_000_000
"""What a Date of JavaScript can hold, before and after 1970."""


class HelperError(ValueError):
    """A helper can't do what it was asked for."""


def to_text(value: Any) -> str:
    """Return a value as JavaScript's `String(value)` has it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, list):
        return ",".join(to_text(item) if is_value(item) else "" for item in value)
    if isinstance(value, dict):
        return "[object Object]"
    return "undefined" if isinstance(value, Undefined) else "null"


def is_value(value: Any) -> bool:
    """Tell whether there is a value: not null, not undefined."""
    return value is not None and value is not UNDEFINED


def is_truthy(value: Any) -> bool:
    """Tell whether JavaScript takes a value for true: objects and arrays, also empty ones, are."""
    if isinstance(value, float) and math.isnan(value):
        return False
    return isinstance(value, dict | list) or bool(value)


def is_empty(value: Any) -> bool:
    """Tell whether Handlebars takes a value for empty: what is not truthy but for 0, and `[]`."""
    if isinstance(value, list):
        return not value
    is_zero = type(value) in {int, float} and value == 0
    return not is_truthy(value) and not is_zero


def look_up_property(parent: Any, name: str) -> Any:
    """Return an own property of a value, or UNDEFINED. The parent is neither null nor undefined."""
    if isinstance(parent, dict):
        return parent.get(name, UNDEFINED)
    if isinstance(parent, list | str):
        if name == "length":
            return len(parent)
        if name.isascii() and name.isdecimal() and str(int(name)) == name:
            return parent[int(name)] if int(name) < len(parent) else UNDEFINED
    return UNDEFINED


def are_identical(left: Any, right: Any) -> bool:
    """Tell whether `left === right` in JavaScript."""
    if isinstance(left, dict | list):
        return left is right
    is_number = [type(value) in {int, float} for value in (left, right)]
    if is_number[0] != is_number[1] or (not is_number[0] and type(left) is not type(right)):
        return False
    return bool(left == right)


def _look_up(arguments: Sequence[Any]) -> Any:
    if len(arguments) == 2:
        parent, name = arguments
        return look_up_property(parent, to_text(name)) if is_truthy(parent) else parent
    if arguments and not is_truthy(arguments[0]):
        return arguments[0]
    raise HelperError("lookup takes two arguments: an object, and the name of a member")


def _log(_arguments: Sequence[Any]) -> Any:
    return UNDEFINED


def _path_encode(arguments: Sequence[Any]) -> str:
    return _percent_encode(arguments, _URI_UNRESERVED + _URI_RESERVED)


def _query_encode(arguments: Sequence[Any]) -> str:
    return _percent_encode(arguments, _URI_UNRESERVED)


def _percent_encode(arguments: Sequence[Any], safe: str) -> str:
    text = _text_of(arguments, 0)
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError:
        raise HelperError("What is to be encoded holds half of a character") from None


def _basic_auth_header_value(arguments: Sequence[Any]) -> str:
    credentials = f"{_text_of(arguments, 0)}:{_text_of(arguments, 1)}"
    encoded = base64.b64encode(credentials.encode("utf-8", "replace")).decode("ascii")
    return f"Basic {encoded}"


def _text_of(arguments: Sequence[Any], index: int) -> str:
    """Return an argument's text; Handlebars passes an object of its own after the last."""
    if index < len(arguments):
        return to_text(arguments[index])
    return "[object Object]" if index == len(arguments) else "undefined"


def _format_with_offset(arguments: Sequence[Any]) -> str | float:
    milliseconds = _shifted(arguments)
    form = to_text(arguments[2]) if len(arguments) > 2 else ""
    is_date = not math.isnan(milliseconds) and abs(milliseconds) <= _LAST_MILLISECOND
    if form in {"rfc3339", "simple"}:
        if not is_date:
            raise HelperError("formatWithOffset takes milliseconds and an offset in seconds")
        return _format_time(math.trunc(milliseconds), form)
    if not is_date:
        return math.nan
    seconds = math.floor(milliseconds / 1000 + 0.5)
    return seconds if form == "seconds" else math.trunc(milliseconds)


def _shifted(arguments: Sequence[Any]) -> float:
    """Return what `milliseconds + 1000 * offset` is as a point in time, or NaN."""
    if len(arguments) < 2 or isinstance(arguments[0], str | dict | list):
        return math.nan
    return _number_of(arguments[0]) + 1000 * _number_of(arguments[1])


def _number_of(value: Any) -> float:
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value or 0)
        except ValueError:
            return math.nan
    return 0.0 if value is None else math.nan


def _format_time(milliseconds: int, form: str) -> str:
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:  # a year that JavaScript knows and Python does not
        return "+010000-01-01T00:00:00.000Z"
    if form == "rfc3339":
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    return f"{moment:%Y-%m-%d} {moment.hour % 12 or 12}:{moment:%M:%S}"


def _number_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value == int(value) and abs(value) < 1e21 else repr(value)


HELPERS: Final[Mapping[str, Callable[[Sequence[Any]], Any]]] = {
    "basicAuthHeaderValue": _basic_auth_header_value,
    "formatWithOffset": _format_with_offset,
    "log": _log,
    "lookup": _look_up,
    "pathEncode": _path_encode,
    "queryEncode": _query_encode,
}
"""Helpers that give a value, by name."""
BLOCK_HELPERS: Final = frozenset({"each", "equal", "equalWithElse", "if", "unless", "with"})
"""Helpers that render a block; in a mustache they fail."""
BUILT_IN: Final = frozenset({"each", "if", "log", "lookup", "unless", "with"})
"""Those that are called whatever the data holds."""
