"""The environment that a segment is in, as far as segments need to know it."""

from collections.abc import Callable, Collection
from typing import Protocol

from muster.access.resources import Resource
from muster.core.ids import EnvironmentId, SegmentId
from muster.segments.model import Segment


class Place(Protocol):
    """An environment of a project; the account's `Environment` is one."""

    @property
    def id(self) -> EnvironmentId:
        """Its id."""
        ...

    @property
    def project_key(self) -> str:
        """The key of its project."""
        ...

    @property
    def key(self) -> str:
        """Its own key."""
        ...

    def segment_resource(self, segment_key: str, tags: Collection[str] = ()) -> Resource:
        """Return a segment of this environment, whether or not it exists, as policies speak of it."""
        ...


FindPlace = Callable[[SegmentId], tuple[Place, Segment] | None]
"""Gives the segment with an id, and its environment; None where it is gone. It may block."""
