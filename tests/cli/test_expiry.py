"""How an expiry is written."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.cli.expiry import parse_expiry

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12h", NOW + timedelta(hours=12)),
        ("90d", NOW + timedelta(days=90)),
        ("4w", NOW + timedelta(weeks=4)),
        ("1y", NOW + timedelta(days=365)),
        ("2027-02-28", datetime(2027, 2, 28, tzinfo=UTC)),
        ("2027-02-28T18:30:00", datetime(2027, 2, 28, 18, 30, tzinfo=UTC)),
        ("2027-02-28T18:30:00Z", datetime(2027, 2, 28, 18, 30, tzinfo=UTC)),
        ("2027-02-28T18:30:00+02:00", datetime(2027, 2, 28, 16, 30, tzinfo=UTC)),
    ],
)
def test_a_duration_a_date_or_a_time(text: str, moment: datetime) -> None:
    assert parse_expiry(text, NOW) == moment


@pytest.mark.parametrize("text", ["2027-01-31", "2020-02-02T00:00:00Z", "2027-01-31T12:00:00Z"])
def test_what_has_passed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"has passed\. Expected a duration"):
        parse_expiry(text, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0d",
        "d",
        "-1d",
        "90",
        "90m",
        "soon",
        "2027-02-30",
        "\N{FULLWIDTH DIGIT NINE}0d",
        "9999999d",
        "0001-01-01T00:00:00+23:00",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time\. Expected a duration"):
        parse_expiry(text, NOW)


def test_what_no_calendar_reaches_is_refused() -> None:
    with pytest.raises(ValueError, match="too far away"):
        parse_expiry("999999y", NOW)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        moment = parse_expiry(text, NOW)
    except ValueError:
        return
    assert moment > NOW
    assert moment.tzinfo is UTC
