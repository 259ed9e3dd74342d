"""The segments of a server elsewhere."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from muster.core.clock import from_millis
from muster.core.ids import EnvironmentId, IntegrationKey, SegmentId, SegmentKey
from muster.core.paging import Page, PageRequest
from muster.remote.connection import Connection
from muster.remote.projects import RemotePlaces, paging
from muster.remote.shapes import ItemsShape, Millis, PageShape, Shape, moment
from muster.segments.details import SegmentDetails
from muster.segments.model import (
    MemberList,
    MembershipSummary,
    Segment,
    SyncSource,
)
from muster.segments.rules import read_rules
from muster.segments.targets import DEFAULT_CONTEXT_KIND, ContextTargets


class _Targets(Shape):
    context_kind: str
    values: tuple[str, ...]


def _targets(users: Sequence[str], others: Sequence[_Targets]) -> tuple[ContextTargets, ...]:
    own = [ContextTargets(DEFAULT_CONTEXT_KIND, tuple(users))] if users else []
    return (*own, *(ContextTargets(one.context_kind, one.values) for one in others))


class _MembersOfSegment(Shape):
    included_count: int
    excluded_count: int
    version: int
    last_modified: Millis | None
    last_synced: Millis | None


class _SegmentExtras(Shape):
    id: str = Field(alias="_id")
    environment_id: str
    context_kind: str
    cohort_id: str | None
    version: int
    last_modified: Millis
    members: _MembersOfSegment


class SegmentShape(Shape):
    """A segment, and what is known of its members without reading them."""

    key: str
    name: str
    description: str
    tags: tuple[str, ...]
    creation_date: Millis
    generation: int
    unbounded: bool
    rules: list[Any]
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    included_contexts: tuple[_Targets, ...] = ()
    excluded_contexts: tuple[_Targets, ...] = ()
    external: str | None = Field(None, alias="_external")
    external_link: str = Field("", alias="_externalLink")
    extras: _SegmentExtras = Field(alias="_muster")

    def to_model(self) -> SegmentDetails:
        """Return the segment."""
        extras, members = self.extras, self.extras.members
        segment = Segment(
            id=SegmentId(extras.id),
            environment_id=EnvironmentId(extras.environment_id),
            key=SegmentKey(self.key),
            unbounded=self.unbounded,
            generation=self.generation,
            context_kind=extras.context_kind,
            name=self.name,
            description=self.description,
            tags=self.tags,
            source=self._source(),
            created_at=from_millis(self.creation_date),
            modified_at=from_millis(extras.last_modified),
            rules=read_rules(self.rules, "/rules"),
            included=_targets(self.included, self.included_contexts),
            excluded=_targets(self.excluded, self.excluded_contexts),
            version=extras.version,
        )
        return SegmentDetails(
            segment,
            MembershipSummary(
                included_count=members.included_count,
                excluded_count=members.excluded_count,
                version=members.version,
                changed_at=moment(members.last_modified),
                synced_at=moment(members.last_synced),
            ),
        )

    def _source(self) -> SyncSource | None:
        if self.external is None:
            return None
        cohort_id, url = self.extras.cohort_id or "", self.external_link or None
        return SyncSource(IntegrationKey(self.external), cohort_id, url)


class RemoteSegments:
    """Does what `SegmentService` does."""

    def __init__(self, connection: Connection, places: RemotePlaces) -> None:
        self._connection = connection
        self._places = places

    def list_segments(
        self, environment_id: EnvironmentId, page: PageRequest
    ) -> Page[SegmentDetails]:
        """Return the environment's segments, newest first."""
        place = self._place(environment_id)
        found = self._connection.get(PageShape[SegmentShape], *place, query=paging(page))
        return found.to_page(page, SegmentShape.to_model)

    def get_segment(self, environment_id: EnvironmentId, key: str) -> SegmentDetails:
        """Return the environment's segment with this key."""
        place = self._place(environment_id)
        return self._connection.get(SegmentShape, *place, key).to_model()

    def list_members(
        self,
        environment_id: EnvironmentId,
        key: str,
        member_list: MemberList = MemberList.INCLUDED,
        *,
        after: str = "",
        prefix: str = "",
        limit: int = 100,
    ) -> Sequence[str]:
        """Return up to `limit` context keys above `after` that begin with `prefix`, in order."""
        found = self._connection.get(
            ItemsShape[str],
            *(*self._place(environment_id), key, "members"),
            query={"list": member_list.value, "after": after, "prefix": prefix, "limit": limit},
        )
        return found.items

    def _place(self, environment_id: EnvironmentId) -> tuple[str, str, str]:
        environment = self._places.get_environment_by_id(environment_id)
        return "segments", environment.project_key, environment.key
