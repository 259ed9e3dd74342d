"""Time. Inside Muster a time is an aware datetime in UTC; milliseconds appear only on the wire."""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

LATEST_MILLIS: Final = 253_402_300_799_999
"""The last moment of the year 9999, which is the last that a datetime can be."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        return datetime.now(UTC)


def to_millis(moment: datetime) -> int:
    """Return an aware datetime as whole milliseconds since 1970-01-01 UTC."""
    return (moment - _EPOCH) // _MILLISECOND


def from_millis(millis: int) -> datetime:
    """Return milliseconds since 1970-01-01 UTC as an aware datetime."""
    return _EPOCH + timedelta(milliseconds=millis)
