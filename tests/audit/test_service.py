"""Who may see which audit entries, and how they are counted."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.resources import project_resource, segment_resource, service_token_resource
from muster.access.roles import BuiltInRole
from muster.audit.log import AuditFilter
from muster.audit.model import Access, AuditEntry
from muster.audit.service import AuditService
from muster.core.errors import InvalidRequestError, NotFoundError
from muster.core.ids import MemberId, TokenId
from muster.storage.sql.audit import SqlAuditLog
from tests.clock import START
from tests.storage.sql.things import an_entry

SHOP = project_resource("shop")
SEGMENT = segment_resource("shop", "live", "vip")
OTHER = segment_resource("other", "live", "vip")
TOKEN = service_token_resource("t")


def a_principal(*statements: dict[str, object]) -> Principal:
    policies = (Policy.parse(list(statements)),) if statements else ()
    return Principal(TokenId("t"), "ci", "service", MemberId("m"), policies)


def about(*resources: str) -> Policy:
    return Policy.parse([{"effect": "allow", "actions": ["*"], "resources": list(resources)}])


@pytest.fixture
def audit(engine: Engine) -> AuditService:
    """An audit log with four entries, a second apart."""
    log = SqlAuditLog(engine)
    for seconds, resource in enumerate((SHOP, SEGMENT, OTHER, TOKEN)):
        entry = an_entry(seconds, accesses=(Access("update", resource),), name=str(resource))
        log.append_entry(entry)
    return AuditService(log)


def seen(
    audit: AuditService, principal: Principal | None, policy: Policy | None = None
) -> set[str]:
    """Return the names of what is listed."""
    return {one.name for one in audit.list_entries(principal, AuditFilter(), limit=9, about=policy)}


def test_the_operator_and_readers_see_all(audit: AuditService) -> None:
    reader = Principal(TokenId("t"), "r", "service", MemberId("m"), (BuiltInRole.READER.policy,))
    everything = {str(one) for one in (SHOP, SEGMENT, OTHER, TOKEN)}
    assert seen(audit, None) == seen(audit, reader) == everything


def test_who_may_view_a_project_sees_what_happened_in_it_alone(audit: AuditService) -> None:
    viewer = a_principal(
        {"effect": "allow", "actions": ["viewProject"], "resources": ["proj/shop"]}
    )
    assert seen(audit, viewer) == {str(SHOP), str(SEGMENT)}


def test_what_is_in_no_project_takes_a_permission_of_its_own(audit: AuditService) -> None:
    auditor = a_principal({"effect": "allow", "actions": ["viewAuditLog"], "resources": ["acct"]})
    assert seen(audit, auditor) == {str(TOKEN)}
    assert seen(audit, a_principal()) == set()


def test_entries_are_chosen_by_what_they_are_about(audit: AuditService) -> None:
    assert seen(audit, None, about("proj/*:env/*:segment/*")) == {str(SEGMENT), str(OTHER)}
    assert seen(audit, None, about("service-token/*")) == {str(TOKEN)}


def test_a_limit_holds_of_what_is_seen(audit: AuditService) -> None:
    [newest] = audit.list_entries(None, AuditFilter(), limit=1)
    assert newest.name == str(TOKEN)
    for limit in (0, 1001):
        with pytest.raises(InvalidRequestError, match="limit"):
            audit.list_entries(None, AuditFilter(), limit=limit)


def test_an_entry_that_may_not_be_seen_is_not_there(audit: AuditService) -> None:
    entry: AuditEntry = audit.list_entries(None, AuditFilter(), limit=1)[0]
    assert audit.get_entry(None, entry.id) == entry
    for principal, entry_id in ((a_principal(), entry.id), (None, "nothing")):
        with pytest.raises(NotFoundError):
            audit.get_entry(principal, entry_id)


def test_entries_are_counted_from_each_moment_to_the_next(audit: AuditService) -> None:
    moments = [START + timedelta(seconds=seconds) for seconds in (0, 1, 3)]
    assert audit.count_entries(None, AuditFilter(), moments) == [1, 2]
