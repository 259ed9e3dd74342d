"""What is known of the configuration of an integration."""

from dataclasses import dataclass
from datetime import datetime

from muster.access.resources import Resource, integration_resource
from muster.configurations.integrations.form import ConfigValues
from muster.core.ids import IntegrationConfigurationId, IntegrationKey
from muster.core.pointers import Json


@dataclass(frozen=True, slots=True)
class IntegrationConfiguration:
    """A configuration of an integration, of which there may be several.

    Attributes:
        is_enabled: whether the integration is to be used with it.
    """

    id: IntegrationConfigurationId
    integration_key: IntegrationKey
    name: str
    is_enabled: bool
    tags: tuple[str, ...]
    values: ConfigValues
    created_at: datetime

    @property
    def resource(self) -> Resource:
        """The configuration, as policies speak of it."""
        return integration_resource(self.integration_key, frozenset(self.tags))

    def snapshot(self) -> dict[str, Json]:
        """Return what the audit log keeps of the configuration: all but its secrets."""
        return {
            "id": self.id,
            "integrationKey": self.integration_key,
            "name": self.name,
            "enabled": self.is_enabled,
            "tags": list(self.tags),
            "configValues": self.values.to_json(),
        }
