"""The audit log, on SQLite and PostgreSQL."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from muster.audit.log import AuditFilter
from muster.audit.model import Actor, AuditEntry
from muster.core.ids import MemberId, TokenId
from muster.storage.sql.audit import SqlAuditLog
from tests.clock import START
from tests.storage.sql.things import an_entry


@pytest.fixture
def log(engine: Engine) -> SqlAuditLog:
    return SqlAuditLog(engine)


def fill(log: SqlAuditLog, *entries: AuditEntry) -> None:
    log.append_entries(entries)


def test_an_entry_is_found_as_it_was_written(log: SqlAuditLog) -> None:
    entry = an_entry(comment='for "them"', after=None)
    operator = an_entry(actor=Actor(), before=None)
    fill(log, entry, operator)
    assert log.find_entry(entry.id) == entry
    assert log.find_entry(operator.id) == operator
    assert log.find_entry("nothing") is None


def test_the_resource_keeps_the_tags_that_it_had(log: SqlAuditLog) -> None:
    entry = an_entry()
    fill(log, entry)
    found = log.find_entry(entry.id)
    assert found is not None
    project, environment, segment = found.resource.parts
    assert project.tags == {"eu"}
    assert environment.properties == {"critical"}
    assert segment.tags == {"beta"}


def test_entries_are_listed_newest_first_and_read_on_from_the_last(log: SqlAuditLog) -> None:
    entries = [an_entry(seconds) for seconds in (0, 1, 1, 1, 2)]
    fill(log, *entries)
    newest_first = sorted(entries, key=lambda one: (one.at, one.id), reverse=True)
    read: list[AuditEntry] = []
    while part := log.list_entries(
        AuditFilter(), limit=2, older_than=read[-1].position if read else None
    ):
        read += part
    assert read == newest_first


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, {"a", "b", "c"}),
        ({"before": START + timedelta(seconds=1)}, {"a"}),
        ({"after": START + timedelta(seconds=1)}, {"b", "c"}),
        ({"member_ids": [MemberId("m2")]}, {"c"}),
        ({"token_ids": [TokenId("t1")]}, {"a", "b"}),
        ({"text": "UPDATED"}, {"a", "c"}),
        ({"text": "100%"}, {"b"}),
        ({"text": "_"}, set()),
    ],
)
def test_what_is_listed_can_be_chosen(
    log: SqlAuditLog, wanted: dict[str, Any], names: set[str]
) -> None:
    fill(
        log,
        an_entry(0, name="a"),
        an_entry(1, name="b", verb="created", comment="all 100% of them"),
        an_entry(2, name="c", actor=Actor(MemberId("m2"), TokenId("t2"), "x", "personal")),
    )
    assert {one.name for one in log.list_entries(AuditFilter(**wanted), limit=10)} == names
