"""The documented headers of rate limits are those that are sent."""

from datetime import UTC, datetime

from muster.api.documents.limit_headers import LIMIT_HEADERS
from muster.api.rate_limits import limit_headers
from muster.limits.model import LimitScope, Standing, Verdict


def test_every_header_that_is_sent_is_documented_and_no_other() -> None:
    standings = tuple(Standing(scope, 10, 9) for scope in LimitScope)
    sent = limit_headers(Verdict(standings, datetime(2025, 11, 25, tzinfo=UTC)))
    assert {name.decode() for name, _ in sent} == {name.lower() for name in LIMIT_HEADERS}
    assert all(value.isdigit() for _, value in sent)
