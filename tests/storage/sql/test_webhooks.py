"""Webhooks, their queue and their delivery log, on SQLite and PostgreSQL."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from muster.access.policy import Policy
from muster.audit.model import AuditEntry
from muster.core.ids import DeliveryId
from muster.core.paging import PageRequest
from muster.storage.sql.audit import SqlAuditLog
from muster.storage.sql.engine import open_engine
from muster.storage.sql.transactions import SqlTransactions
from muster.storage.sql.webhooks import SqlWebhookStore
from muster.webhooks.model import Claim, Delivery, Outcome, Webhook
from tests.clock import START
from tests.postgres import PostgresServer
from tests.storage.sql.things import a_delivery, a_webhook, an_entry

LEASE = timedelta(seconds=30)


@pytest.fixture
def store(engine: Engine) -> SqlWebhookStore:
    return SqlWebhookStore(engine)


@pytest.fixture
def log(engine: Engine) -> SqlAuditLog:
    return SqlAuditLog(engine)


@pytest.fixture
def webhook(store: SqlWebhookStore) -> Webhook:
    """A webhook that is on."""
    made = a_webhook()
    store.create_webhook(made)
    return made


def write(log: SqlAuditLog, seconds: float = 0) -> AuditEntry:
    entry = an_entry(seconds)
    log.append_entry(entry)
    return entry


def claim(
    store: SqlWebhookStore, webhook: Webhook, at: datetime = START, limit: int = 10
) -> list[Claim]:
    return list(store.claim(webhook.id, now=at, until=at + LEASE, limit=limit))


def entries_of(claims: list[Claim]) -> list[str]:
    return [one.entry_id for one in claims]


def test_entries_of_one_transaction_wait_for_each_webhook(
    store: SqlWebhookStore, log: SqlAuditLog, webhook: Webhook
) -> None:
    other, off = a_webhook(), a_webhook(is_on=False)
    for one in (other, off):
        store.create_webhook(one)
    log.append_entries([])
    entries = [an_entry(seconds) for seconds in (0, 1, 2)]
    log.append_entries(entries)
    later = START + timedelta(seconds=2)
    for one in (webhook, other):
        assert entries_of(claim(store, one, later)) == [entry.id for entry in entries]
    assert claim(store, off, later) == []


def test_a_webhook_is_found_as_it_was_stored(store: SqlWebhookStore, webhook: Webhook) -> None:
    statements = [{"effect": "deny", "notActions": ["update*"], "resources": ["proj/*"]}]
    other = a_webhook(
        secret=None,
        name="",
        is_on=False,
        statements=Policy.parse(statements),
        tags=(),
        created_at=START + LEASE,
    )
    store.create_webhook(other)
    assert store.find_webhook(webhook.id) == webhook
    assert store.find_webhook(other.id) == other
    assert store.list_webhooks() == [webhook, other]
    assert store.find_webhook("nothing") is None
    changed = replace(other, id=webhook.id, created_at=START, modified_at=START + LEASE)
    assert store.update_webhook(changed)
    assert store.find_webhook(webhook.id) == changed
    assert store.delete_webhook(other.id)
    assert not store.delete_webhook(other.id)
    assert not store.update_webhook(other)


def test_an_entry_is_queued_for_each_webhook_that_is_on(
    store: SqlWebhookStore, log: SqlAuditLog, webhook: Webhook
) -> None:
    off, second, late = a_webhook(is_on=False), a_webhook(), a_webhook()
    store.create_webhook(off)
    store.create_webhook(second)
    entry = write(log)
    store.create_webhook(late)
    assert set(store.list_due_webhooks(START)) == {webhook.id, second.id}
    assert store.list_due_webhooks(START - LEASE) == []
    assert claim(store, webhook) == [Claim(webhook.id, entry.id, 0)]
    assert store.list_due_webhooks(START) == [second.id]
    for other in (off, late):
        assert claim(store, other) == []


def test_a_change_that_fails_is_not_queued(
    store: SqlWebhookStore, log: SqlAuditLog, webhook: Webhook, engine: Engine
) -> None:
    def change_and_fail() -> None:
        with SqlTransactions(engine).begin():
            write(log)
            raise LookupError

    with pytest.raises(LookupError):
        change_and_fail()
    assert store.list_due_webhooks(START) == []


def test_what_is_claimed_is_nobody_else_s_until_its_lease_ends(
    store: SqlWebhookStore, log: SqlAuditLog, webhook: Webhook
) -> None:
    oldest, *others = [write(log, -seconds) for seconds in (3, 2, 1)]
    assert entries_of(claim(store, webhook, limit=1)) == [oldest.id]
    assert entries_of(claim(store, webhook)) == [one.id for one in others]
    assert claim(store, webhook, START + LEASE - timedelta(microseconds=1)) == []
    again = claim(store, webhook, START + LEASE)
    assert entries_of(again) == [oldest.id, *(one.id for one in others)]
    store.release(again[0], START)
    assert claim(store, webhook) == again[:1]
    store.drop(again[0])
    assert claim(store, webhook, START + 2 * LEASE) == again[1:]


def test_of_many_that_claim_at_once_one_gets_an_entry(
    store: SqlWebhookStore, log: SqlAuditLog, webhook: Webhook
) -> None:
    written = [write(log, -seconds) for seconds in range(40)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: claim(store, webhook, limit=3), range(20)))
    claimed = [one for part in found for one in entries_of(part)]
    rest = entries_of(claim(store, webhook, limit=100))
    assert sorted([*claimed, *rest]) == sorted(one.id for one in written)


def test_an_attempt_is_logged_and_due_again_or_done(
    store: SqlWebhookStore, log: SqlAuditLog, webhook: Webhook
) -> None:
    write(log)
    [first] = claim(store, webhook)
    failed = a_delivery(first, 1, status=None, error="Why.", outcome=Outcome.FAILED)
    store.settle(failed, START + timedelta(minutes=1))
    store.release(first, START)
    assert claim(store, webhook, START + timedelta(seconds=59)) == []
    [second] = claim(store, webhook, START + timedelta(minutes=1))
    assert second == replace(first, attempts=1)
    delivered = a_delivery(second, 61)
    store.settle(delivered, None)
    assert claim(store, webhook, START + timedelta(days=1)) == []
    page = store.list_deliveries(webhook.id, PageRequest())
    assert (page.items, page.total_count) == ([delivered, failed], 2)
    page = store.list_deliveries(webhook.id, PageRequest(1, 1))
    assert (page.items, page.total_count) == ([failed], 2)


def test_what_a_webhook_had_goes_with_it(
    store: SqlWebhookStore, log: SqlAuditLog, webhook: Webhook
) -> None:
    other = a_webhook()
    store.create_webhook(other)
    for seconds in (-1, 0):
        write(log, seconds)
    for one in (webhook, other):
        [first] = claim(store, one, limit=1)
        store.settle(a_delivery(first), None)
    store.delete_webhook(webhook.id)
    assert claim(store, webhook) == []
    assert store.list_deliveries(webhook.id, PageRequest()).total_count == 0
    assert len(claim(store, other)) == 1
    assert store.list_deliveries(other.id, PageRequest()).total_count == 1


def test_the_log_is_pruned_by_age_and_by_number(store: SqlWebhookStore, webhook: Webhook) -> None:
    other = a_webhook()

    def attempt(of: Webhook, seconds: float, number: int) -> Delivery:
        entry = an_entry(seconds)
        made = a_delivery(Claim(of.id, entry.id, 0), seconds, id=DeliveryId(f"{number:024x}"))
        store.settle(made, None)
        return made

    # Several of one moment: the id says which is older.
    rows = [attempt(webhook, min(number, 6), number) for number in range(10)]
    few = attempt(other, 1, 99)
    assert store.prune_deliveries(before=START + timedelta(seconds=1), keep=3) == 7
    assert store.list_deliveries(webhook.id, PageRequest()).items == rows[:-4:-1]
    assert store.list_deliveries(other.id, PageRequest()).items == [few]
    assert store.prune_deliveries(before=START + timedelta(seconds=1), keep=3) == 0
    assert store.prune_deliveries(before=START + timedelta(minutes=1), keep=3) == 4


class TestWhileTransactionsOverlap:
    """SQLite has one writer, so that this is of PostgreSQL alone."""

    @pytest.fixture
    def engine(self, postgres: PostgresServer) -> Iterator[Engine]:
        with postgres.database() as url:
            opened = open_engine(url)
            yield opened
            opened.dispose()

    def test_entries_whose_transactions_overlap_are_all_queued(
        self, store: SqlWebhookStore, log: SqlAuditLog, webhook: Webhook, engine: Engine
    ) -> None:
        """One that is older, and is committed after a newer one was delivered, is still due."""
        written, commit = threading.Event(), threading.Event()

        def write_slowly() -> AuditEntry:
            with SqlTransactions(engine).begin():
                entry = write(log, 0)
                written.set()
                assert commit.wait(10)
            return entry

        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(write_slowly)
            assert written.wait(10)
            newer = write(log, 1)
            now = START + timedelta(seconds=1)
            [first] = claim(store, webhook, now)
            store.settle(a_delivery(first, 1), None)
            commit.set()
            older = slow.result(10)
        assert first.entry_id == newer.id
        assert entries_of(claim(store, webhook, now)) == [older.id]

    def test_a_change_goes_on_while_a_webhook_is_deleted(
        self, store: SqlWebhookStore, log: SqlAuditLog, webhook: Webhook, engine: Engine
    ) -> None:
        with ThreadPoolExecutor(1) as pool, SqlTransactions(engine).begin():
            entry = write(log)
            assert pool.submit(store.delete_webhook, webhook.id).result(10)
        assert log.find_entry(entry.id) == entry
        assert entries_of(claim(store, webhook)) == [entry.id]
