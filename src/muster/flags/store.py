"""What flags need of their store. Implementations live under `storage/`."""

from collections.abc import Sequence
from typing import Protocol

from muster.core.ids import ProjectId
from muster.flags.model import Flag


class FlagStore(Protocol):
    """Keeps flags. Its methods may block on a disk or a network: call them from a worker thread."""

    def find_flag(self, project_id: ProjectId, key: str) -> Flag | None:
        """Return the project's flag with this key."""
        ...

    def read_flags(self, project_id: ProjectId) -> Sequence[Flag]:
        """Return all flags of a project, by key."""
        ...

    def insert_flag(self, flag: Flag) -> bool:
        """Insert a flag; tell whether its project is there, without which it is not inserted.

        Raises:
            ConflictError: the project has a flag with this key.
        """
        ...

    def update_flag(self, flag: Flag) -> bool:
        """Overwrite a flag by its next version; tell whether it was there in the version before."""
        ...

    def delete_flag(self, flag: Flag) -> bool:
        """Delete a flag; tell whether there was one."""
        ...
