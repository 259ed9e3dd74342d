"""A server that is killed keeps what it has acknowledged, and never a half of a request.

SIGKILL ends the process, not the machine: what the kernel was given survives it. So this proves the
order of commits, and the recovery from any moment between them; not that the disk was reached.
"""

import asyncio
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import httpx
import pytest

from muster.core.ids import EnvironmentId, IntegrationKey, RequestId, SegmentId, SegmentKey, new_id
from muster.segments.model import (
    MemberChanges,
    MembershipCommit,
    Segment,
    SyncSource,
)
from muster.storage.rocksdb.store import RocksMembershipStore
from tests.end_to_end.crash_audit import Auditor, list_stored, open_reader
from tests.end_to_end.crash_writers import INTEGRATION, Body, Writer
from tests.end_to_end.harness import TOKEN, Muster, clean_environment, running, start
from tests.program import start_forked

KILLS = 100
KILLS_WHILE_STARTING = 20
WRITERS = 6
LOAD_SECONDS = (0.02, 0.3)
START_SECONDS = (0.02, 0.5)
RECOVERY_STEP_SECONDS = 0.02


def kill_while_starting(data_dir: Path, seconds: float, sign: Path | None = None) -> None:
    """Start a server, and kill it so long after its start, or after a file has appeared."""
    variables = clean_environment({"MUSTER_PORT": "0", "MUSTER_BOOTSTRAP_TOKEN": TOKEN})
    process = start_forked("serve", "--data-dir", str(data_dir), variables=variables)
    try:
        while sign is not None and not sign.exists() and process.poll() is None:
            time.sleep(0.001)
        time.sleep(seconds)
        assert process.poll() is None, "the server did not start"
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_server_under_load_is_killed_again_and_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_dir = tmp_path / "data"
    random = Random("moments")
    starts_to_kill = {*random.sample(range(KILLS), KILLS_WHILE_STARTING)}
    with running(data_dir) as first:
        environment = first.environment_id()
        writers = [Writer(f"w{number}", environment) for number in range(WRITERS)]
        auditor = Auditor(first, writers)
    for number in range(KILLS):
        if number in starts_to_kill:
            kill_while_starting(data_dir, random.uniform(*START_SECONDS))
        server = start(data_dir)
        try:
            auditor.audit(server)
            with ThreadPoolExecutor(WRITERS) as pool:
                works = [pool.submit(one.work, server.url, f"all-{number}") for one in writers]
                time.sleep(random.uniform(*LOAD_SECONDS))
                server.kill()
            for work in works:
                work.result()
        finally:
            server.kill()
    with running(data_dir, fresh=True) as last:
        auditor.audit(last, everything=True)
        segments = len(list_stored(last))
    with running(data_dir) as orderly:
        auditor.audit(orderly, everything=True)
    assert auditor.acknowledged > KILLS, "the load was too light to prove anything"
    assert auditor.cut_off["absent"] > 0
    with capsys.disabled():
        sys.stdout.write(
            f"\n{KILLS} kills under load and {KILLS_WHILE_STARTING} while starting: "
            f"{auditor.acknowledged:,} acknowledged requests are there; of those cut off "
            f"{auditor.cut_off['there']} are wholly there and {auditor.cut_off['absent']} wholly "
            f"absent; {segments:,} segments\n"
        )


@pytest.mark.slow
@pytest.mark.parametrize("file", ["memberships", "muster.db"])
@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.03, 0.1])
def test_a_first_start_that_is_killed(tmp_path: Path, file: str, seconds: float) -> None:
    data_dir = tmp_path / "data"
    kill_while_starting(data_dir, seconds, data_dir / file)
    with running(data_dir) as server:
        found = server.client.get("/api/v2/projects/default/environments").raise_for_status().json()
        assert sorted(one["key"] for one in found["items"]) == ["production", "test"]
        assert server.push(INTEGRATION, batch(server.environment_id(), "c1", "ann")).is_success
        assert server.count(f"{INTEGRATION}-c1") == 1


def batch(environment: str, cohort_id: str, *members: str, name: str = "Beta testers") -> Body:
    """Return a body that adds members to a cohort."""
    about = {"cohortId": cohort_id, "cohortName": name, "value": True}
    return {"environmentId": environment, "batch": [{"userId": key, **about} for key in members]}


class TestBetweenTheTwoStores:
    """Memberships are committed, and the control store has not heard of their segment yet."""

    def test_a_segment_that_is_only_with_its_members(self, tmp_path: Path) -> None:
        with running(tmp_path / "data") as server:
            environment = server.environment_id()
        segment = new_segment(environment, "c1", "Left behind")
        commit(server, segment, members=["ann", "bob"])
        with running(server.data_dir) as server:
            assert_shown(server, segment, count=2)
            assert server.includes(segment.key, "ann")
            assert server.segments("test") == {}
            body = batch(environment, "c1", "bob", "cleo", name="Left behind")
            assert server.push(INTEGRATION, body).status_code == 204
            assert_shown(server, segment, count=3)
        assert list_pending(server) == []

    def test_a_new_name_that_is_only_with_the_members(self, tmp_path: Path) -> None:
        with running(tmp_path / "data") as server:
            environment = server.environment_id()
            server.push(INTEGRATION, batch(environment, "c1", "ann", name="Old name"))
            old = list_stored(server)["c1"]
        segment = replace(new_segment(environment, "c1", "New name"), id=old.id)
        commit(server, segment, members=["bob"])
        with running(server.data_dir) as server:
            assert_shown(server, segment, count=2)
        assert list_pending(server) == []

    def test_a_segment_that_was_saved_and_not_yet_acknowledged(self, tmp_path: Path) -> None:
        with running(tmp_path / "data") as server:
            environment = server.environment_id()
        segment = new_segment(environment, "c1", "Saved twice")
        commit(server, segment, members=["ann"])
        with running(server.data_dir) as server:
            before = server.segments()
        commit(server, segment)
        assert list_pending(server) == [segment]
        with running(server.data_dir) as server:
            assert server.segments().keys() == before.keys()
            assert_shown(server, segment, count=1)
        assert list_pending(server) == []

    def test_a_recovery_that_is_killed(self, tmp_path: Path) -> None:
        with running(tmp_path / "data") as server:
            environment = server.environment_id()
        cohorts = {f"c{number}": f"Cohort {number}" for number in range(2000)}
        commit(
            server, *(new_segment(environment, *one) for one in cohorts.items()), members=["ann"]
        )
        kills = 0
        while list_pending(server):
            kills += 1
            kill_while_starting(server.data_dir, kills * RECOVERY_STEP_SECONDS)
        assert kills > 1, "the first kill came when it had recovered"
        with running(server.data_dir) as server:
            stored = list_stored(server)
            assert {one: (it.name, it.count) for one, it in stored.items()} == {
                one: (name, 1) for one, name in cohorts.items()
            }
        assert list_pending(server) == []

    @pytest.mark.parametrize("known", [False, True], ids=["new segment", "new name"])
    def test_a_server_killed_just_there(self, tmp_path: Path, known: bool) -> None:
        server = start(tmp_path / "data")
        try:
            environment = server.environment_id()
            if known:
                server.push(INTEGRATION, batch(environment, "c1", "ann", name="Old name"))
            expected = 1 + known
            body = batch(environment, "c1", "ann", "bob", "cleo", name="Last word")
            with locked_control_store(server), ThreadPoolExecutor(1) as pool:
                answer = pool.submit(send, server.url, body)
                wait_for_revision(server, environment, expected)
                assert not answer.done(), "the request did not wait for the control store"
                server.kill()
                assert isinstance(answer.exception(), httpx.TransportError)
        finally:
            server.kill()
        with running(server.data_dir) as server:
            stored = list_stored(server)
            assert {one: (it.name, it.count) for one, it in stored.items()} == {
                "c1": ("Last word", 3)
            }
            assert server.includes(f"{INTEGRATION}-c1", "cleo")


def new_segment(environment: str, cohort_id: str, name: str) -> Segment:
    """Return a segment as a sync request would define it."""
    now = datetime.now(UTC).replace(microsecond=0)
    return Segment(
        id=SegmentId(new_id()),
        environment_id=EnvironmentId(environment),
        key=SegmentKey(f"{INTEGRATION}-{cohort_id}"),
        unbounded=True,
        generation=1,
        context_kind="user",
        name=name,
        description="",
        tags=(),
        source=SyncSource(IntegrationKey(INTEGRATION), cohort_id, None),
        created_at=now,
        modified_at=now,
    )


def commit(server: Muster, *segments: Segment, members: Sequence[str] = ()) -> None:
    """Commit definitions with their members to the store of a stopped server, and nothing more."""
    whole = MembershipCommit(
        environment_id=segments[0].environment_id,
        request_id=RequestId(new_id()),
        committed_at=datetime.now(UTC),
        changes=[MemberChanges(segment.id, members, ()) for segment in segments],
        definitions=segments,
    )
    with closing(RocksMembershipStore.open(server.data_dir / "memberships")) as store:
        asyncio.run(store.commit(whole))


def list_pending(server: Muster) -> list[Segment]:
    """Return the definitions that still wait in the store of a stopped server."""
    with closing(RocksMembershipStore.open(server.data_dir / "memberships")) as store:
        return list(store.pending_definitions())


def assert_shown(server: Muster, segment: Segment, *, count: int) -> None:
    """Check that one segment is listed, and that it is this one."""
    (shown,) = server.segments().values()
    assert shown["key"] == segment.key
    assert shown["name"] == segment.name
    assert shown["_external"] == INTEGRATION
    assert shown["unboundedContextKind"] == segment.context_kind
    assert shown["_unboundedMetadata"]["segmentId"] == segment.id
    assert shown["_unboundedMetadata"]["includedCount"] == count


@contextmanager
def locked_control_store(server: Muster) -> Iterator[None]:
    """Keep every other process from writing the control store."""
    with closing(sqlite3.connect(server.data_dir / "muster.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


def wait_for_revision(server: Muster, environment: str, number: int) -> None:
    """Wait until a revision is in the membership store."""
    deadline = time.monotonic() + 8
    while True:
        with open_reader(server) as reader:
            last = reader.last_revision(EnvironmentId(environment))
        if last >= number:
            return
        assert time.monotonic() < deadline, f"revision {number} did not come; the last is {last}"


def send(url: str, body: Body) -> httpx.Response:
    """Send a request over a connection of its own."""
    headers = {"Authorization": TOKEN}
    return httpx.post(f"{url}/api/v2/segment-targets/{INTEGRATION}", json=body, headers=headers)
