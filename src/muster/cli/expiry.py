"""Moments, as they are written on the command line: when a token expires, from when changes are shown."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import typer

from muster.core.clock import SystemClock

_DURATION: Final = re.compile(r"([1-9][0-9]{0,5})([hdwy])", re.ASCII)
_UNITS: Final = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
_EXPECTED: Final = (
    "Expected a duration such as 12h, 90d, 4w or 1y, a date such as 2027-01-31, or a time such as "
    "2027-01-31T18:00:00Z."
)


def read_expires(argument: str) -> datetime:
    """Return the moment that `--expires` gives; see `parse_expiry`.

    Raises:
        BadParameter: it gives none in the future.
    """
    try:
        return parse_expiry(argument, SystemClock().now())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--expires") from error


def read_past(argument: str, option: str) -> datetime:
    """Return the moment that an option such as `--since` gives.

    Args:
        argument: a duration before now, as in `parse_expiry`; or a date or a time in ISO 8601.
        option: the option, for the message.

    Raises:
        BadParameter: it gives none.
    """
    now = SystemClock().now()
    try:
        later = _parse_duration(argument, now)
        moment = _parse_moment(argument) if later is None else now - (later - now)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise typer.BadParameter(
            f"{argument[:40]!r} is no time. Expected a duration before now such as 12h or 7d, a date such as "
            "2026-05-01, or a time such as 2026-05-01T18:00:00Z",
            param_hint=option,
        )
    return moment


def parse_expiry(text: str, now: datetime) -> datetime:
    """Return when a token expires.

    Args:
        text: a duration in hours, days, weeks or years of 365 days from now (`90d`); or a date or
            a time in ISO 8601, in UTC unless it says otherwise. A date means its first moment.
        now: the present, aware.

    Raises:
        ValueError: the text is neither, or the moment is not in the future; the message is for the
            user.
    """
    moment = _parse_duration(text, now) or _parse_moment(text)
    if moment is None:
        raise ValueError(f"{text[:40]!r} is no time. {_EXPECTED}")
    if moment <= now:
        raise ValueError(f"{text[:40]!r} has passed. {_EXPECTED}")
    return moment


def _parse_duration(text: str, now: datetime) -> datetime | None:
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    try:
        return now + int(found[1]) * _UNITS[found[2]]
    except OverflowError as error:
        raise ValueError(f"{text[:40]!r} is too far away. {_EXPECTED}") from error


def _parse_moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
