"""The segments of a server elsewhere."""

from collections.abc import Sequence

from muster.core.ids import EnvironmentId
from muster.core.paging import Page, PageRequest
from muster.remote.connection import Connection
from muster.remote.projects import RemotePlaces, paging
from muster.remote.representations import ItemsShape, PageShape, SegmentShape
from muster.segments.model import MemberList
from muster.segments.service import SegmentDetails


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
