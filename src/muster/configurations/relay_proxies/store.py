"""What Relay Proxy configurations need of a store. Implementations live under `storage/`.

Every method may block on a disk or a network: call it from a worker thread, not from the event loop.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from muster.configurations.relay_proxies.model import RelayProxyConfiguration
from muster.core.ids import RelayProxyConfigurationId


class RelayProxyStore(Protocol):
    """Keeps Relay Proxy configurations, and of their keys the SHA-256 hashes."""

    def create_configuration(self, configuration: RelayProxyConfiguration, key_hash: str) -> None:
        """Store a new configuration."""
        ...

    def find_configuration(self, configuration_id: str) -> RelayProxyConfiguration | None:
        """Return the configuration with this id."""
        ...

    def list_configurations(self) -> Sequence[RelayProxyConfiguration]:
        """Return all configurations, oldest first."""
        ...

    def update_configuration(self, configuration: RelayProxyConfiguration) -> bool:
        """Store what has changed of a configuration but for its key; tell whether it is still there."""
        ...

    def replace_key(
        self,
        configuration: RelayProxyConfiguration,
        key_hash: str,
        *,
        old_key_until: datetime | None,
    ) -> bool:
        """Give a configuration another key, and store what has changed; tell whether it is still there.

        Args:
            old_key_until: until when the present key is good, too; those that were replaced earlier
                stay good as long as was said then. None: from now on only the new key is good.
        """
        ...

    def delete_configuration(self, configuration_id: RelayProxyConfigurationId) -> bool:
        """Delete a configuration with its keys; tell whether there was one."""
        ...
