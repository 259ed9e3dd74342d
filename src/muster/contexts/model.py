"""Contexts, and their kinds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from muster.access.resources import Resource, context_kind_resource
from muster.core.ids import EnvironmentId, ProjectId, ProjectKey
from muster.core.pointers import Json

AUTO_ADDED: Final = "auto-add"
"""Where a kind comes from that was first seen in a segment or in a context."""
DEFAULT: Final = "default"
"""Where `user` comes from: it is there from the beginning."""
MADE: Final = "manual"
"""Where a kind comes from that somebody made."""
USER: Final = "user"


class Position(NamedTuple):
    """Where a context stands in the order of an environment's contexts."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class ContextRecord:
    """A context of an environment, as one application last sent it; or as a segment knows it.

    Attributes:
        attributes: what it has besides kind and key; nothing private.
        last_seen_at: when it was last evaluated; None where it is known as a member of a segment alone.
        application_id: the application that evaluated it; None where it did not say which it is.
    """

    environment_id: EnvironmentId
    kind: str
    key: str
    attributes: Mapping[str, Json]
    last_seen_at: datetime | None = None
    application_id: str | None = None

    @property
    def position(self) -> Position:
        """Where it stands among the others."""
        return Position(self.kind, self.key)


@dataclass(frozen=True, slots=True)
class ContextKind:
    """A kind of contexts that a project has.

    Attributes:
        version: 1, and one more with each change.
        archived: whether it is to be hidden where people choose what to target.
        created_from: `DEFAULT`, `AUTO_ADDED` or `MADE`.
        last_seen_at: when a context of this kind was last evaluated, as far as that is still recorded.
    """

    project_id: ProjectId
    key: str
    name: str
    description: str
    version: int
    archived: bool
    created_from: str
    created_at: datetime
    modified_at: datetime
    last_seen_at: datetime | None = None

    def snapshot(self) -> dict[str, Json]:
        """Return what the audit log keeps of the kind."""
        return {
            "key": self.key,
            "name": self.name,
            "description": self.description,
            "version": self.version,
            "archived": self.archived,
        }

    def resource(self, project_key: ProjectKey, project_tags: frozenset[str]) -> Resource:
        """Return the kind, as policies speak of it."""
        return context_kind_resource(project_key, self.key, project_tags=project_tags)


def seen_kind(project_id: ProjectId, key: str, seen_at: datetime) -> ContextKind:
    """Return a kind that nobody has said anything of: `user`, or one that a context or a segment has."""
    return ContextKind(
        project_id=project_id,
        key=key,
        name="User" if key == USER else key,
        description="",
        version=1,
        archived=False,
        created_from=DEFAULT if key == USER else AUTO_ADDED,
        created_at=seen_at,
        modified_at=seen_at,
    )
