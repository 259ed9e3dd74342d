"""A clock that a test sets."""

from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 5, 1, 12, tzinfo=UTC)


class FakeClock:
    """Implements `Clock`: it stands still until it is advanced."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the time that was set."""
        return self._now

    def advance(self, *, seconds: float) -> None:
        """Move on; back, with a negative number."""
        self._now += timedelta(seconds=seconds)
