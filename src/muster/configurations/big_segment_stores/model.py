"""What is known of a big segment store."""

from dataclasses import dataclass
from typing import NamedTuple

from muster.access.resources import Resource, integration_resource
from muster.configurations.big_segment_stores.places import StorePlace
from muster.core.ids import BigSegmentStoreId, EnvironmentId, EnvironmentKey, ProjectKey
from muster.core.pointers import Json


class EnvironmentPlace(NamedTuple):
    """The environment that a store is of."""

    id: EnvironmentId
    project_key: ProjectKey
    key: EnvironmentKey


@dataclass(frozen=True, slots=True)
class BigSegmentStore:
    """A store that is to be filled with an environment's segments.

    Attributes:
        place: where it is, and how to get in.
        is_on: whether it is to be filled.
        version: 1 at first, one more with each change.
    """

    id: BigSegmentStoreId
    environment: EnvironmentPlace
    place: StorePlace
    name: str
    is_on: bool
    tags: tuple[str, ...]
    version: int

    @property
    def kind(self) -> str:
        """The key of its integration: `redis` or `dynamodb`."""
        return self.place.kind

    @property
    def resource(self) -> Resource:
        """The store, as policies speak of it."""
        return integration_resource(self.kind, frozenset(self.tags))

    def snapshot(self) -> dict[str, Json]:
        """Return what the audit log keeps of the store: all but its password."""
        return {
            "id": self.id,
            "projectKey": self.environment.project_key,
            "environmentKey": self.environment.key,
            "integrationKey": self.kind,
            "name": self.name,
            "on": self.is_on,
            "tags": list(self.tags),
            "config": self.place.to_json(),
            "version": self.version,
        }
