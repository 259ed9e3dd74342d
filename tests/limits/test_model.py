"""Which limits apply to a request, and what follows from the counts: pure."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.ids import TokenId
from muster.limits.model import (
    Counts,
    Limit,
    LimitScope,
    RateLimits,
    RouteLimit,
    judge,
    read_route_limits,
    route_name,
)

LIST = "GET /api/v2/tokens"
ONE = "GET /api/v2/tokens/{}"
ANN = TokenId("ann")
RESETS_AT = datetime(2026, 5, 1, 12, 0, 10, tzinfo=UTC)
GLOBAL, ROUTE, TOKEN = LimitScope.GLOBAL, LimitScope.ROUTE, LimitScope.TOKEN


class TestApplying:
    """Which limits apply to a request."""

    def test_nothing_set_means_no_limit(self) -> None:
        assert RateLimits().are_off
        assert RateLimits().applying(LIST, ANN) == ()

    @pytest.mark.parametrize(
        "limits",
        [
            RateLimits(everything=1),
            RateLimits(token=1),
            RateLimits(route=1),
            RateLimits(routes={LIST: 1}),
        ],
    )
    def test_any_limit_is_on(self, limits: RateLimits) -> None:
        assert not limits.are_off

    def test_the_widest_comes_first(self) -> None:
        limits = RateLimits(everything=100, token=20, route=50)
        assert limits.applying(LIST, ANN) == (
            Limit(GLOBAL, "global", 100),
            Limit(ROUTE, "route:GET /api/v2/tokens", 50),
            Limit(TOKEN, "token:ann", 20),
        )

    def test_nobody_has_no_token_to_count(self) -> None:
        limits = RateLimits(everything=100, token=20, route=50)
        assert [one.scope for one in limits.applying(LIST, None)] == [GLOBAL, ROUTE]

    def test_a_limit_of_a_route_takes_the_place_of_that_of_all_routes(self) -> None:
        limits = RateLimits(route=50, routes={LIST: 5, ONE: 0})
        assert [one.most for one in limits.applying(LIST, ANN)] == [5]
        assert limits.applying(ONE, ANN) == ()
        assert [one.most for one in limits.applying("POST /api/v2/tokens", ANN)] == [50]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 12)), min_size=1, max_size=3))
def test_what_remains_is_never_less_than_nothing(counts: list[tuple[int, int]]) -> None:
    limits = [
        Limit(scope, scope.value, most)
        for scope, (most, _) in zip(LimitScope, counts, strict=False)
    ]
    used = [count for _, count in counts]
    admitted = all(count <= most for most, count in counts)
    verdict = judge(limits, Counts(True, used, RESETS_AT))
    assert verdict.refusal is None
    assert [one.remaining for one in verdict.standings] == [max(0, m - u) for m, u in counts]
    if not admitted:
        refused = judge(limits, Counts(False, used, RESETS_AT))
        first = next(limit.scope for limit, (m, u) in zip(limits, counts, strict=True) if u >= m)
        assert refused.exhausted is first
        assert refused.refusal is not None


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        (GLOBAL, "this server takes 7 in 10 seconds"),
        (ROUTE, "this route takes 7 in 10 seconds"),
        (TOKEN, "this access token may make 7 in 10 seconds"),
    ],
)
def test_a_refusal_says_which_limit_and_when_to_come_back(scope: LimitScope, says: str) -> None:
    refusal = judge([Limit(scope, "one", 7)], Counts(False, [7], RESETS_AT)).refusal
    assert refusal is not None
    assert refusal.wire_code() == "rate_limited"
    assert says in refusal.message
    assert "X-Ratelimit-Reset" in refusal.message


def test_a_route_has_one_name_however_its_parameters_are_called() -> None:
    assert route_name("get", "/api/v2/tokens/{id:key}") == ONE
    assert route_name("GET", "/api/v2/tokens/{tokenId}") == ONE
    assert route_name("GET", "/api/v2/tokens") == LIST


class TestReading:
    """The limits of single routes, as a setting has them."""

    def test_several(self) -> None:
        text = "GET /api/v2/tokens/{id}=20, post /api/v2/tokens = 5 ,"
        assert list(read_route_limits(text)) == [
            RouteLimit(ONE, 20),
            RouteLimit("POST /api/v2/tokens", 5),
        ]

    def test_none(self) -> None:
        assert list(read_route_limits(" ")) == []

    @pytest.mark.parametrize(
        "text",
        [
            "GET /api/v2/tokens",
            "GET /api/v2/tokens=",
            "GET /api/v2/tokens=-1",
            "GET /api/v2/tokens=1.5",
            "GET /api/v2/tokens=٣",
            "/api/v2/tokens=1",
            "GET tokens=1",
            "GET /api/v2/tokens=9999999999",
            "GET /a=1; GET /b=2",
        ],
    )
    def test_what_is_not_that(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"found .*, expected "):
            list(read_route_limits(text))
