"""A load on a server that does well, or is slow, or refuses."""

import asyncio
import itertools
from collections.abc import Iterator

import pytest

from muster.payloads.turnover import Message
from muster.push import load as load_module
from muster.push.client import Server, Target
from muster.push.load import Load, LoadPlan, LoadReport
from muster.push.measurements import percentile
from tests.push import server as testing
from tests.push.server import NO_CONTENT, Received, always, answer, serving

UNHURRIED = 0.25
"""Seconds that a machine with much else to do may be late by."""


def numbered() -> Iterator[Message]:
    """Give bodies that tell their place."""
    return (Message(b"%d" % number, 3) for number in itertools.count())


async def run(server: testing.Server, plan: LoadPlan) -> LoadReport:
    """Run a load to its end."""
    target = Target(Server.of(server.url, "api-secret"), "hightouch")
    return await Load(target, plan, numbered()).run()


async def test_requests_go_out_when_they_are_due() -> None:
    moments: list[float] = []

    async def respond(_request: Received, _number: int) -> bytes:
        moments.append(asyncio.get_running_loop().time())
        return NO_CONTENT

    with serving(respond) as server:
        report = await run(server, LoadPlan(rate=50, seconds=1, connections=4))
    assert [int(one.body) for one in server.received] == list(range(50))
    assert moments[-1] - moments[0] == pytest.approx(49 / 50, abs=UNHURRIED)
    assert (report.measurements.sent, report.unsent, report.measurements.failed) == (50, 0, 0)
    assert report.measurements.statuses == {204: 50}
    assert report.is_clean
    assert report.rate == pytest.approx(50, rel=UNHURRIED)
    assert report.members_per_second == pytest.approx(150, rel=UNHURRIED)
    assert server.connections <= 4


async def test_a_stall_shows_in_all_who_had_to_wait_for_it() -> None:
    """One request takes a second; the hundred that were due meanwhile were late, and say so."""

    async def respond(_request: Received, number: int) -> bytes:
        await asyncio.sleep(1 if number == 50 else 0)
        return NO_CONTENT

    with serving(respond) as server:
        report = await run(server, LoadPlan(rate=100, seconds=2, connections=1))
    latencies = sorted(report.measurements.latencies)
    assert report.measurements.sent == 200
    assert sum(one > 0.1 for one in latencies) >= 85
    assert percentile(latencies, 100) == pytest.approx(1, abs=UNHURRIED)
    assert percentile(latencies, 75) > 0.4
    assert report.measurements.late >= 90
    assert report.measurements.queued >= 90


async def test_what_a_slow_server_leaves_no_time_for_is_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(load_module, "EXTRA_SECONDS", 0.2)
    with serving(always(NO_CONTENT, delay=0.2)) as server:
        report = await run(server, LoadPlan(rate=100, seconds=0.6, connections=2))
    assert len(server.received) == report.measurements.sent == report.measurements.ended
    assert report.measurements.sent < 20
    assert report.unsent == 60 - report.measurements.sent
    assert report.elapsed_seconds < 2
    assert not report.is_clean


async def test_429_is_counted_and_not_sent_again() -> None:
    async def respond(_request: Received, number: int) -> bytes:
        if number % 2:
            return answer(429, '{"message": "Slow down."}', f"Retry-After: {number % 4}")
        return NO_CONTENT

    with serving(respond) as server:
        report = await run(server, LoadPlan(rate=200, seconds=0.1, connections=4))
    assert len(server.received) == 20
    assert report.measurements.statuses == {204: 10, 429: 10}
    assert report.measurements.retry_after == {"1": 5, "3": 5}
    assert report.measurements.failures["429"].example == "Slow down."
    assert report.measurements.members_applied == 30
    assert not report.is_clean


async def test_silence_is_told_by_its_kind() -> None:
    async def respond(_request: Received, number: int) -> bytes | None:
        if number == 0:
            return None
        await asyncio.sleep(1 if number == 1 else 0)
        return answer(500, "oops")

    with serving(respond) as server:
        plan = LoadPlan(rate=100, seconds=0.03, connections=3, timeout_seconds=0.2)
        report = await run(server, plan)
        assert {kind: one.count for kind, one in report.measurements.failures.items()} == {
            "broken-off": 1,
            "timed-out": 1,
            "500": 1,
        }
        assert report.measurements.ended == 3
        assert max(report.measurements.latencies) == pytest.approx(0.2, abs=UNHURRIED)
    report = await run(server, LoadPlan(rate=100, seconds=0.03, connections=3))
    assert report.measurements.failures["not-connected"].count == 3


async def test_stopping_waits_for_nothing() -> None:
    with serving(always(NO_CONTENT, delay=0.5)) as server:
        target = Target(Server.of(server.url, "api-secret"), "hightouch")
        load = Load(target, LoadPlan(rate=20, seconds=60, connections=4), numbered())
        asyncio.get_running_loop().call_later(0.3, load.stop)
        async with asyncio.timeout(5):
            report = await load.run()
    assert report.interrupted
    assert report.given_up == report.measurements.sent - report.measurements.ended == 4
    assert report.measurements.failed == 0
    assert report.elapsed_seconds < 2


async def test_progress_is_told_as_it_goes() -> None:
    seen: list[tuple[int, float]] = []
    with serving(always(NO_CONTENT)) as server:
        target = Target(Server.of(server.url, "api-secret"), "hightouch")
        load = Load(target, LoadPlan(rate=50, seconds=1, connections=2), numbered())
        await load.run(lambda: seen.append((load.measurements.ended, load.elapsed_seconds)))
    assert len(seen) >= 3
    assert seen == sorted(seen)
    assert 0 < seen[-1][0] <= 50


@pytest.mark.parametrize(
    ("rate", "seconds", "requests"), [(10, 3, 30), (0.1, 1, 1), (3, 0.5, 2), (1000, 60, 60_000)]
)
def test_a_rate_and_a_time_make_a_number(rate: float, seconds: float, requests: int) -> None:
    assert LoadPlan(rate, seconds, 1).requests == requests
