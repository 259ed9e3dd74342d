"""Simulated faults over an app: what is sent, what is not applied, who is told.

What breaks a connection is tried on a real one, in `tests/end_to_end/test_sandbox.py`.
"""

import asyncio
import time
from collections.abc import Mapping
from random import Random

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from muster.api.faults import FaultyApp, current_simulation
from muster.core.clock import to_millis
from muster.sync.exchange import Exchange
from muster.sync.simulation import Cause, Fault, FaultPlan, Simulation, Simulator
from tests.clock import START, FakeClock

PATH = "/api/v2/segment-targets/acme"
QUIET = FaultPlan(shares={}, latency_milliseconds=(0, 0), requests_per_window=0)


class Onlooker:
    """Implements `ExchangeObserver`."""

    def __init__(self) -> None:
        self.seen: list[tuple[Exchange, Simulation | None]] = []

    def observe(self, exchange: Exchange) -> None:
        """Remember an exchange, and what befell it."""
        self.seen.append((exchange, current_simulation.get()))


class World:
    """An app behind faults, and what it got to see."""

    def __init__(self, plan: FaultPlan = QUIET) -> None:
        self.paths: list[str] = []
        self.onlooker = Onlooker()
        clock = FakeClock()
        simulator = Simulator(plan, Random(1), clock)
        self.app = FaultyApp(self.answer, simulator, clock, [self.onlooker])

    async def answer(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answer 204 to everything."""
        self.paths.append(scope["path"])
        await send({"type": "http.response.start", "status": 204, "headers": [(b"x-own", b"1")]})
        await send({"type": "http.response.body"})

    async def send(
        self, wish: str | None = None, *, method: str = "POST", path: str = PATH
    ) -> httpx.Response:
        """Send a request."""
        headers: Mapping[str, str] = {} if wish is None else {"Muster-Simulate": wish}
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://muster") as client:
            return await client.request(method, path, headers=headers)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ("409", "conflict"),
        ("429", "rate_limited"),
        ("500", "internal_server_error"),
        ("503", "service_unavailable"),
    ],
)
async def test_a_simulated_refusal_looks_like_a_real_one_and_is_not_applied(
    wish: str, code: str
) -> None:
    world = World()
    answer = await world.send(wish)
    assert answer.status_code == int(wish)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json().keys() == {"code", "message"}
    assert answer.json()["code"] == code
    assert world.paths == []
    ((exchange, simulation),) = world.onlooker.seen
    assert (exchange.integration_key, exchange.status, exchange.attempt) == (
        "acme",
        int(wish),
        None,
    )
    assert exchange.content == answer.content
    assert simulation is not None
    assert simulation.cause is Cause.HEADER


async def test_429_says_when_to_come_back() -> None:
    answer = await World().send("429")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["X-Ratelimit-Reset"] == str(to_millis(START) + 1000)
    assert answer.headers["X-Ratelimit-Global-Remaining"] == "0"


async def test_only_429_asks_to_wait() -> None:
    for wish in ("409", "500", "503"):
        answer = await World().send(wish)
        assert "Retry-After" not in answer.headers
        assert "X-Ratelimit-Reset" not in answer.headers


async def test_the_limit_is_told_with_every_answer() -> None:
    world = World(FaultPlan(shares={}, latency_milliseconds=(0, 0), requests_per_window=2))
    answers = [await world.send() for _ in range(3)]
    assert [one.status_code for one in answers] == [204, 204, 429]
    assert [one.headers["X-Ratelimit-Route-Remaining"] for one in answers] == ["1", "0", "0"]
    assert {one.headers["X-Ratelimit-Route-Limit"] for one in answers} == {"2"}
    reset = str(to_millis(START) + 10_000)
    assert {one.headers["X-Ratelimit-Reset"] for one in answers} == {reset}
    assert answers[2].headers["Retry-After"] == "10"
    assert "X-Ratelimit-Global-Remaining" not in answers[2].headers
    assert answers[0].headers["X-Own"] == "1"
    assert len(world.paths) == 2


async def test_a_wait_goes_before_the_answer() -> None:
    world = World()
    started = time.perf_counter()
    answer = await world.send("latency=120")
    assert time.perf_counter() - started >= 0.12
    assert answer.status_code == 204
    assert world.onlooker.seen == []  # the app tells of what it got to see


async def test_nobody_waits_when_the_server_ends() -> None:
    world = World()
    started = time.perf_counter()
    sending = asyncio.create_task(world.send("latency=60000"))
    await asyncio.sleep(0.05)
    world.app.end()
    assert (await sending).status_code == 204
    assert time.perf_counter() - started < 5


async def test_a_wish_that_can_not_be_read_is_refused() -> None:
    world = World()
    answer = await world.send("418")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_request"
    assert "Muster-Simulate" in answer.json()["message"]
    assert world.paths == []
    ((exchange, simulation),) = world.onlooker.seen
    assert (exchange.status, simulation) == (400, None)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("GET", "/api/v2/segments/default/production"),
        ("POST", "/api/v2/segment-targets/acme/more"),
        ("POST", "/api/v2/tokens"),
    ],
)
async def test_other_requests_are_left_alone(method: str, path: str) -> None:
    world = World(FaultPlan(shares={Fault.INTERNAL_ERROR: 1.0}))
    assert (await world.send("500", method=method, path=path)).status_code == 204
    assert world.paths == [path]


async def test_both_names_of_the_endpoint_meet_faults() -> None:
    world = World(FaultPlan(shares={Fault.CONFLICT: 1.0}, latency_milliseconds=(0, 0)))
    for path in (PATH, "/api/v2/segment-target/acme"):
        assert (await world.send(path=path)).status_code == 409
