"""A checklist: what a submission needs, item by item, and how far each is."""

from dataclasses import dataclass
from enum import StrEnum


class ItemState(StrEnum):
    """How far an item is: done, done in a way that deserves another look, or missing."""

    DONE = "done"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing that a submission needs.

    Attributes:
        id: stable, in kebab-case.
        title: the thing, in some words.
        found: what was found, in a sentence or two.
        mend: what to do about it; empty where nothing is to be done.
    """

    id: str
    title: str
    state: ItemState
    found: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """What a submission needs, item by item."""

    items: tuple[ChecklistItem, ...]

    @property
    def missing(self) -> tuple[ChecklistItem, ...]:
        """Return the items without which a submission is not complete."""
        return tuple(item for item in self.items if item.state is ItemState.MISSING)
