"""Transactions that stores share."""

import threading

import pytest
from sqlalchemy import Engine

from muster.core.ids import TokenId
from muster.core.paging import PageRequest
from muster.storage.sql.audit import SqlAuditLog
from muster.storage.sql.tokens import SqlTokenStore
from muster.storage.sql.transactions import SqlTransactions
from tests.storage.sql.things import an_entry, install


class ChangeFailedError(Exception):
    """What a test fails with, half-way."""


def test_what_stores_write_in_a_transaction_is_there_at_its_end(engine: Engine) -> None:
    entry = an_entry()
    log = SqlAuditLog(engine)
    with SqlTransactions(engine).begin():
        log.append_entry(entry)
        assert log.find_entry(entry.id) == entry
        assert _seen_by_others(log, entry.id) is False
    assert _seen_by_others(log, entry.id) is True


def test_nothing_of_it_is_there_when_it_fails(engine: Engine) -> None:
    install(engine)
    log, tokens = SqlAuditLog(engine), SqlTokenStore(engine)
    entry = an_entry()

    def change_and_fail() -> None:
        with SqlTransactions(engine).begin():
            tokens.delete_token(_first_token(tokens))
            log.append_entry(entry)
            raise ChangeFailedError

    before = _first_token(tokens)
    with pytest.raises(ChangeFailedError):
        change_and_fail()
    assert _first_token(tokens) == before
    assert log.find_entry(entry.id) is None


def test_one_within_another_belongs_to_that_one(engine: Engine) -> None:
    log = SqlAuditLog(engine)
    inner, outer = an_entry(), an_entry()
    transactions = SqlTransactions(engine)

    def nest_and_fail() -> None:
        with transactions.begin():
            log.append_entry(outer)
            with transactions.begin():
                log.append_entry(inner)
            raise ChangeFailedError

    with pytest.raises(ChangeFailedError):
        nest_and_fail()
    assert log.find_entry(inner.id) is None


def _first_token(tokens: SqlTokenStore) -> TokenId:
    [token] = tokens.list_tokens(PageRequest()).items
    return token.id


def _seen_by_others(log: SqlAuditLog, entry_id: str) -> bool:
    """Tell whether another thread, which is in no transaction, finds an entry."""
    seen: list[bool] = []
    thread = threading.Thread(target=lambda: seen.append(log.find_entry(entry_id) is not None))
    thread.start()
    thread.join()
    return seen[0]
