"""Environments by their client-side IDs, in memory."""

import re
from datetime import datetime
from typing import Final

from muster.accounts.fresh_cache import FreshCache
from muster.accounts.model import Environment
from muster.accounts.store import AccountStore
from muster.core.clock import Clock

_CLIENT_SIDE_ID: Final = re.compile(r"[0-9a-f]{24}")


class CachingEnvironmentDirectory:
    """Implements `EnvironmentDirectory`: what it says is at most a second old."""

    def __init__(self, accounts: AccountStore, clock: Clock) -> None:
        self._cache = FreshCache(accounts.find_environment_by_id, clock)

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
