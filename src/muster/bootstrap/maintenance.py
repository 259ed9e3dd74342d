"""What is done beside the requests: logs written and pruned, left-overs saved."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog

from muster.accounts.authentication import Authenticator
from muster.accounts.store import AccountStore
from muster.core.clock import Clock
from muster.core.errors import MusterError
from muster.core.paging import PageRequest
from muster.segments.directory import SegmentDirectory
from muster.storage.rocksdb.store import LogRetention, RocksMembershipStore
from muster.sync.log_writer import SyncLogWriter

_log = structlog.get_logger(__name__)

_TOKEN_USE_SECONDS: Final = 10.0
_RECOVER_SECONDS: Final = 5.0
_PRUNE_SECONDS: Final = 600.0


class Maintenance:
    """Runs the background work of one server, from `start` to `stop`."""

    def __init__(
        self,
        *,
        accounts: AccountStore,
        authenticator: Authenticator,
        segments: SegmentDirectory,
        memberships: RocksMembershipStore,
        sync_log: SyncLogWriter,
        clock: Clock,
        revision_age: timedelta,
        retention: LogRetention,
    ) -> None:
        self._accounts = accounts
        self._authenticator = authenticator
        self._segments = segments
        self._memberships = memberships
        self._sync_log = sync_log
        self._clock = clock
        self._revision_age = revision_age
        self._retention = retention
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the background work in the running event loop."""
        works: list[tuple[Callable[[], Awaitable[object]], float]] = [
            (self._authenticator.flush_token_uses, _TOKEN_USE_SECONDS),
            (self._save_left_overs, _RECOVER_SECONDS),
            (self._sync_log.prune, _PRUNE_SECONDS),
            (self._prune_revisions, _PRUNE_SECONDS),
        ]
        self._tasks = [asyncio.create_task(_repeat(work, seconds)) for work, seconds in works]
        self._tasks.append(asyncio.create_task(self._sync_log.run()))

    async def stop(self) -> None:
        """Stop the background work, and write what still waits."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sync_log.flush()
        try:
            await self._authenticator.flush_token_uses()
        except MusterError as error:
            _log.warning("token uses not written", reason=error.message)

    async def _save_left_overs(self) -> None:
        if self._segments.has_unsaved:
            await self._segments.recover()

    async def _prune_revisions(self) -> None:
        before = self._clock.now() - self._revision_age
        projects = await asyncio.to_thread(self._accounts.list_projects, PageRequest(limit=1000))
        for project in projects.items:
            environments = await asyncio.to_thread(
                self._accounts.list_environments, project.key, PageRequest(limit=1000)
            )
            for environment in environments.items:
                await self._memberships.prune_revisions(
                    environment.id, before=before, retention=self._retention
                )


async def _repeat(work: Callable[[], Awaitable[object]], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except MusterError as error:
            _log.error("background work failed; will be tried again", reason=error.message)
        except Exception:
            _log.exception("background work failed; will be tried again")
