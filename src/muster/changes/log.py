"""What readers of the revision log need of a store."""

from collections.abc import Sequence
from typing import Protocol

from muster.changes.model import Revision
from muster.core.ids import EnvironmentId


class RevisionLog(Protocol):
    """The revisions of each environment, oldest first; the oldest are dropped in time."""

    def last_revision(self, environment_id: EnvironmentId) -> int:
        """Return the number of the environment's newest revision, 0 before the first."""
        ...

    def first_revision(self, environment_id: EnvironmentId) -> int:
        """Return the number of the oldest revision that is still kept.

        It is one more than `last_revision` when none is kept. A reader whose cursor is older must
        start again from the memberships themselves.
        """
        ...

    def list_revisions(
        self, environment_id: EnvironmentId, *, after: int, limit: int = 100
    ) -> Sequence[Revision]:
        """Return up to `limit` revisions with numbers above `after`, in order."""
        ...
