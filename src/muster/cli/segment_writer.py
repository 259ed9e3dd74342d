"""What the commands need to change segments; `muster.bootstrap` implements it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from muster.core.pointers import Json
    from muster.segments.edits import SegmentDraft


@dataclass(frozen=True, slots=True)
class Place:
    """An environment, by the keys of its project and its own."""

    project: str
    environment: str

    def to_json(self) -> dict[str, str]:
        """Return the place as commands name it."""
        return {"project": self.project, "environment": self.environment}


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A CSV file that is to be imported; `mode` is `merge` or `replace`."""

    path: Path
    mode: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How far an import is.

    Attributes:
        status: in LaunchDarkly's words: `in_progress`, `complete`, `stopped`.
        bad_rows: the first of them: the line, and what is wrong with it.
        failure: why it was stopped, where no row is to blame.
    """

    id: str
    status: str
    has_ended: bool
    size_bytes: int
    bytes_read: int
    row_count: int
    added: int
    removed: int
    unchanged: int
    bad_row_count: int
    bad_rows: Sequence[Sequence[int | str]]
    failure: str | None

    @property
    def is_complete(self) -> bool:
        """Whether all of it was applied."""
        return self.status == "complete"


class SegmentWriter(Protocol):
    """Changes segments. Every method may raise a `MusterError`, whose message is for the user."""

    def create_segment(self, place: Place, draft: SegmentDraft) -> None:
        """Make a segment that holds nobody."""
        ...

    def patch_segment(self, place: Place, key: str, instructions: Json, comment: str) -> None:
        """Follow the instructions of a semantic patch: all of them, or none."""
        ...

    def delete_segment(self, place: Place, key: str) -> None:
        """Delete a segment with its members."""
        ...

    def import_members(
        self,
        place: Place,
        key: str,
        wanted: ImportRequest,
        on_progress: Callable[[ImportReport], None],
    ) -> ImportReport:
        """Import a CSV file, and wait until that has ended.

        Args:
            on_progress: told how far it is, a few times a second.
        """
        ...
