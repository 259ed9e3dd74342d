"""Rate counters in Redis: the contract, several servers, and what an outage does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from muster.core.errors import ConfigurationError, UnavailableError
from muster.limits.model import WINDOW
from muster.storage.redis.rate_counters import KEY, RedisRateCounters
from tests.limits.rate_counters_contract import (
    ANN,
    GLOBAL,
    LIST,
    Place,
    RateCountersContract,
)
from tests.redis_server import RedisServer, run_redis


class RedisPlace:
    """Implements `Place`: Redis' clock goes on by itself, so the end of the window is moved."""

    def __init__(self, url: str) -> None:
        self.counters = RedisRateCounters.of(url)
        self.client = Redis.from_url(url)

    async def end_window(self) -> None:
        """Let the window have ended ten seconds after the one before it, as the clock would."""
        resets = await self.client.hget(KEY, "resets")
        if resets is not None:
            await self.client.hset(KEY, "resets", int(resets) - 10_000)

    async def close(self) -> None:
        """Close the connections."""
        await self.counters.close()
        await self.client.aclose()


class TestContract(RateCountersContract):
    """Counters in Redis keep the contract of all rate counters."""

    @pytest.fixture(autouse=True)
    def _server(self, redis_server: RedisServer) -> None:
        TestContract.server = redis_server

    server: RedisServer

    def open_place(self) -> AbstractAsyncContextManager[Place]:
        @asynccontextmanager
        async def place() -> AsyncIterator[Place]:
            opened = RedisPlace(self.server.url())
            try:
                yield opened
            finally:
                await opened.close()

        return place()


@pytest.fixture
async def place(redis_server: RedisServer) -> AsyncIterator[RedisPlace]:
    opened = RedisPlace(redis_server.url())
    yield opened
    await opened.close()


async def test_servers_count_together(redis_server: RedisServer) -> None:
    url = redis_server.url()
    servers = [RedisRateCounters.of(url) for _ in range(3)]
    taken = await asyncio.gather(*(one.take([GLOBAL]) for _ in range(20) for one in servers))
    assert sum(one.admitted for one in taken) == GLOBAL.most
    assert len({one.resets_at for one in taken}) == 1
    for one in servers:
        await one.close()


async def test_counts_leave_redis_by_themselves(place: RedisPlace) -> None:
    await place.counters.take([GLOBAL, LIST, ANN])
    assert await place.client.keys() == [KEY.encode()]
    assert 0 < await place.client.pttl(KEY) <= 20_000


async def test_a_window_far_in_the_future_is_not_waited_for(place: RedisPlace) -> None:
    """As after a failover to a Redis whose clock is behind."""
    for _ in range(3):
        await place.counters.take([ANN])
    resets = int(await place.client.hget(KEY, "resets") or 0)
    await place.client.hset(KEY, "resets", resets + 3_600_000)
    assert (await place.counters.take([ANN])).admitted


async def test_a_redis_that_lost_its_scripts_is_given_them_again(place: RedisPlace) -> None:
    await place.counters.take([ANN])
    await place.client.script_flush()
    assert (await place.counters.take([ANN])).used == [2]


async def test_a_connection_that_redis_closed_is_opened_again(place: RedisPlace) -> None:
    await place.counters.take([ANN])
    await place.client.client_kill_filter(_type="normal", skipme=True)
    assert (await place.counters.take([ANN])).used == [2]


async def test_an_outage_is_an_error_soon(redis_program: Path) -> None:
    with run_redis(redis_program) as server:
        counters = RedisRateCounters.of(server.url())
        try:
            await counters.take([GLOBAL])
            server.pause()
            await expect_outage(counters)
            server.resume()
            assert (await counters.take([GLOBAL])).admitted
            server.kill()
            await expect_outage(counters)
        finally:
            await counters.close()


async def expect_outage(counters: RedisRateCounters) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(UnavailableError, match="Redis can't count requests"):
            await counters.take([GLOBAL])


@pytest.mark.slow
async def test_a_window_lasts_ten_seconds(place: RedisPlace) -> None:
    before = [await place.counters.take([ANN]) for _ in range(3)]
    assert not before[2].admitted
    wait = before[0].resets_at - datetime.now(UTC)
    assert timedelta(seconds=5) < wait <= WINDOW
    await asyncio.sleep(wait.total_seconds() - 1)
    assert not (await place.counters.take([ANN])).admitted
    await asyncio.sleep(1.1)
    after = await place.counters.take([ANN])
    assert after.admitted
    assert after.resets_at - before[0].resets_at >= WINDOW


async def test_a_wrong_password_is_an_error_that_does_not_tell_it(
    redis_server: RedisServer,
) -> None:
    address = redis_server.url().partition("@")[2]
    counters = RedisRateCounters.of(f"redis://:not-the-password@{address}")
    with pytest.raises(UnavailableError) as refused:
        await counters.take([ANN])
    assert "not-the-password" not in str(refused.value)
    await counters.close()


@pytest.mark.parametrize("url", ["http://:secret@127.0.0.1", "redis", "redis://:secret@h:port/0"])
def test_what_is_no_url_of_a_redis(url: str) -> None:
    with pytest.raises(ConfigurationError, match="redis://host") as refused:
        RedisRateCounters.of(url)
    assert "secret" not in str(refused.value)
