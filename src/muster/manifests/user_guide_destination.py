"""Where an integration's requests go, and what a token must be allowed there."""

from dataclasses import dataclass
from typing import Any, Final

EXAMPLE_URL: Final = "https://muster.example.com"
"""What stands for the address of the reader's own Muster."""
DEFAULT_PROJECT: Final = "default"
DEFAULT_ENVIRONMENT: Final = "production"

_ACTIONS: Final = ("createSegment", "updateIncluded")


@dataclass(frozen=True, slots=True)
class Destination:
    """An environment of some Muster, as an integration sends cohorts to it.

    Attributes:
        key: the integration key, in lower case.
        url: address of the Muster, without a slash at the end.
        project: key of the project.
        environment: key of the environment.
    """

    key: str
    url: str = EXAMPLE_URL
    project: str = DEFAULT_PROJECT
    environment: str = DEFAULT_ENVIRONMENT

    @property
    def endpoint(self) -> str:
        """The address that requests are sent to."""
        return f"{self.url}{self.path}"

    @property
    def path(self) -> str:
        """The path of that address."""
        return f"/api/v2/segment-targets/{self.key}"

    @property
    def policy(self) -> list[dict[str, Any]]:
        """The policy of a token that may send cohorts there, and may do nothing else."""
        resource = f"proj/{self.project}:env/{self.environment}:segment/{self.key}-*"
        return [{"effect": "allow", "actions": list(_ACTIONS), "resources": [resource]}]
