"""The flags that ask for a segment, as far as segments need to know them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from muster.core.ids import EnvironmentId


class FlagUser(NamedTuple):
    """A flag with a rule that asks for a segment."""

    key: str
    name: str


class FlagUserStore(Protocol):
    """Finds the flags that ask for segments; it may block."""

    def list_segment_users(
        self, environment_id: EnvironmentId, segment_key: str
    ) -> Sequence[FlagUser]:
        """Return the flags whose rules in an environment ask for the segment with this key, by key."""
        ...
