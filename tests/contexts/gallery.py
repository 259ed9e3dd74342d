"""An installation whose contexts are read and recorded: real stores, and the services over them."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from muster.accounts.installation import ensure_installation
from muster.accounts.model import Environment
from muster.accounts.project_environments import EnvironmentService
from muster.accounts.projects import ProjectService
from muster.audit.trail import AuditTrail
from muster.contexts.kinds import ContextKindService
from muster.contexts.model import ContextRecord
from muster.contexts.recorder import ContextRecorder
from muster.contexts.service import ContextPage, ContextQuery, ContextService
from muster.core.ids import RequestId, new_id
from muster.core.pointers import Json
from muster.segments.model import MemberChanges, MemberList, MembershipCommit, Segment
from muster.storage.rocksdb.store import RocksMembershipStore
from muster.storage.sql.accounts import SqlAccountStore
from muster.storage.sql.audit import SqlAuditLog
from muster.storage.sql.context_kinds import SqlContextKindStore
from muster.storage.sql.contexts import SqlContextStore
from muster.storage.sql.segments import SqlSegmentStore
from muster.storage.sql.transactions import SqlTransactions
from tests.clock import START, FakeClock
from tests.storage.sql.things import a_segment

Found = list[tuple[str, str]]


class Gallery:
    """The services, and what a test puts before them."""

    def __init__(self, engine: Engine, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.engine = engine
        self.accounts = SqlAccountStore(engine)
        created = ensure_installation(self.accounts, clock, None)
        assert created is not None
        self.project = created.project
        self.environment, self.other_environment = created.environments
        self.audit_log = SqlAuditLog(engine)
        trail = AuditTrail(self.audit_log, SqlTransactions(engine), clock)
        self.projects = ProjectService(self.accounts, trail, clock)
        self.environments = EnvironmentService(self.accounts, self.projects, trail, clock)
        self.memberships = RocksMembershipStore.open(folder / "memberships")
        self.segments = SqlSegmentStore(engine)
        self.store = SqlContextStore(engine)
        self.kind_store = SqlContextKindStore(engine)
        self.service = ContextService(self.environments, self.store, self.store, self.memberships)
        self.kinds = ContextKindService(
            self.kind_store, self.store, self.projects, self.environments, trail, clock
        )
        self.recorder = ContextRecorder(
            self.store, self.kind_store, clock, retention=timedelta(days=30)
        )

    def record(
        self,
        context: dict[str, Json],
        *,
        at: datetime = START,
        application_id: str | None = None,
        environment: Environment | None = None,
    ) -> None:
        """Record a context that was evaluated."""
        self.recorder.observe(environment or self.environment, context, at, application_id)
        asyncio.run(self.recorder.flush())

    def add_segment(
        self,
        kind: str,
        members: Iterable[str],
        *,
        excluded: Iterable[str] = (),
        environment: Environment | None = None,
    ) -> Segment:
        """Make a segment with these members."""
        place = (environment or self.environment).id
        segment = a_segment(place, new_id(), context_kind=kind)
        self.segments.save_segments([segment])
        changes = [
            MemberChanges(segment.id, list(keys), [], member_list)
            for member_list, keys in (
                (MemberList.INCLUDED, members),
                (MemberList.EXCLUDED, excluded),
            )
        ]
        commit = MembershipCommit(place, RequestId(new_id()), START, changes)
        asyncio.run(self.memberships.commit(commit))
        return segment

    def search(self, filter_text: str | None = None, **options: object) -> ContextPage:
        """Return one page of a search in the environment."""
        query = ContextQuery(filter_text, **options)  # type: ignore[arg-type]
        return self.service.search(None, self.project.key, self.environment.key, query)

    def search_all(self, filter_text: str | None = None, limit: int = 50) -> list[ContextRecord]:
        """Return all that a search finds, page by page."""
        found: list[ContextRecord] = []
        token: str | None = None
        while True:
            page = self.search(filter_text, limit=limit, continuation_token=token)
            assert len(page.items) <= limit
            found += page.items
            token = page.continuation_token
            if token is None:
                return found

    def found(self, filter_text: str | None = None, limit: int = 50) -> Found:
        """Return kind and key of all that a search finds."""
        return [(record.kind, record.key) for record in self.search_all(filter_text, limit)]

    def close(self) -> None:
        """Close the stores that this opened."""
        self.memberships.close()
