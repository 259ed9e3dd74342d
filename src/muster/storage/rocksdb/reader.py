"""Reading memberships and revisions; from the writing process, or beside it."""

from collections.abc import Iterator, Sequence
from itertools import islice

from muster.changes.model import Revision
from muster.core.ids import EnvironmentId, SegmentId
from muster.segments.model import MemberList, Membership, MembershipSummary
from muster.storage.rocksdb.database import Database
from muster.storage.rocksdb.layout import (
    STATE_PREFIX,
    EnvironmentState,
    Summary,
    decode_revision,
    member_prefix,
    prefix_end,
    revision_key,
    state_key,
    summary_key,
)


class RocksMembershipReader:
    """Implements `MembershipReader` and `RevisionLog` over a database. Safe for threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def summarize(self, segment_id: SegmentId) -> MembershipSummary:
        """Return counts and times of a segment."""
        return Summary.decode(self._database.meta.get(summary_key(segment_id))).to_model()

    def membership(self, segment_id: SegmentId, context_key: str) -> Membership:
        """Tell in which lists of a segment a context stands."""
        return self.memberships([segment_id], context_key)[0]

    def memberships(
        self, segment_ids: Sequence[SegmentId], context_key: str
    ) -> Sequence[Membership]:
        """Tell the same of one context for many segments, in their order."""
        suffix = context_key.encode("utf-8", "surrogatepass")
        keys = [
            member_prefix(segment_id, member_list) + suffix
            for segment_id in segment_ids
            for member_list in (MemberList.INCLUDED, MemberList.EXCLUDED)
        ]
        found = [value is not None for value in self._database.members.get_many(keys)]
        return [
            Membership(included, excluded)
            for included, excluded in zip(found[::2], found[1::2], strict=True)
        ]

    def list_members(
        self,
        segment_id: SegmentId,
        member_list: MemberList = MemberList.INCLUDED,
        *,
        after: str = "",
        prefix: str = "",
        limit: int = 100,
    ) -> Sequence[str]:
        """Return up to `limit` keys above `after` that begin with `prefix`, in UTF-8 byte order."""
        head = member_prefix(segment_id, member_list)
        wanted = head + prefix.encode("utf-8", "surrogatepass")
        start = head + after.encode("utf-8", "surrogatepass") + b"\x00" if after else wanted
        keys = self._database.members.scan_keys(max(start, wanted), prefix_end(wanted))
        return [key[len(head) :].decode() for key in islice(keys, limit)]

    def list_environment_ids(self) -> Sequence[EnvironmentId]:
        """Return the environments that have a revision log, those that are gone included."""
        stored = self._database.meta.scan(STATE_PREFIX, prefix_end(STATE_PREFIX))
        return [EnvironmentId(key[len(STATE_PREFIX) :].hex()) for key, _ in stored]

    def iterate_members(
        self, segment_id: SegmentId, member_list: MemberList = MemberList.INCLUDED
    ) -> Iterator[str]:
        """Give all keys of a list as they are at the first of them, in UTF-8 byte order."""
        prefix = member_prefix(segment_id, member_list)
        for key in self._database.members.scan_keys(prefix, prefix_end(prefix)):
            yield key[len(prefix) :].decode()

    def last_revision(self, environment_id: EnvironmentId) -> int:
        """Return the number of the environment's newest revision, 0 before the first."""
        return self._state(environment_id).last

    def first_revision(self, environment_id: EnvironmentId) -> int:
        """Return the number of the oldest revision that is still kept."""
        return self._state(environment_id).first

    def list_revisions(
        self, environment_id: EnvironmentId, *, after: int, limit: int = 100
    ) -> Sequence[Revision]:
        """Return up to `limit` revisions with numbers above `after`, in order."""
        state = self._state(environment_id)
        first = max(after + 1, state.first)
        numbers = range(first, min(first + limit, state.last + 1))
        keys = [revision_key(environment_id, number) for number in numbers]
        values = self._database.revisions.get_many(keys) if keys else []
        return [
            decode_revision(environment_id, key, value)
            for key, value in zip(keys, values, strict=True)
            if value is not None
        ]

    def _state(self, environment_id: EnvironmentId) -> EnvironmentState:
        return EnvironmentState.decode(self._database.meta.get(state_key(environment_id)))
