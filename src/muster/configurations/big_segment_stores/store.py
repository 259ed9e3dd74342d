"""What the configurations of big segment stores need of the control store. Implementations live under
`storage/`.

Every method may block on a disk or a network: call it from a worker thread, not from the event loop.
"""

from collections.abc import Sequence
from typing import Protocol

from muster.configurations.big_segment_stores.model import BigSegmentStore
from muster.core.ids import BigSegmentStoreId


class BigSegmentStoreStore(Protocol):
    """Keeps where big segment stores are. They go with their environment."""

    def create_store(self, store: BigSegmentStore) -> bool:
        """Store a new one; tell whether its environment is still there."""
        ...

    def find_store(self, store_id: str) -> BigSegmentStore | None:
        """Return the one with this id."""
        ...

    def list_stores(self) -> Sequence[BigSegmentStore]:
        """Return those of all environments, oldest first."""
        ...

    def update_store(self, store: BigSegmentStore) -> bool:
        """Store what has changed of one; tell whether it is there in the version before this."""
        ...

    def delete_store(self, store_id: BigSegmentStoreId) -> bool:
        """Delete one; tell whether there was one."""
        ...
