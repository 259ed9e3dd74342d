"""What is known of a Relay Proxy configuration."""

from dataclasses import dataclass
from datetime import datetime

from muster.access.policy import Policy
from muster.access.resources import Resource, relay_proxy_resource
from muster.core.ids import RelayProxyConfigurationId
from muster.core.pointers import Json
from muster.core.secrets import Secret


@dataclass(frozen=True, slots=True)
class RelayProxyConfiguration:
    """A configuration, without its key: that is shown once and kept only as a hash.

    Attributes:
        policy: which environments a Relay Proxy gets.
        ending: the last four characters of the key.
        modified_at: when it was last changed, made or reset.
    """

    id: RelayProxyConfigurationId
    name: str
    policy: Policy
    ending: str
    created_at: datetime
    modified_at: datetime

    @property
    def resource(self) -> Resource:
        """The configuration, as policies speak of it."""
        return relay_proxy_resource(self.id)

    def snapshot(self) -> dict[str, Json]:
        """Return what the audit log keeps of the configuration: of its key only how it ends."""
        return {
            "id": self.id,
            "name": self.name,
            "policy": self.policy.to_json(),
            "keyEnding": self.ending,
        }


@dataclass(frozen=True, slots=True)
class KeyedConfiguration:
    """A configuration that has just got its key, with the one sight of that."""

    configuration: RelayProxyConfiguration
    key: Secret
