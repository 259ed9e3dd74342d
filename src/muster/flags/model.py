"""Flags, and what they are in each environment."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from muster.accounts.model import ClientSideAvailability, Environment, Project
from muster.core.ids import EnvironmentId, FlagId, FlagKey, ProjectId
from muster.core.json_values import are_same
from muster.core.pointers import Json
from muster.flags.targeting import Targeting

FIRST_VERSION: Final = 1


class FlagKind(StrEnum):
    """What a flag's values are: true and false, or others."""

    BOOLEAN = "boolean"
    MULTIVARIATE = "multivariate"


@dataclass(frozen=True, slots=True)
class Variation:
    """One of the values that a flag can have.

    Attributes:
        id: a UUID.
        value: any JSON.
    """

    id: str
    value: Json
    name: str = ""
    description: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return the variation as the API shows it."""
        shown: dict[str, Json] = {"_id": self.id, "value": self.value}
        if self.name:
            shown["name"] = self.name
        if self.description:
            shown["description"] = self.description
        return shown


class FlagDefaults(NamedTuple):
    """What a flag serves in a new environment: indexes of its variations."""

    on_variation: int
    off_variation: int

    def to_json(self) -> dict[str, Json]:
        """Return the defaults as the API shows them."""
        return {"onVariation": self.on_variation, "offVariation": self.off_variation}

    def targeting_in(self, environment: Environment, *, on: bool = False) -> Targeting:
        """Return whom a flag serves what in an environment of which nothing else is said."""
        return Targeting(
            on=on,
            fallthrough=self.on_variation,
            off_variation=self.off_variation,
            track_events=environment.default_track_events,
        )


@dataclass(frozen=True, slots=True)
class FlagConfiguration:
    """A flag as it is in one environment.

    Attributes:
        version: 1, and one more with each change of the targeting.
        modified_at: when that last changed.
    """

    targeting: Targeting
    version: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag of a project.

    Attributes:
        variations: the values that it can have; others name them by their index.
        temporary: whether it is to be removed some day.
        availability: which client-side SDKs get to see it.
        custom_properties: what else people keep of it, by key: a name, and values.
        archived_at: since when it is out of use; None for a live one.
        version: 1, and one more with each change, in whichever environment.
        configurations: what it is in each environment; one that is newer than the flag's last change may
            be missing: see `configuration_in`.
    """

    id: FlagId
    project_id: ProjectId
    key: FlagKey
    name: str
    description: str
    tags: tuple[str, ...]
    variations: tuple[Variation, ...]
    defaults: FlagDefaults
    temporary: bool
    availability: ClientSideAvailability
    created_at: datetime
    custom_properties: Mapping[str, "CustomProperty"] = field(default_factory=dict)
    archived_at: datetime | None = None
    version: int = FIRST_VERSION
    configurations: Mapping[EnvironmentId, FlagConfiguration] = field(default_factory=dict)

    @property
    def kind(self) -> FlagKind:
        """What its values are."""
        values = [one.value for one in self.variations]
        is_boolean = len(values) == 2 and any(one is True for one in values)
        if is_boolean and any(one is False for one in values):
            return FlagKind.BOOLEAN
        return FlagKind.MULTIVARIATE

    def configuration_in(self, environment: Environment) -> FlagConfiguration:
        """Return what the flag is in an environment: what was said there, or what its defaults say."""
        known = self.configurations.get(environment.id)
        if known is not None:
            return known
        made_at = max(self.created_at, environment.created_at)
        targeting = self.defaults.targeting_in(environment)
        return FlagConfiguration(targeting, FIRST_VERSION, made_at)

    def find_variation(self, value: Json) -> int | None:
        """Return the index of the variation with a value; None where there is none."""
        same = (index for index, one in enumerate(self.variations) if are_same(one.value, value))
        return next(same, None)

    def with_targeting(
        self, environment: Environment, targeting: Targeting, now: datetime
    ) -> "Flag":
        """Return the flag with another targeting in an environment; itself where it is no other."""
        before = self.configuration_in(environment)
        if before.targeting == targeting:
            return self
        changed = FlagConfiguration(targeting, before.version + 1, now)
        return replace(self, configurations={**self.configurations, environment.id: changed})

    def salt_in(self, environment_id: EnvironmentId) -> str:
        """Return what makes rollouts of this flag fall otherwise than another's: 32 hexadecimal digits."""
        return hashlib.sha256(f"{self.id}.{environment_id}".encode()).hexdigest()[:32]

    def snapshot(self, environments: Sequence[Environment] = ()) -> dict[str, Json]:
        """Return what the audit log keeps of the flag: of its targets only how many there are.

        Args:
            environments: those whose targeting is to be kept, too.
        """
        shown: dict[str, Json] = {
            "id": self.id,
            "key": self.key,
            "name": self.name,
            "description": self.description,
            "tags": list(self.tags),
            "variations": [one.to_json() for one in self.variations],
            "defaults": self.defaults.to_json(),
            "temporary": self.temporary,
            "clientSideAvailability": self.availability.to_json(),
            "customProperties": {key: one.to_json() for key, one in self.custom_properties.items()},
            "archived": self.archived_at is not None,
            "version": self.version,
        }
        if environments:
            shown["environments"] = {one.key: self._snapshot_in(one) for one in environments}
        return shown

    def _snapshot_in(self, environment: Environment) -> dict[str, Json]:
        configuration = self.configuration_in(environment)
        shown = configuration.targeting.to_json()
        del shown["targets"], shown["contextTargets"]
        shown["targetCount"] = sum(len(one.keys) for one in configuration.targeting.targets)
        shown["version"] = configuration.version
        return shown


class CustomProperty(NamedTuple):
    """What people keep of a flag under a key of theirs."""

    name: str
    values: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """Return the property as the API shows it."""
        return {"name": self.name, "value": list(self.values)}


class FlagPlace(NamedTuple):
    """A project, all its environments, and its flags: where a flag is.

    Attributes:
        find_flag: returns the project's flag with a key, None where there is none. It may block.
    """

    project: Project
    environments: Sequence[Environment]
    find_flag: Callable[[str], Flag | None]

    def find(self, environment_key: str) -> Environment | None:
        """Return the environment with a key; None where there is none."""
        return next((one for one in self.environments if one.key == environment_key), None)
