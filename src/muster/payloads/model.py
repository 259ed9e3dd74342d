"""What a partner's request says, once it is read: cohorts, and who enters or leaves each."""

from dataclasses import dataclass, field
from typing import Final

DEFAULT_CONTEXT_KIND: Final = "user"
MAX_KEY_LENGTH: Final = 256
"""Longest cohort id and context key, in Unicode characters."""
MAX_NAME_LENGTH: Final = 1024
"""Longest cohort name, in Unicode characters."""
MAX_URL_LENGTH: Final = 2048
"""Longest cohort URL, in Unicode characters."""


# Neither is frozen: each request makes some, and a frozen one costs three times as much to make.
@dataclass(slots=True)
class CohortChanges:
    """Who enters and who leaves one cohort. Once made it is not changed.

    No key is in both lists and none is twice in one: the last word on a member has won. Keys stand
    in the order in which the body first named them.

    Attributes:
        cohort_id: the partner's id of the cohort, 1 to 256 characters.
        name: the partner's name of the cohort, or None when the body gives none.
        url: where the partner shows the cohort, or None when the body gives none.
        added: context keys, 1 to 256 characters each.
        removed: context keys, 1 to 256 characters each.
    """

    cohort_id: str
    name: str | None = None
    url: str | None = None
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SyncChanges:
    """What one request body says. Once made it is not changed.

    Attributes:
        environment_id: the client-side ID of the environment, as it was sent.
        context_kind: the kind of the members' contexts.
        cohorts: each cohort that the body names, once, in the order of first mention.
        received: how many member entries the body held, repetitions included.
    """

    environment_id: str
    context_kind: str = DEFAULT_CONTEXT_KIND
    cohorts: tuple[CohortChanges, ...] = ()
    received: int = field(default=0, compare=False)
