"""Rate limits on a real server: the headers, the 429s, servers that share a Redis, and its loss.

Each answer says when its window ends, so tests gather answers by window: a slow machine changes nothing.
"""

import itertools
import json
import re
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from launchdarkly_api.api.access_tokens_api import AccessTokensApi
from launchdarkly_api.exceptions import ApiException

from tests.end_to_end.harness import TOKEN, Muster, log_lines, running, start
from tests.end_to_end.official_client import client
from tests.end_to_end.partners import PARTNERS, Cohort
from tests.redis_server import RedisServer, run_redis

SYNC: Final = "POST /api/v2/segment-targets/{integrationKey}"
ENDS: Final = ("limit", "remaining")
LIMIT_HEADERS: Final = {
    "global": "x-ratelimit-global",
    "route": "x-ratelimit-route",
    "token": "x-ratelimit-auth-token",
}


@contextmanager
def limited(folder: Path, **variables: Any) -> Iterator[Muster]:
    """Run a server with these settings: `token=5` for MUSTER_RATE_LIMIT_TOKEN=5."""
    named = {f"MUSTER_RATE_LIMIT_{name.upper()}": str(value) for name, value in variables.items()}
    with running(folder / "data", variables=named) as server:
        yield server


class Sender:
    """A partner that sends cohorts of one member, as Hightouch does."""

    def __init__(self, server: Muster, token: str = TOKEN) -> None:
        self._client = httpx.Client(
            base_url=f"{server.url}/api/v2",
            headers={"Authorization": token, "Content-Type": "application/json"},
            timeout=60,
        )
        self._cohort = Cohort(server.environment_id(), "beta", kind="user")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def push(
        self, member: str, *, in_chunks: bool = False, path: str = "segment-targets/hightouch"
    ) -> httpx.Response:
        """Send one member.

        Args:
            in_chunks: send it so that it goes the long way through ASGI.
        """
        integration = path.rpartition("/")[2]
        (body,) = PARTNERS[integration].bodies(self._cohort, [(member, True)])
        content = json.dumps(body).encode()
        return self._client.post(path, content=iter([content]) if in_chunks else content)

    def push_until_refused(self, path: str = "segment-targets/hightouch") -> httpx.Response:
        """Send until refused; return that answer."""
        answers = (self.push("ann", path=path) for _ in range(100))
        return next(one for one in answers if one.status_code == 429)


MakeSender = Callable[..., Sender]


@pytest.fixture
def sender_of() -> Iterator[MakeSender]:
    """Makes senders, and closes them in the end."""
    with ExitStack() as held:

        def make(server: Muster, token: str = TOKEN) -> Sender:
            sender = Sender(server, token)
            held.callback(sender.close)
            return sender

        yield make


def limit_headers(answer: httpx.Response) -> Mapping[str, str]:
    """Return the headers of an answer that speak of limits."""
    return {name: value for name, value in answer.headers.items() if "ratelimit" in name}


def by_window(answers: Iterable[httpx.Response]) -> Mapping[str, Sequence[int]]:
    """Return the statuses of each window's answers."""
    windows: dict[str, list[int]] = defaultdict(list)
    for answer in answers:
        windows[answer.headers["x-ratelimit-reset"]].append(answer.status_code)
    return windows


def check_windows(answers: Iterable[httpx.Response], limit: int) -> None:
    """Check that each window let all through up to the limit, and none beyond; one was used up."""
    refused_once = False
    for statuses in by_window(answers).values():
        refused = statuses.count(429)
        admitted = len(statuses) - refused
        assert admitted == limit if refused else admitted <= limit
        refused_once |= refused > 0
    assert refused_once


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A server that has each kind of limit; that of the sync endpoint is the only low one."""
    wide = {"global": 10_000, "token": 5000, "route": 2000}
    with limited(tmp_path_factory.mktemp("limited"), **wide, routes=f"{SYNC}=6") as started:
        yield started


class TestLimits:
    """One server that has each kind of limit."""

    @pytest.mark.parametrize(
        ("method", "path", "status", "applying"),
        [
            ("GET", "/api/v2/tokens", 200, "global route token"),
            ("GET", "/api/v2/tokens/none", 404, "global route token"),
            ("GET", "/api/v2/projects/default/environments?limit=x", 400, "global route token"),
            ("GET", "/api/v2", 200, "global route token"),
            ("GET", "/api/v2/openapi.json", 200, "global route token"),
            ("DELETE", "/api/v2/tokens", 405, ""),
            ("GET", "/api/v2/nothing", 404, ""),
            ("GET", "/healthz", 200, ""),
            ("GET", "/readyz", 200, ""),
            ("GET", "/metrics", 200, ""),
            ("GET", "/sdk/goals/000000000000000000000000", 404, ""),
        ],
    )
    def test_headers_come_where_a_limit_applies(
        self, server: Muster, method: str, path: str, status: int, applying: str
    ) -> None:
        answer = server.client.request(method, path)
        assert answer.status_code == status
        expected = {f"{LIMIT_HEADERS[one]}-{end}" for one in applying.split() for end in ENDS}
        if applying:
            expected |= {"x-ratelimit-reset", "x-ratelimit-auth-token-reset"}
        assert set(limit_headers(answer)) == expected

    @pytest.mark.parametrize("credential", [{}, {"Authorization": "api-unknown"}])
    def test_nobody_counts_for_all_but_a_token(
        self, server: Muster, credential: Mapping[str, str]
    ) -> None:
        for path in ("tokens", "segment-targets/hightouch"):
            method = "GET" if path == "tokens" else "POST"
            answer = httpx.request(method, f"{server.url}/api/v2/{path}", headers=credential)
            if path == "tokens":
                assert answer.status_code == 401
            names = set(limit_headers(answer))
            assert names == {
                *(f"{LIMIT_HEADERS[one]}-{end}" for one in ("global", "route") for end in ENDS),
                "x-ratelimit-reset",
            }

    def test_headers_count_down(self, server: Muster) -> None:
        answers = [server.client.get("/api/v2/roles") for _ in range(3)]
        headers = [limit_headers(one) for one in answers]
        assert {one["x-ratelimit-route-limit"] for one in headers} == {"2000"}
        assert {one["x-ratelimit-global-limit"] for one in headers} == {"10000"}
        assert {one["x-ratelimit-auth-token-limit"] for one in headers} == {"5000"}
        for before, after in itertools.pairwise(headers):
            if before["x-ratelimit-reset"] == after["x-ratelimit-reset"]:
                for scope in LIMIT_HEADERS.values():
                    name = f"{scope}-remaining"
                    assert int(after[name]) == int(before[name]) - 1
        wait = int(headers[-1]["x-ratelimit-reset"]) - time.time() * 1000
        assert wait <= 10_000

    def test_both_paths_of_the_endpoint_and_all_tokens_are_one_route(
        self, server: Muster, sender_of: MakeSender
    ) -> None:
        made = server.cli("token", "create", "--name", "Other", "--role", "writer")
        senders = [sender_of(server), sender_of(server, made.stdout.strip())]
        answers = [
            senders[number % 2].push("ann", path=path, in_chunks=number % 3 == 0)
            for number in range(8)
            for path in ("segment-targets/hightouch", "segment-target/hightouch")
        ]
        assert {answer.status_code for answer in answers} == {204, 429}
        for before, after in itertools.pairwise(answers):
            if before.headers["x-ratelimit-reset"] == after.headers["x-ratelimit-reset"]:
                left = int(before.headers["x-ratelimit-route-remaining"])
                assert (after.status_code == 429) is (left == 0)
                assert int(after.headers["x-ratelimit-route-remaining"]) == max(0, left - 1)

    def test_a_refusal_has_the_standard_body_and_asks_nobody_to_block(
        self, server: Muster, sender_of: MakeSender
    ) -> None:
        sender = sender_of(server)
        refused = sender.push_until_refused()
        assert refused.headers["content-type"] == "application/json"
        assert refused.json()["code"] == "rate_limited"
        assert "this route takes 6 in 10 seconds" in refused.json()["message"]
        assert refused.headers["x-ratelimit-route-remaining"] == "0"
        assert "retry-after" not in refused.headers

    def test_a_manifest_words_its_refusals_itself(
        self, server: Muster, sender_of: MakeSender
    ) -> None:
        sender = sender_of(server)
        refused = sender.push_until_refused("segment-targets/heap-inbound").json()
        assert refused["status"] == "failure"
        assert "Too many requests" in refused["error"]["message"]

    def test_a_refused_request_is_in_the_sync_log(
        self, server: Muster, sender_of: MakeSender
    ) -> None:
        sender = sender_of(server)
        refused = sender.push_until_refused()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            shown = server.cli("requests", "show", refused.headers["x-request-id"], "--json")
            if shown.returncode == 0:
                break
            time.sleep(0.1)
        row = json.loads(shown.stdout)
        assert row["status"] == 429
        assert row["integration"] == "hightouch"

    def test_a_refusal_does_not_wait_for_the_body(
        self, server: Muster, sender_of: MakeSender
    ) -> None:
        sender = sender_of(server)
        sender.push_until_refused()
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(
                b"POST /api/v2/segment-targets/hightouch HTTP/1.1\r\nHost: muster\r\n"
                b"Authorization: " + TOKEN.encode() + b"\r\nContent-Type: application/json\r\n"
                b"Content-Length: 1000000\r\n\r\n{"
            )
            assert connection.recv(100).startswith(b"HTTP/1.1 429 ")

    def test_a_refusal_is_logged_by_its_route(self, server: Muster, sender_of: MakeSender) -> None:
        sender = sender_of(server)
        sender.push_until_refused()
        metrics = httpx.get(f"{server.url}/metrics").text
        refused = re.search(r'muster_rate_limit_refusals_total{limit="route"} (\S+)', metrics)
        assert refused is not None
        assert float(refused[1]) > 0
        assert "muster_rate_limit_uncounted_total 0.0" in metrics


def test_without_settings_there_are_no_limits(tmp_path: Path, sender_of: MakeSender) -> None:
    with running(tmp_path / "data") as server:
        sender = sender_of(server)
        answers = [sender.push(f"member-{number}") for number in range(50)]
        answers += [server.client.get("/api/v2/tokens") for _ in range(50)]
        assert {one.status_code for one in answers} == {204, 200}
        assert not any(limit_headers(one) for one in answers)
        assert "rate_limit" not in httpx.get(f"{server.url}/metrics").text


def test_what_was_acknowledged_is_there_and_what_was_refused_is_not(
    tmp_path: Path, sender_of: MakeSender
) -> None:
    with limited(tmp_path, token=15) as server:
        made = server.cli(
            "token", "create", "--integration", "hightouch", "--environment", "production"
        )
        partner = sender_of(server, made.stdout.strip())
        members = [f"member-{number}" for number in range(120)]
        with ThreadPoolExecutor(8) as threads:
            answers = list(
                threads.map(
                    lambda member: partner.push(member, in_chunks=int(member[7:]) % 3 == 0), members
                )
            )
        check_windows(answers, 15)
        statuses = dict(zip(members, (one.status_code for one in answers), strict=True))
        assert set(statuses.values()) == {204, 429}
        listed = server.cli("segments", "members", "hightouch-beta").stdout.split()
        assert set(listed) == {member for member in members if statuses[member] == 204}
        # Sent again when the window is over, what was refused comes through.
        late = next(member for member in members if statuses[member] == 429)
        resets = max(int(one.headers["x-ratelimit-reset"]) for one in answers)
        time.sleep(max(0.0, resets / 1000 - time.time()) + 0.01)
        assert partner.push(late).status_code == 204
        assert late in server.cli("segments", "members", "hightouch-beta").stdout.split()


@pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")
def test_the_official_client_is_told(tmp_path: Path) -> None:
    with limited(tmp_path, token=3) as server:
        tokens = AccessTokensApi(client(server, TOKEN))
        refused = refusal_of(tokens)
        assert refused.status == 429
        assert refused.headers is not None
        assert refused.headers["X-Ratelimit-Auth-Token-Limit"] == "3"
        assert refused.headers["X-Ratelimit-Auth-Token-Remaining"] == "0"
        resets = int(refused.headers["X-Ratelimit-Reset"])
        assert abs(resets - time.time() * 1000) <= 10_000
        body = json.loads(refused.body or "")
        assert body["code"] == "rate_limited"
        assert set(body) == {"code", "message", "id"}
        # As LaunchDarkly's Terraform provider does: wait until then.
        time.sleep(max(0.0, resets / 1000 - time.time()) + 0.01)
        assert tokens.get_tokens().items


def refusal_of(tokens: AccessTokensApi) -> ApiException:
    """Ask until refused; the client must not wait or ask again by itself."""
    for _ in range(50):
        try:
            tokens.get_tokens()
        except ApiException as refused:
            return refused
    raise AssertionError("never refused")


class TestSharing:
    """Servers that count in one Redis."""

    def test_together_they_let_just_the_limit_through(
        self, tmp_path: Path, redis_server: RedisServer, sender_of: MakeSender
    ) -> None:
        shared = {"routes": f"{SYNC}=12", "store": redis_server.url()}
        with limited(tmp_path / "a", **shared) as one, limited(tmp_path / "b", **shared) as other:
            senders = [sender_of(one), sender_of(other)]
            with ThreadPoolExecutor(8) as threads:
                answers = list(
                    threads.map(
                        lambda number: senders[number % 2].push(
                            f"member-{number}", in_chunks=number % 3 == 0
                        ),
                        range(120),
                    )
                )
            check_windows(answers, 12)
            assert {answer.status_code for answer in answers} == {204, 429}
            assert min(one.count("hightouch-beta"), other.count("hightouch-beta")) > 0

    def test_without_redis_requests_go_through(
        self, tmp_path: Path, redis_program: Path, sender_of: MakeSender
    ) -> None:
        with run_redis(redis_program) as redis:
            url = redis.url()
            with limited(tmp_path, token=2, store=url) as server:
                sender = sender_of(server)
                answers = [sender.push("ann") for _ in range(20)]
                assert 429 in {answer.status_code for answer in answers}

                redis.kill()

                answers = [sender.push("ann", in_chunks=one % 2 == 0) for one in range(20)]
                answers += [server.client.get("/api/v2/tokens") for _ in range(20)]
                assert {answer.status_code for answer in answers} == {204, 200}
                assert not any(limit_headers(answer) for answer in answers)
                metrics = httpx.get(f"{server.url}/metrics").text
                assert "muster_rate_limit_uncounted_total 40.0" in metrics
                warnings = [one for one in log_lines(server) if "rate limits not counted" in one]
                assert len(warnings) == 1
                assert url.split("@")[0].rpartition(":")[2] not in server.log.read_text()

    def test_a_redis_that_hangs_delays_one_request_in_a_second(
        self, tmp_path: Path, redis_program: Path
    ) -> None:
        with (
            run_redis(redis_program) as redis,
            limited(tmp_path, token=1000, store=redis.url()) as server,
        ):
            assert limit_headers(server.client.get("/api/v2/tokens"))
            redis.pause()
            started = time.monotonic()
            answers = [server.client.get("/api/v2/tokens") for _ in range(20)]
            assert time.monotonic() - started < 10
            assert {one.status_code for one in answers} == {200}
            redis.resume()
            deadline = time.monotonic() + 30
            while not limit_headers(server.client.get("/api/v2/tokens")):
                assert time.monotonic() < deadline
                time.sleep(0.2)
            assert any("rate limits are counted again" in one for one in log_lines(server))


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("ROUTES", "GET /api/v2/token/{id}=5", r"no route GET /api/v2/token/\{\}\. There is GET"),
        ("STORE", "http://:hush@127.0.0.1", "expected redis://"),
    ],
)
def test_a_setting_that_can_not_be_used_ends_the_start(
    tmp_path: Path, variable: str, value: str, says: str
) -> None:
    named = {"MUSTER_RATE_LIMIT_GLOBAL": "5", f"MUSTER_RATE_LIMIT_{variable}": value}
    with pytest.raises(RuntimeError, match=says) as refused:
        start(tmp_path / "data", variables=named)
    assert "hush" not in str(refused.value)
    assert "Traceback" not in str(refused.value)
