"""What a sync request wants of one segment, and whether it may have it."""

from dataclasses import dataclass, replace
from datetime import datetime

from muster.access.actions import CREATE_SEGMENT, UPDATE_INCLUDED
from muster.access.principal import Principal
from muster.accounts.model import Environment
from muster.core.errors import ConflictError
from muster.core.ids import IntegrationKey, SegmentId, SegmentKey
from muster.payloads.model import CohortChanges
from muster.segments.model import Segment, SyncSource


@dataclass(slots=True)
class SegmentPlan:
    """One cohort of a request, and the segment that holds it; `segment` is None while there is none.

    Attributes:
        before: the segment as it was before the request; None where there was none.
    """

    key: SegmentKey
    integration_key: IntegrationKey
    context_kind: str
    cohort: CohortChanges
    segment: Segment | None = None
    before: Segment | None = None

    def check_permission(self, principal: Principal, environment: Environment) -> None:
        """Check that the segment may be created, or its members be changed.

        To put members into a segment takes both the first time: `createSegment` and `updateIncluded`.

        Raises:
            ForbiddenError: the principal may not.
        """
        tags = self.segment.tags if self.segment is not None else ()
        resource = environment.segment_resource(self.key, tags)
        if self.segment is None:
            principal.require(CREATE_SEGMENT, resource)
        if self.segment is not None or self.cohort.added or self.cohort.removed:
            principal.require(UPDATE_INCLUDED, resource)

    def check_fits(self) -> None:
        """Check that the segment, if it exists, is this cohort's and of the request's context kind.

        Raises:
            ConflictError: it is not.
        """
        segment = self.segment
        if segment is None:
            return
        if segment.source is None:
            raise ConflictError(
                f"The segment {segment.key} exists and is {segment.kind}, not synced: the cohort can't "
                "be kept in it. Delete or rename that segment, or give the cohort another id."
            )
        source = segment.source
        if (source.integration_key, source.cohort_id) != (
            self.integration_key,
            self.cohort.cohort_id,
        ):
            raise ConflictError(
                f"The segment {segment.key} is synced by {source.integration_key} from another cohort. "
                "Delete that segment, or give the cohort another id."
            )
        if segment.context_kind != self.context_kind:
            raise ConflictError(
                f"The segment {segment.key} holds contexts of kind {segment.context_kind}, and the "
                f"request sends kind {self.context_kind}. A segment keeps its kind: delete it to begin "
                "again with another."
            )

    def redefinition(self, modified_at: datetime) -> Segment | None:
        """Return the segment with the partner's last word on name and URL, or None where it has that."""
        segment = self.segment
        if segment is None or segment.source is None:
            return None
        name = self.cohort.name or segment.name
        url = self.cohort.url or segment.source.url
        if name == segment.name and url == segment.source.url:
            return None
        source = replace(segment.source, url=url)
        return replace(
            segment,
            name=name,
            source=source,
            modified_at=modified_at,
            version=segment.version + 1,
        )

    def new_segment(
        self, segment_id: SegmentId, environment: Environment, generation: int, created_at: datetime
    ) -> Segment:
        """Return the segment that is to hold the cohort."""
        cohort = self.cohort
        return Segment(
            id=segment_id,
            environment_id=environment.id,
            key=self.key,
            unbounded=True,
            generation=generation,
            context_kind=self.context_kind,
            name=cohort.name or cohort.cohort_id,
            description="",
            tags=(),
            source=SyncSource(self.integration_key, cohort.cohort_id, cohort.url),
            created_at=created_at,
            modified_at=created_at,
        )
