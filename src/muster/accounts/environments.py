"""Environments by their client-side IDs, in memory."""

import re
from datetime import datetime
from typing import Final

from muster.access.principal import Principal
from muster.access.resources import project_resource
from muster.accounts.fresh_cache import FreshCache
from muster.accounts.model import Environment
from muster.accounts.projects import VIEW_PROJECT
from muster.accounts.store import AccountStore
from muster.core.clock import Clock

_BETWEEN_KEYS: Final = "/"
"""Stands in no key."""
_CLIENT_SIDE_ID: Final = re.compile(r"[0-9a-f]{24}")


class CachingEnvironmentDirectory:
    """Implements `EnvironmentDirectory`: what it says is at most a second old."""

    def __init__(self, accounts: AccountStore, clock: Clock) -> None:
        self._cache = FreshCache(accounts.find_environment_by_id, clock)
        self._by_keys = FreshCache(
            lambda place: accounts.find_environment(*place.split(_BETWEEN_KEYS)), clock
        )

    def cached(self, environment_id: str, now: datetime) -> Environment | None:
        """Return the environment if it is in memory and fresh; it may exist all the same."""
        return self._cache.cached(environment_id, now)

    async def find(self, environment_id: str) -> Environment | None:
        """Return the environment with this client-side ID; None also for what can't be one.

        Raises:
            UnavailableError: the store can't be read.
        """
        if not _CLIENT_SIDE_ID.fullmatch(environment_id):
            return None
        return await self._cache.find(environment_id)

    async def find_visible(
        self, principal: Principal, project_key: str, environment_key: str
    ) -> Environment | None:
        """Return a project's environment, if the principal may view it.

        None is also returned of one that was made within the last second.

        Raises:
            UnavailableError: the store can't be read.
        """
        if _BETWEEN_KEYS in project_key or _BETWEEN_KEYS in environment_key:
            return None
        found = await self._by_keys.find(f"{project_key}{_BETWEEN_KEYS}{environment_key}")
        if found is None:
            return None
        project = project_resource(found.project_key, frozenset(found.project_tags))
        return found if principal.allows(VIEW_PROJECT, project) else None
