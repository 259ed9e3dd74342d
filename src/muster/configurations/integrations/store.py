"""What the configurations of integrations need of a store. Implementations live under `storage/`.

Every method may block on a disk or a network: call it from a worker thread, not from the event loop.
"""

from collections.abc import Sequence
from typing import Protocol

from muster.configurations.integrations.model import IntegrationConfiguration
from muster.core.ids import IntegrationConfigurationId


class IntegrationConfigurationStore(Protocol):
    """Keeps configurations of integrations."""

    def create_configuration(self, configuration: IntegrationConfiguration) -> None:
        """Store a new configuration."""
        ...

    def find_configuration(self, configuration_id: str) -> IntegrationConfiguration | None:
        """Return the configuration with this id."""
        ...

    def list_configurations(
        self, integration_key: str | None = None
    ) -> Sequence[IntegrationConfiguration]:
        """Return the configurations of an integration, or with None of all, oldest first."""
        ...

    def update_configuration(
        self, before: IntegrationConfiguration, after: IntegrationConfiguration
    ) -> bool:
        """Store what differs between two states of a configuration; tell whether it is still there.

        What another request has changed of the rest in the meantime stays.
        """
        ...

    def delete_configuration(self, configuration_id: IntegrationConfigurationId) -> bool:
        """Delete a configuration; tell whether there was one."""
        ...
