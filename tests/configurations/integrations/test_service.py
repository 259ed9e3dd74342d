"""Making, listing, changing and deleting configurations of integrations."""

from dataclasses import replace
from typing import Any, cast

import pytest

from muster.access.roles import BuiltInRole
from muster.audit.log import AuditFilter
from muster.audit.model import Access
from muster.configurations.integrations.form import IntegrationForm
from muster.configurations.integrations.model import IntegrationConfiguration
from muster.configurations.integrations.service import (
    ConfigurationChanges,
    ConfigurationDraft,
    IntegrationConfigurationService,
)
from muster.core.errors import ConflictError, ForbiddenError, InvalidRequestError, NotFoundError
from muster.core.ids import IntegrationKey
from muster.core.secrets import MASK
from muster.storage.sql.integration_configurations import SqlIntegrationConfigurationStore
from tests.accounts.policies import allow, deny, with_policy
from tests.accounts.stores import Office
from tests.configurations.integrations.forms import API_KEY, REGION, form

VALUES = {"region": "eu", "apiKey": "s3cret"}
DRAFT = ConfigurationDraft("Acme of marketing", VALUES, tags=("eu",))


@pytest.fixture
def catalog() -> dict[str, IntegrationForm]:
    """The integrations that there are, which a test may change."""
    return {
        "acme": form(REGION, API_KEY),
        "zenith": replace(form(), integration_key=IntegrationKey("zenith")),
    }


@pytest.fixture
def service(office: Office, catalog: dict[str, IntegrationForm]) -> IntegrationConfigurationService:
    return IntegrationConfigurationService(
        SqlIntegrationConfigurationStore(office.engine),
        lambda key: catalog.get(key.lower()),
        office.trail,
        office.clock,
    )


@pytest.fixture
def acme(service: IntegrationConfigurationService) -> IntegrationConfiguration:
    """A configuration of Acme."""
    return service.create_configuration(None, "Acme", DRAFT)


def test_configurations_are_found_by_integration_in_whatever_case(
    service: IntegrationConfigurationService, acme: IntegrationConfiguration
) -> None:
    assert (acme.integration_key, acme.is_enabled, acme.tags) == ("acme", True, ("eu",))
    zenith = service.create_configuration(None, "zenith", ConfigurationDraft("Z", {}))
    assert service.get_configuration(None, acme.id) == acme
    assert service.list_configurations(None, "ACME") == [acme]
    assert service.list_configurations(None, "zenith") == [zenith]
    assert {one.id for one in service.list_all_configurations(None)} == {acme.id, zenith.id}
    with pytest.raises(NotFoundError, match="no integration 'nowhere' in the catalog"):
        service.list_configurations(None, "nowhere")
    with pytest.raises(NotFoundError, match="in the catalog"):
        service.create_configuration(None, "nowhere", DRAFT)


def test_each_change_takes_its_action_and_is_in_the_audit_log_without_secrets(
    office: Office, service: IntegrationConfigurationService, acme: IntegrationConfiguration
) -> None:
    changes = ConfigurationChanges(
        name="N", is_enabled=False, tags=("b", "a"), values={"region": "us", "apiKey": "0ther"}
    )
    office.clock.advance(seconds=1)
    changed = service.update_configuration(None, acme.id, changes, comment="why")
    assert (changed.name, changed.is_enabled, changed.tags) == ("N", False, ("a", "b"))
    assert changed.values.open == {"region": "us"}
    assert changed.values.secret["apiKey"].reveal() == "0ther"
    assert service.get_configuration(None, acme.id) == changed
    assert service.update_configuration(None, acme.id, changes) == changed
    office.clock.advance(seconds=1)
    service.delete_configuration(None, acme.id)
    with pytest.raises(NotFoundError):
        service.get_configuration(None, acme.id)
    deleted, updated, created = office.audit_log.list_entries(AuditFilter(), limit=9)
    assert str(acme.resource) == "integration/acme"
    assert created.accesses == (Access("createIntegration", acme.resource),)
    assert updated.accesses == tuple(
        Access(action, acme.resource)
        for action in ("updateName", "updateOn", "updateTags", "updateConfiguration")
    )
    assert updated.comment == "why"
    assert updated.before == created.after == acme.snapshot()
    assert updated.after == deleted.before == changed.snapshot()
    assert deleted.accesses == (Access("deleteIntegration", changed.resource),)
    told = repr((deleted, updated, created))
    assert MASK in told
    assert "s3cret" not in told
    assert "0ther" not in told


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"tags": ("a b",)}, "/tags"),
        ({"values": {**VALUES, "region": "eu-west"}}, "/configValues/region"),
    ],
)
def test_what_makes_no_configuration(
    service: IntegrationConfigurationService,
    acme: IntegrationConfiguration,
    wrong: dict[str, Any],
    pointer: str,
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        service.create_configuration(None, "acme", replace(DRAFT, **wrong))
    assert refused.value.pointer == pointer
    with pytest.raises(InvalidRequestError):
        service.update_configuration(None, acme.id, cast("ConfigurationChanges", wrong))
    assert service.list_all_configurations(None) == [acme]


def test_one_of_an_integration_that_is_gone_is_listed_and_keeps_its_values(
    service: IntegrationConfigurationService,
    acme: IntegrationConfiguration,
    catalog: dict[str, IntegrationForm],
) -> None:
    del catalog["acme"]
    assert service.list_configurations(None, "acme") == [acme]
    with pytest.raises(ConflictError, match="no longer in the catalog"):
        service.update_configuration(None, acme.id, {"values": {"region": "us", "apiKey": MASK}})
    assert not service.update_configuration(None, acme.id, {"is_enabled": False}).is_enabled
    service.delete_configuration(None, acme.id)
    with pytest.raises(NotFoundError):
        service.list_configurations(None, "acme")


class TestForAPrincipal:
    def test_who_may_view_or_change_one_sees_it(
        self, service: IntegrationConfigurationService, acme: IntegrationConfiguration
    ) -> None:
        for caller in (
            with_policy(allow("*", to="view*")),
            with_policy(allow("integration/acme;eu", to="viewIntegration")),
            with_policy(allow("integration/a*", to="updateOn")),
        ):
            assert service.list_configurations(caller, "acme") == [acme]
            assert service.list_all_configurations(caller) == [acme]
            assert service.get_configuration(caller, acme.id) == acme
        for caller in (
            with_policy(allow("proj/*", to="*")),
            with_policy(allow("integration/zenith", "integration/acme;us", to="*")),
            with_policy(allow("*", to="*"), deny("integration/acme", to="*")),
        ):
            assert service.list_configurations(caller, "acme") == []
            assert service.list_all_configurations(caller) == []
            with pytest.raises(NotFoundError):
                service.get_configuration(caller, acme.id)
            with pytest.raises(NotFoundError):
                service.update_configuration(caller, acme.id, {"is_enabled": False})
            with pytest.raises(NotFoundError):
                service.delete_configuration(caller, acme.id)
        assert service.get_configuration(None, acme.id) == acme

    @pytest.mark.parametrize(
        ("changes", "action"),
        [
            ({"name": "other"}, "updateName"),
            ({"is_enabled": False}, "updateOn"),
            ({"tags": ()}, "updateTags"),
            ({"values": {"region": "us", "apiKey": MASK}}, "updateConfiguration"),
        ],
    )
    def test_each_change_needs_its_action(
        self,
        service: IntegrationConfigurationService,
        acme: IntegrationConfiguration,
        changes: ConfigurationChanges,
        action: str,
    ) -> None:
        everything = allow("*", to="*")
        denied = deny("integration/acme;eu", to=action)
        with pytest.raises(ForbiddenError, match=f"{action} on integration/acme"):
            service.update_configuration(with_policy(everything, denied), acme.id, changes)
        service.update_configuration(with_policy(everything), acme.id, changes)

    @pytest.mark.parametrize("role", [BuiltInRole.READER, BuiltInRole.WRITER])
    def test_reader_and_writer_see_them_and_change_none(
        self,
        office: Office,
        service: IntegrationConfigurationService,
        acme: IntegrationConfiguration,
        role: BuiltInRole,
    ) -> None:
        caller = office.principal(role)
        assert service.list_configurations(caller, "acme") == [acme]
        with pytest.raises(ForbiddenError, match="createIntegration on integration/acme"):
            service.create_configuration(caller, "acme", DRAFT)
        with pytest.raises(ForbiddenError, match="deleteIntegration on integration/acme"):
            service.delete_configuration(caller, acme.id)
        service.delete_configuration(office.principal(BuiltInRole.ADMIN), acme.id)
