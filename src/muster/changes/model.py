"""Revisions: committed changes of an environment's memberships."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from muster.core.ids import EnvironmentId, RequestId, SegmentId


class SegmentDelta(NamedTuple):
    """How one segment's members changed: only keys whose membership really did."""

    segment_id: SegmentId
    included_added: Sequence[str] = ()
    included_removed: Sequence[str] = ()
    excluded_added: Sequence[str] = ()
    excluded_removed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """One committed change of an environment's memberships.

    Attributes:
        number: 1 for the environment's first; each is one more than the one before.
        request_id: the request that asked for it; the sync log has a row of that id.
    """

    environment_id: EnvironmentId
    number: int
    committed_at: datetime
    request_id: RequestId
    deltas: Sequence[SegmentDelta]
