"""Making, listing, changing, resetting and deleting Relay Proxy configurations."""

from datetime import timedelta
from typing import Any, cast

import pytest

from muster.access.policy import Policy
from muster.access.roles import BuiltInRole
from muster.audit.log import AuditFilter
from muster.audit.model import Access
from muster.configurations.relay_proxies.model import RelayProxyConfiguration
from muster.configurations.relay_proxies.service import RelayProxyChanges, RelayProxyService
from muster.core.errors import ForbiddenError, InvalidRequestError, NotFoundError
from muster.storage.sql.relay_proxies import SqlRelayProxyStore
from tests.accounts.policies import allow, deny, with_policy
from tests.accounts.stores import Office
from tests.clock import FakeClock

OF_THE_SHOP = allow("proj/shop:env/*", to="*")
POLICY = Policy.parse([OF_THE_SHOP])
EVERYTHING = Policy.parse([allow("*", to="*")])


@pytest.fixture
def service(office: Office) -> RelayProxyService:
    return RelayProxyService(SqlRelayProxyStore(office.engine), office.trail, office.clock)


@pytest.fixture
def relay(service: RelayProxyService) -> RelayProxyConfiguration:
    """A configuration for the environments of the shop."""
    return service.create_configuration(None, "relay", POLICY).configuration


def test_the_key_is_told_once_and_never_noted(
    office: Office, service: RelayProxyService, clock: FakeClock
) -> None:
    made = service.create_configuration(None, "relay", POLICY)
    relay, key = made.configuration, made.key.reveal()
    assert key.startswith("rel-")
    assert relay.ending == key[-4:]
    assert service.get_configuration(None, relay.id) == relay
    assert service.list_configurations(None) == [relay]
    clock.advance(seconds=1)
    reset = service.reset_key(None, relay.id)
    assert reset.key != made.key
    assert reset.configuration.modified_at == clock.now()
    assert service.get_configuration(None, relay.id) == reset.configuration
    noted = office.audit_log.list_entries(AuditFilter(), limit=9)
    assert [(entry.verb, entry.accesses) for entry in noted] == [
        ("reset", (Access("resetRelayAutoConfiguration", relay.resource),)),
        ("created", (Access("createRelayAutoConfiguration", relay.resource),)),
    ]
    told = repr([(entry.before, entry.after) for entry in noted])
    assert key[-4:] in told
    assert key not in told
    assert reset.key.reveal() not in told


def test_each_change_takes_its_action_and_is_in_the_audit_log(
    office: Office, service: RelayProxyService, relay: RelayProxyConfiguration, clock: FakeClock
) -> None:
    clock.advance(seconds=1)
    changes = RelayProxyChanges(name="other", policy=EVERYTHING)
    changed = service.update_configuration(None, relay.id, changes, comment="why")
    assert (changed.name, changed.policy, changed.modified_at) == ("other", EVERYTHING, clock.now())
    clock.advance(seconds=1)
    assert service.update_configuration(None, relay.id, changes) == changed
    service.delete_configuration(None, relay.id)
    with pytest.raises(NotFoundError):
        service.get_configuration(None, relay.id)
    deleted, updated, created = office.audit_log.list_entries(AuditFilter(), limit=9)
    assert [action for action, _ in updated.accesses] == [
        "updateRelayAutoConfigurationName",
        "updateRelayAutoConfigurationPolicy",
    ]
    assert updated.comment == "why"
    assert updated.before == created.after == relay.snapshot()
    assert updated.after == deleted.before == changed.snapshot()
    assert deleted.accesses == (Access("deleteRelayAutoConfiguration", relay.resource),)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": "x" * 257}, "/name"),
        ({"policy": Policy(POLICY.statements * 1001)}, "/policy"),
    ],
)
def test_what_makes_no_configuration(
    service: RelayProxyService,
    relay: RelayProxyConfiguration,
    changes: dict[str, Any],
    pointer: str,
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        service.create_configuration(None, **{"name": "n", "policy": POLICY, **changes})
    assert refused.value.pointer == pointer
    with pytest.raises(InvalidRequestError):
        service.update_configuration(None, relay.id, cast("RelayProxyChanges", changes))
    assert service.list_configurations(None) == [relay]


def test_the_expiry_of_the_old_key_is_in_the_future(
    service: RelayProxyService, relay: RelayProxyConfiguration, clock: FakeClock
) -> None:
    with pytest.raises(InvalidRequestError, match="not in the future"):
        service.reset_key(None, relay.id, old_key_until=clock.now())
    service.reset_key(None, relay.id, old_key_until=clock.now() + timedelta(milliseconds=1))


class TestForAPrincipal:
    def test_who_may_view_or_change_one_sees_it(
        self, service: RelayProxyService, relay: RelayProxyConfiguration
    ) -> None:
        here = f"relay-proxy-config/{relay.id}"
        for caller in (
            with_policy(allow("*", to="view*")),
            with_policy(allow(here, to="updateRelayAutoConfigurationName")),
        ):
            assert service.get_configuration(caller, relay.id) == relay
            assert service.list_configurations(caller) == [relay]
        for caller in (
            with_policy(allow("proj/*", "acct", to="*")),
            with_policy(allow("*", to="*"), deny(here, to="*")),
        ):
            assert service.list_configurations(caller) == []
            for refused in (service.get_configuration, service.delete_configuration):
                with pytest.raises(NotFoundError):
                    refused(caller, relay.id)
            with pytest.raises(NotFoundError):
                service.reset_key(caller, relay.id)
            with pytest.raises(NotFoundError):
                service.update_configuration(caller, relay.id, {"name": "other"})
        assert service.get_configuration(None, relay.id) == relay

    @pytest.mark.parametrize(
        ("changes", "action"),
        [
            ({"name": "other"}, "updateRelayAutoConfigurationName"),
            ({"policy": EVERYTHING}, "updateRelayAutoConfigurationPolicy"),
        ],
    )
    def test_each_change_needs_its_action(
        self,
        service: RelayProxyService,
        relay: RelayProxyConfiguration,
        changes: RelayProxyChanges,
        action: str,
    ) -> None:
        everything = allow("*", to="*")
        denied = deny("*", to=action)
        with pytest.raises(ForbiddenError, match=f"{action} on relay-proxy-config/{relay.id}"):
            service.update_configuration(with_policy(everything, denied), relay.id, changes)
        service.update_configuration(with_policy(everything), relay.id, changes)

    @pytest.mark.parametrize("role", [BuiltInRole.READER, BuiltInRole.WRITER])
    def test_reader_and_writer_see_them_and_change_none(
        self,
        office: Office,
        service: RelayProxyService,
        relay: RelayProxyConfiguration,
        role: BuiltInRole,
    ) -> None:
        caller = office.principal(role)
        assert service.list_configurations(caller) == [relay]
        with pytest.raises(ForbiddenError, match="createRelayAutoConfiguration"):
            service.create_configuration(caller, "mine", POLICY)
        with pytest.raises(ForbiddenError, match="resetRelayAutoConfiguration"):
            service.reset_key(caller, relay.id)
        with pytest.raises(ForbiddenError, match="deleteRelayAutoConfiguration"):
            service.delete_configuration(caller, relay.id)
        service.delete_configuration(office.principal(BuiltInRole.ADMIN), relay.id)

    def test_nobody_gets_a_key_that_gives_more_than_they_have(
        self, service: RelayProxyService, relay: RelayProxyConfiguration
    ) -> None:
        keeper = with_policy(allow("relay-proxy-config/*", to="*"), allow("proj/my:env/*", to="*"))
        own = Policy.parse([allow("proj/my:env/*", to="*")])
        with pytest.raises(ForbiddenError, match="more than it may do itself"):
            service.create_configuration(keeper, "all", EVERYTHING)
        with pytest.raises(ForbiddenError, match="more than it may do itself"):
            service.reset_key(keeper, relay.id)
        mine = service.create_configuration(keeper, "mine", own).configuration
        with pytest.raises(ForbiddenError, match="more than it may do itself"):
            service.update_configuration(keeper, mine.id, {"policy": POLICY})
        service.reset_key(keeper, mine.id)
        service.update_configuration(keeper, relay.id, {"policy": own, "name": "now mine"})
        service.reset_key(keeper, relay.id)
