"""What is done beside the requests: logs written and pruned, left-overs saved, members deleted,
webhooks told."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from muster.bootstrap.container import Container
from muster.core.errors import MusterError

_log = structlog.get_logger(__name__)

_TOKEN_USE_SECONDS: Final = 10.0
_RECOVER_SECONDS: Final = 5.0
_PRUNE_SECONDS: Final = 600.0


class Maintenance:
    """Runs the background work of one server, from `start` to `stop`."""

    def __init__(self, container: Container) -> None:
        self._authenticator = container.authenticator
        self._segments = container.segment_directory
        self._purger = container.purger
        self._member_notes = container.member_notes
        self._target_expirer = container.target_expirer
        self._imports = container.imports
        self._exports = container.exports
        self._find_place = container.find_place
        self._memberships = container.memberships
        self._sync_log = container.sync_log
        self._webhooks = container.webhook_worker
        self._contexts = container.context_recorder
        self._clock = container.clock
        self._revision_age = container.revision_age
        self._retention = container.retention
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the background work in the running event loop."""
        works: list[tuple[Callable[[], Awaitable[object]], float]] = [
            (self._authenticator.flush_token_uses, _TOKEN_USE_SECONDS),
            (self._save_left_overs, _RECOVER_SECONDS),
            (self._sync_log.prune, _PRUNE_SECONDS),
            (self._contexts.prune, _PRUNE_SECONDS),
            (self._prune_revisions, _PRUNE_SECONDS),
            (self._exports.prune, _PRUNE_SECONDS),
            (self._webhooks.prune, _PRUNE_SECONDS),
        ]
        self._tasks = [asyncio.create_task(_repeat(work, seconds)) for work, seconds in works]
        for lasting in (
            self._sync_log.run(),
            self._member_notes.run(),
            self._purger.run(),
            self._target_expirer.run(),
            self._resume_transfers(),
            self._webhooks.run(),
            self._contexts.run(),
        ):
            self._tasks.append(asyncio.create_task(lasting))

    async def stop(self) -> None:
        """Stop the background work, and write what still waits."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._imports.stop()
        await self._exports.stop()
        await self._sync_log.flush()
        await self._member_notes.flush()
        await self._contexts.flush()
        try:
            await self._authenticator.flush_token_uses()
        except MusterError as error:
            _log.warning("token uses not written", reason=error.message)

    async def _save_left_overs(self) -> None:
        if self._segments.has_unsaved:
            await self._segments.recover()

    async def _resume_transfers(self) -> None:
        try:
            await self._imports.resume(self._find_place)
            await self._exports.resume()
        except MusterError as error:
            _log.error("transfers not resumed; the next start will", reason=error.message)

    async def _prune_revisions(self) -> None:
        before = self._clock.now() - self._revision_age
        for environment_id in await asyncio.to_thread(self._memberships.list_environment_ids):
            await self._memberships.prune_revisions(
                environment_id, before=before, retention=self._retention
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
