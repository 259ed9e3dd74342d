"""A server that is killed keeps what it has acknowledged, and never a half of a request.

SIGKILL ends the process, not the machine: what the kernel was given survives it. So this proves the
order of commits, and the recovery from any moment between them; not that the disk was reached.
"""

import asyncio
import http.client
import itertools
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from muster.core.ids import EnvironmentId, IntegrationKey, RequestId, SegmentId, SegmentKey, new_id
from muster.segments.model import (
    MemberChanges,
    MembershipCommit,
    Segment,
    SegmentKind,
    SyncSource,
)
from muster.storage.rocksdb.database import Database
from muster.storage.rocksdb.reader import RocksMembershipReader
from muster.storage.rocksdb.store import RocksMembershipStore
from tests.end_to_end.harness import TOKEN, Muster, clean_environment, running, start

INTEGRATION = "segment-audiences"
"""Its bodies can say everything at once: many cohorts, their names, who enters and who leaves."""
KILLS = 100
KILLS_WHILE_STARTING = 20
WRITERS = 6
LOAD_SECONDS = (0.02, 0.3)
START_SECONDS = (0.05, 0.9)

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort as a writer left it: its name, and those of its members whom that writer added."""

    name: str
    members: frozenset[str] = frozenset()


Cohorts = Mapping[str, Cohort]
"""Cohorts by their ids."""
Delta = frozenset[tuple[str, frozenset[str], frozenset[str]]]
"""What a request changes: for each cohort its id, who enters and who leaves."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and the cohorts that it touches as they are before and after it."""

    body: Body
    before: Cohorts
    after: Cohorts

    @property
    def delta(self) -> Delta:
        """The members that enter and leave; empty for a request that only renames."""
        nobody = Cohort("")
        pairs = ((one, self.before.get(one, nobody), cohort) for one, cohort in self.after.items())
        changes = (
            (one, after.members - before.members, before.members - after.members)
            for one, before, after in pairs
        )
        return frozenset(change for change in changes if change[1] or change[2])


class Writer:
    """Sends one request after the other, and knows what has to be there.

    Its cohorts are its own, but for one in each round that all writers fill. Its members' keys begin
    with its name, so what it put into that one can be told apart.
    """

    def __init__(self, name: str, environment: str) -> None:
        self.name = name
        self.cohorts: dict[str, Cohort] = {}
        self.in_flight: Request | None = None
        self.acknowledged: dict[str, Request] = {}
        """The requests answered in this round, by the server's id for each."""
        self._environment = environment
        self._random = Random(f"writer {name}")
        self._numbers = itertools.count()
        self._shared = ""

    def work(self, url: str, shared: str) -> None:
        """Send requests until the server is gone."""
        self._shared = shared
        address = httpx.URL(url)
        with closing(http.client.HTTPConnection(address.host, address.port, timeout=30)) as line:
            while True:
                request = self.in_flight = self._next_request()
                try:
                    request_id = self._send(line, request.body)
                except (OSError, http.client.HTTPException):
                    return
                self.acknowledged[request_id] = request
                self.settle(there=True)

    def settle(self, *, there: bool) -> None:
        """Note what has become of the request in flight."""
        if there and self.in_flight is not None:
            self.cohorts.update(self.in_flight.after)
        self.in_flight = None

    def _send(self, line: http.client.HTTPConnection, body: Body) -> str:
        headers = {"Authorization": TOKEN, "Content-Type": "application/json"}
        path = f"/api/v2/segment-targets/{INTEGRATION}"
        line.request("POST", path, json.dumps(body), headers)
        answer = line.getresponse()
        text = answer.read()
        assert answer.status == 204, (answer.status, text)
        return answer.headers["X-Request-Id"]

    def _next_request(self) -> Request:
        deed = self._random.choices(("found", "change", "rename", "mix"), (2, 6, 2, 4))[0]
        own = [one for one in self.cohorts if one.startswith(self.name)]
        touched: dict[str, Cohort] = {}
        if deed == "found" or not own:
            touched = dict([self._found()])
        elif deed == "change":
            touched = dict([self._change(self._random.choice(own[-20:]))])
        elif deed == "rename":
            touched = dict([self._rename(self._random.choice(own))])
        else:
            some = self._random.sample(own, min(len(own), 2))
            touched = dict([*map(self._change, some), self._found(), self._share()])
        before = {one: self.cohorts[one] for one in touched if one in self.cohorts}
        return Request(self._body(before, touched), before, touched)

    def _found(self) -> tuple[str, Cohort]:
        cohort_id = f"{self.name}-{next(self._numbers)}"
        return cohort_id, Cohort(f"New {cohort_id}", self._new_members())

    def _change(self, cohort_id: str) -> tuple[str, Cohort]:
        old = self.cohorts[cohort_id]
        leaving = self._random.sample(sorted(old.members), len(old.members) // 2)
        return cohort_id, replace(old, members=old.members - {*leaving} | self._new_members())

    def _rename(self, cohort_id: str) -> tuple[str, Cohort]:
        old = self.cohorts[cohort_id]
        return cohort_id, replace(old, name=f"Name {next(self._numbers)} of {cohort_id}")

    def _share(self) -> tuple[str, Cohort]:
        old = self.cohorts.get(self._shared, Cohort("Shared by all"))
        return self._shared, replace(old, members=old.members | self._new_members())

    def _new_members(self) -> frozenset[str]:
        count = self._random.choices((1, 3, 30, 800), (6, 6, 6, 1))[0]
        return frozenset(f"{self.name}-{next(self._numbers)}" for _ in range(count))

    def _body(self, before: Cohorts, after: Cohorts) -> Body:
        batch = []
        for cohort_id, cohort in after.items():
            old = before.get(cohort_id, Cohort("")).members
            # One who stays is named too: a repeat changes nothing, and carries a new name.
            repeated = sorted(old & cohort.members)[:1]
            flags = dict.fromkeys(old - cohort.members, False) | dict.fromkeys(
                [*(cohort.members - old), *repeated], True
            )
            batch += [
                {"userId": key, "cohortId": cohort_id, "cohortName": cohort.name, "value": value}
                for key, value in flags.items()
            ]
        self._random.shuffle(batch)
        return {"environmentId": self._environment, "batch": batch}


@dataclass(frozen=True, slots=True)
class Stored:
    """A segment as the server keeps it."""

    id: SegmentId
    name: str
    count: int


class Auditor:
    """Compares what a server has with what its writers know.

    Beside that it keeps a copy of all memberships, fed by nothing but the revision log.
    """

    def __init__(self, server: Muster, writers: Sequence[Writer]) -> None:
        self._environment = EnvironmentId(server.environment_id())
        self._writers = writers
        self._cursor = 0
        self._copy: dict[str, set[str]] = {}
        self.acknowledged = 0
        self.cut_off = Counter[str]()

    def audit(self, server: Muster, *, everything: bool = False) -> None:
        """Check a server after its restart, before anything more is written.

        Args:
            everything: read each member of every segment, not only of those lately touched.
        """
        stored = list_stored(server)
        with open_reader(server) as reader:
            survived = [
                request
                for writer in self._writers
                if (request := self._settle(writer, stored, reader))
            ]
            expected = self._expected()
            assert {one: (it.name, it.count) for one, it in stored.items()} == {
                one: (cohort.name, len(cohort.members)) for one, cohort in expected.items()
            }
            touched = self._replay(stored, reader, survived)
            for cohort_id in expected if everything else touched:
                members = {*read_members(reader, stored[cohort_id])}
                assert members == expected[cohort_id].members == self._copy[cohort_id], cohort_id
        for writer in self._writers:
            self.acknowledged += len(writer.acknowledged)
            writer.acknowledged.clear()

    def _settle(
        self, writer: Writer, stored: Mapping[str, Stored], reader: RocksMembershipReader
    ) -> Request | None:
        """Decide about a writer's request in flight; return it if it is wholly there."""
        request = writer.in_flight
        if request is None:
            return None
        found = {}
        for cohort_id in request.after:
            segment = stored.get(cohort_id)
            own = frozenset(read_members(reader, segment, f"{writer.name}-")) if segment else None
            # A cohort of all writers may be there through another one.
            if segment and own is not None and (own or cohort_id.startswith(writer.name)):
                found[cohort_id] = Cohort(segment.name, own)
        assert found in (request.before, request.after), explain(request, found)
        there = found == request.after
        self.cut_off["there" if there else "absent"] += 1
        writer.settle(there=there)
        return request if there else None

    def _expected(self) -> dict[str, Cohort]:
        expected: dict[str, Cohort] = {}
        for writer in self._writers:
            for cohort_id, cohort in writer.cohorts.items():
                others = expected.get(cohort_id, Cohort(cohort.name)).members
                expected[cohort_id] = replace(cohort, members=cohort.members | others)
        return expected

    def _replay(
        self,
        stored: Mapping[str, Stored],
        reader: RocksMembershipReader,
        survived: Sequence[Request],
    ) -> set[str]:
        """Follow the revision log; return the cohorts that it tells of since the last audit."""
        cohort_ids = {one.id: cohort_id for cohort_id, one in stored.items()}
        last = reader.last_revision(self._environment)
        revisions = reader.list_revisions(self._environment, after=self._cursor, limit=1_000_000)
        assert [one.number for one in revisions] == list(range(self._cursor + 1, last + 1))
        self._cursor = last
        answered: dict[str, Delta] = {}
        unanswered: list[Delta] = []
        known = {key: one for writer in self._writers for key, one in writer.acknowledged.items()}
        for revision in revisions:
            changes = []
            for change in revision.deltas:
                assert change.segment_id in cohort_ids, "a segment with members is not listed"
                cohort_id = cohort_ids[change.segment_id]
                added, removed = {*change.included_added}, {*change.included_removed}
                copy = self._copy.setdefault(cohort_id, set())
                assert not added & copy, "a member entered who was there already"
                assert removed <= copy, "a member left who was not there"
                self._copy[cohort_id] = copy - removed | added
                changes.append((cohort_id, frozenset(added), frozenset(removed)))
            if revision.request_id in known:
                assert revision.request_id not in answered, "a request has two revisions"
                answered[revision.request_id] = frozenset(changes)
            else:
                unanswered.append(frozenset(changes))
        assert answered == {key: one.delta for key, one in known.items() if one.delta}
        assert Counter(unanswered) == Counter(one.delta for one in survived if one.delta)
        return {one for delta in [*answered.values(), *unanswered] for one, _, _ in delta}


def explain(request: Request, found: Cohorts) -> str:
    """Say how a request is half there."""
    lines = [
        f"{one}: {side} {cohort.name!r}, {len(cohort.members)} members"
        for side, cohorts in (
            ("before", request.before),
            ("after", request.after),
            ("found", found),
        )
        for one, cohort in cohorts.items()
    ]
    return "\n".join(["a request is half there", *sorted(lines)])


def list_stored(server: Muster) -> dict[str, Stored]:
    """Return every segment of `production` by its cohort's id, as the REST API tells them."""
    found: dict[str, Stored] = {}
    total = 1
    while len(found) < total:
        query = {"limit": 1000, "offset": len(found)}
        answer = server.client.get("/api/v2/segments/default/production", params=query)
        page = answer.raise_for_status().json()
        total = page["totalCount"]
        for one in page["items"]:
            metadata = one["_unboundedMetadata"]
            cohort_id = one["key"].removeprefix(f"{INTEGRATION}-")
            assert cohort_id not in found, "a segment is listed twice"
            found[cohort_id] = Stored(
                SegmentId(metadata["segmentId"]), one["name"], metadata["includedCount"]
            )
        assert page["items"] or not total
    return found


@contextmanager
def open_reader(server: Muster) -> Iterator[RocksMembershipReader]:
    """Read the membership store beside the server, not through it."""
    with ExitStack() as held:
        scratch = Path(held.enter_context(tempfile.TemporaryDirectory()))
        database = Database.open_secondary(server.data_dir / "memberships", scratch)
        yield RocksMembershipReader(held.enter_context(database))


def read_members(reader: RocksMembershipReader, segment: Stored, prefix: str = "") -> Sequence[str]:
    """Return the members of a segment whose keys begin with a prefix."""
    return reader.list_members(segment.id, prefix=prefix, limit=1_000_000)


def kill_while_starting(data_dir: Path, seconds: float, sign: Path | None = None) -> None:
    """Start a server, and kill it so long after its start, or after a file has appeared."""
    process = subprocess.Popen(
        [sys.executable, "-m", "muster", "serve", "--data-dir", str(data_dir)],
        env=clean_environment({"MUSTER_PORT": "0", "MUSTER_BOOTSTRAP_TOKEN": TOKEN}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
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
    with running(data_dir) as last:
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
        for milliseconds in (400, 450, 500, 550, 600, 650, 700):
            kill_while_starting(server.data_dir, milliseconds / 1000)
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
        kind=SegmentKind.SYNCED,
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
