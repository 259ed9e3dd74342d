"""Comparing what a killed server has kept with what its writers know."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from muster.core.ids import EnvironmentId, SegmentId
from muster.storage.rocksdb.database import Database
from muster.storage.rocksdb.reader import RocksMembershipReader
from tests.end_to_end.crash_writers import INTEGRATION, Cohort, Cohorts, Delta, Request, Writer
from tests.end_to_end.harness import Muster


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
