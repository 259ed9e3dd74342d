"""Recording the contexts that are evaluated: in batches, after the answers."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from threading import Lock
from typing import Final, NamedTuple

import orjson
import structlog

from muster.accounts.model import Environment
from muster.contexts.model import ContextKind, ContextRecord, seen_kind
from muster.contexts.reading import Context, read_contexts
from muster.contexts.store import ContextKindStore, ContextStore
from muster.core.clock import Clock
from muster.core.errors import InvalidRequestError, MusterError
from muster.core.ids import EnvironmentId, ProjectId
from muster.core.pointers import Json

MAX_KEY_LENGTH: Final = 256
"""Characters of a key, and of an application's id; longer ones are not recorded."""
MAX_ATTRIBUTES: Final = 64
"""Attributes of a context that are kept; of those beyond, the last in the order of their names are not."""
MAX_VALUE_BYTES: Final = 1024
"""Bytes of an attribute's value as JSON; a larger one is not kept."""

_log = structlog.get_logger(__name__)

_CAPACITY: Final = 50_000
_BATCH: Final = 2_000
_FLUSH_SECONDS: Final = 0.5
_KNOWN_KINDS: Final = 10_000


class _Identity(NamedTuple):
    environment_id: EnvironmentId
    kind: str
    key: str
    application_id: str | None


class ContextRecorder:
    """Gathers contexts and stores them about twice a second.

    It never slows a request: a crash may cost its last second, and what can't be stored in time is dropped
    and counted in `dropped`. Private attributes and anonymous contexts are never kept.
    """

    def __init__(
        self,
        store: ContextStore,
        kinds: ContextKindStore,
        clock: Clock,
        *,
        retention: timedelta,
    ) -> None:
        """Make a recorder.

        Args:
            retention: how long a context is kept that is not evaluated again.
        """
        self._store = store
        self._kinds = kinds
        self._clock = clock
        self._retention = retention
        self._waiting: dict[_Identity, ContextRecord] = {}
        self._new_kinds: dict[tuple[ProjectId, str], ContextKind] = {}
        self._known_kinds: set[tuple[ProjectId, str]] = set()
        self._lock = Lock()
        self.dropped = 0

    def observe(
        self,
        environment: Environment,
        context: Mapping[str, Json],
        at: datetime,
        application_id: str | None = None,
    ) -> None:
        """Take a context that was evaluated; it is stored soon. It may be called from any thread.

        Args:
            context: one context, or several in one of the kind `multi`; what is none is passed over.
            at: when it was evaluated.
            application_id: the application that evaluated it, if it said which it is.
        """
        try:
            contexts = read_contexts(context)
        except InvalidRequestError:
            return  # Whoever evaluates a context that is none says so; there is nothing to keep of it.
        for one in contexts:
            if not one.anonymous and _is_keepable(one.key, application_id):
                record = _record(environment, one, at, application_id)
                with self._lock:
                    self._take(record)
                    self._note_kind(environment, one.kind, at)

    async def run(self) -> None:
        """Store what waits, again and again, until cancelled."""
        while True:
            await asyncio.sleep(_FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Store all that waits. What a store refuses that is unavailable waits on."""
        while self._waiting or self._new_kinds:
            with self._lock:
                batch = [self._waiting.pop(one) for one in list(islice(self._waiting, _BATCH))]
                kinds, self._new_kinds = self._new_kinds, {}
            try:
                await asyncio.to_thread(self._write, batch, list(kinds.values()))
            except MusterError as error:
                with self._lock:
                    self._put_back(batch)
                    self._new_kinds = {**kinds, **self._new_kinds}
                _log.error("contexts not recorded; will be tried again", reason=error.message)
                return
            except Exception:
                # Tried again, it would fail again, and hold up all that come after.
                with self._lock:
                    self.dropped += len(batch)
                    self._known_kinds -= kinds.keys()
                _log.exception("contexts lost", contexts=len(batch))

    async def prune(self) -> int:
        """Delete the contexts that are older than the retention; return how many there were."""
        before = self._clock.now() - self._retention
        return await asyncio.to_thread(self._store.prune_contexts, before)

    def _write(self, batch: list[ContextRecord], kinds: list[ContextKind]) -> None:
        self._kinds.add_kinds(kinds)
        self._store.record_contexts(batch)

    def _take(self, record: ContextRecord) -> None:
        identity = _identity_of(record)
        if identity not in self._waiting and len(self._waiting) >= _CAPACITY:
            self.dropped += 1
            return
        self._waiting[identity] = record

    def _note_kind(self, environment: Environment, kind: str, at: datetime) -> None:
        named = environment.project_id, kind
        if named in self._known_kinds:
            return
        if len(self._known_kinds) >= _KNOWN_KINDS:
            self._known_kinds.clear()
        self._known_kinds.add(named)
        self._new_kinds[named] = seen_kind(*named, at)

    def _put_back(self, batch: Iterable[ContextRecord]) -> None:
        for record in batch:
            if _identity_of(record) not in self._waiting:  # else it has been seen again meanwhile
                self._take(record)


def _identity_of(record: ContextRecord) -> _Identity:
    return _Identity(record.environment_id, record.kind, record.key, record.application_id)


def _is_keepable(key: str, application_id: str | None) -> bool:
    return all(
        len(text) <= MAX_KEY_LENGTH and "\0" not in text for text in (key, application_id or "")
    )


def _record(
    environment: Environment, context: Context, at: datetime, application_id: str | None
) -> ContextRecord:
    attributes = context.public_attributes()
    kept = [name for name in sorted(attributes) if _fits(attributes[name])]
    return ContextRecord(
        environment_id=environment.id,
        kind=context.kind,
        key=context.key,
        attributes={name: attributes[name] for name in kept[:MAX_ATTRIBUTES]},
        last_seen_at=at,
        application_id=application_id or None,
    )


def _fits(value: Json) -> bool:
    try:
        return len(orjson.dumps(value)) <= MAX_VALUE_BYTES
    except orjson.JSONEncodeError:  # it nests deeper than is written
        return False
