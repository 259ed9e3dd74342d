"""How values stand in columns, on SQLite and PostgreSQL alike.

Only texts, integers and booleans are stored, so that a row reads the same from both and goes through
JSON as it is. A moment is an integer of microseconds since 1970-01-01 UTC; a list is JSON in a text.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Dialect, Text, TypeDecorator
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """Return a text with U+FFFD for what PostgreSQL or UTF-8 has no place for: NUL and surrogates.

    No key, id or name that Muster accepts has one, so such a text is equal to none that is stored.
    """
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


class PlainText(TypeDecorator[str]):
    """A text of any length that is compared and sorted by its code points, not by a locale."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type: PostgreSQL's needs its collation named."""
        if dialect.name == "postgresql":
            return postgresql.TEXT(collation="C")
        return Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy names it
        """Return the text as it can be sent."""
        return None if value is None else storable(value)


def to_micros(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970-01-01 UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return microseconds since 1970-01-01 UTC as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def to_micros_or_none(moment: datetime | None) -> int | None:
    """Do as `to_micros`; None stays None."""
    return None if moment is None else to_micros(moment)


def from_micros_or_none(micros: int | None) -> datetime | None:
    """Do as `from_micros`; None stays None."""
    return None if micros is None else from_micros(micros)


def to_json_list(texts: Iterable[str]) -> str:
    """Return texts as a JSON array."""
    return _encode(list(texts))


def from_json_list(text: str) -> tuple[str, ...]:
    """Return the texts of a JSON array."""
    return tuple(json.loads(text))
