"""A segment with what is known of its members."""

from datetime import datetime
from typing import Final, NamedTuple

from muster.segments.model import Membership, MembershipSummary, Segment
from muster.segments.store import MembershipReader
from muster.segments.targets import ContextTargets, count_targets


class SegmentDetails(NamedTuple):
    """A segment, and what is known of its members without reading them."""

    segment: Segment
    members: MembershipSummary

    @property
    def version(self) -> int:
        """One more with each change, of the segment or of its members."""
        return self.segment.version + self.members.version

    @property
    def modified_at(self) -> datetime:
        """When the segment or its members last changed."""
        changed_at = self.members.changed_at
        return max(self.segment.modified_at, changed_at or self.segment.modified_at)


def details_of(segment: Segment, memberships: MembershipReader) -> SegmentDetails:
    """Return a segment with what is known of its members."""
    if segment.unbounded:
        return SegmentDetails(segment, memberships.summarize(segment.id))
    summary = MembershipSummary(
        count_targets(segment.included), count_targets(segment.excluded), 0, None, None
    )
    return SegmentDetails(segment, summary)


NO_MEMBERS: Final = MembershipSummary(0, 0, 0, None, None)
"""What is known of the members of a segment that is new."""


def find_membership(
    segment: Segment,
    memberships: MembershipReader,
    context_key: str,
    context_kind: str | None = None,
) -> Membership:
    """Tell in which lists of a segment a context stands; of whatever kind where None is given."""
    if not segment.unbounded:
        return targeted(segment, context_key, context_kind)
    if context_kind not in (None, segment.context_kind):
        return Membership(included=False, excluded=False)
    return memberships.membership(segment.id, context_key)


def targeted(segment: Segment, context_key: str, context_kind: str | None) -> Membership:
    """Tell in which of its own lists a segment that is not unbounded has a context."""

    def is_among(targets: tuple[ContextTargets, ...]) -> bool:
        return any(
            context_key in one.keys and context_kind in (None, one.context_kind) for one in targets
        )

    return Membership(is_among(segment.included), is_among(segment.excluded))
