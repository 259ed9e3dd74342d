"""What an SDK key or a mobile key is of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from muster.accounts.fresh_cache import FreshCache
from muster.accounts.model import Environment, Project
from muster.accounts.project_store import ProjectStore
from muster.core.clock import Clock

MAX_KEY_LENGTH: Final = 128


class EnvironmentKeyKind(StrEnum):
    """Which SDKs send a key: those of servers, or those of mobile apps."""

    SDK = "sdk"
    MOBILE = "mobile"


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """The environment that a key is of, and its project."""

    kind: EnvironmentKeyKind
    environment: Environment
    project: Project


class EnvironmentKeys:
    """Finds environments by their SDK keys and mobile keys, from one event loop.

    What it says is at most a second old: so soon does a key that was replaced, or whose time is over, stop
    working. Keys are looked up by index or hash, never compared one by one, so the time that it takes
    tells nothing of how much of a key is right.
    """

    def __init__(self, store: ProjectStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._cache = FreshCache(self._load, clock)

    async def find(self, key: str) -> KeyOwner | None:
        """Return what a key is of; None also for what can't be one.

        Raises:
            UnavailableError: the store can't be read.
        """
        if len(key) > MAX_KEY_LENGTH or not key.startswith(("sdk-", "mob-")):
            return None
        return await self._cache.find(key)

    def _load(self, key: str) -> KeyOwner | None:
        if key.startswith("sdk-"):
            kind = EnvironmentKeyKind.SDK
            environment = self._store.find_environment_by_sdk_key(key, self._clock.now())
        else:
            kind = EnvironmentKeyKind.MOBILE
            environment = self._store.find_environment_by_mobile_key(key)
        if environment is None:
            return None
        project = self._store.find_project(environment.project_key)
        # The project may have gone in between, and the environment with it.
        return None if project is None else KeyOwner(kind, environment, project)
