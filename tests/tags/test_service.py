"""Listing the tags that are in use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.access.principal import Principal
from muster.accounts.drafts import EnvironmentDraft
from muster.accounts.projects import ProjectDraft
from muster.configurations.big_segment_stores.service import (
    BigSegmentStoreService,
    StoreAddress,
    StoreDraft,
)
from muster.configurations.integrations.service import (
    ConfigurationDraft,
    IntegrationConfigurationService,
)
from muster.core.errors import InvalidRequestError
from muster.core.paging import PageRequest
from muster.flags.edits import FlagDraft
from muster.flags.service import FlagService
from muster.storage.sql.big_segment_stores import SqlBigSegmentStoreStore
from muster.storage.sql.flags import SqlFlagStore
from muster.storage.sql.integration_configurations import SqlIntegrationConfigurationStore
from muster.storage.sql.segments import SqlSegmentStore
from muster.storage.sql.tags import SqlFlagTagStore, SqlSegmentTagStore
from muster.tags.service import TagService, TagSources
from tests.accounts.policies import allow, deny, with_policy
from tests.accounts.stores import Office
from tests.clock import FakeClock
from tests.configurations.integrations.forms import form
from tests.storage.sql.things import a_segment


@pytest.fixture
def office(tmp_path: Path, clock: FakeClock) -> Iterator[Office]:
    """An installation with two projects, and tags on everything that can have some."""
    office = Office(tmp_path, clock)
    for project in ("shop", "hidden"):
        place = EnvironmentDraft("live", "Live", "000000", tags=[f"{project}-live", "both"])
        draft = ProjectDraft(key=project, name="P", tags=[project, "both"], environments=[place])
        _, [environment] = office.projects.create_project(None, draft)
        segment = a_segment(environment.id, "vip", tags=(f"{project}-vip", "both"))
        SqlSegmentStore(office.engine).save_segments([segment])
    yield office
    office.engine.dispose()


@pytest.fixture
def service(office: Office) -> TagService:
    stores = BigSegmentStoreService(
        SqlBigSegmentStoreStore(office.engine), office.projects, office.environments, office.trail
    )
    integrations = IntegrationConfigurationService(
        SqlIntegrationConfigurationStore(office.engine),
        lambda _: form(),
        office.trail,
        office.clock,
    )
    flags = FlagService(
        SqlFlagStore(office.engine),
        office.projects,
        office.environments,
        office.trail,
        office.clock,
    )
    for project in ("shop", "hidden"):
        here = StoreAddress(project, "live", "redis")
        stores.create_store(None, here, StoreDraft({"host": "h"}, tags=[f"{project}-redis"]))
        flags.create_flag(None, project, FlagDraft("new", "New", tags=["both", f"{project}-flag"]))
    integrations.create_configuration(None, "acme", ConfigurationDraft("A", {}, tags=["acme"]))
    return TagService(
        TagSources(
            office.projects,
            office.environments,
            SqlFlagTagStore(office.engine),
            SqlSegmentTagStore(office.engine),
            stores,
            integrations,
        )
    )


def tags(
    service: TagService, principal: Principal | None, *kinds: str, prefix: str = ""
) -> list[str]:
    return list(service.list_tags(principal, PageRequest(), kinds=kinds, prefix=prefix).items)


def test_tags_of_each_kind_come_once_in_order(service: TagService) -> None:
    assert tags(service, None, "project") == ["both", "hidden", "shop"]
    assert tags(service, None, "environment") == ["both", "hidden-live", "shop-live"]
    assert tags(service, None, "segment") == ["both", "hidden-vip", "shop-vip"]
    assert tags(service, None, "integration") == ["acme", "hidden-redis", "shop-redis"]
    assert tags(service, None, "flag") == ["both", "hidden-flag", "shop-flag"]
    assert tags(service, None, "metric") == []
    everything = tags(service, None)
    assert everything == sorted({*everything})
    assert len(everything) == 3 + 2 + 2 + 3 + 2
    assert tags(service, None, "project", "segment", "project") == [
        *("both", "hidden", "hidden-vip", "shop", "shop-vip")
    ]


def test_a_prefix_and_a_page_are_asked_for(service: TagService) -> None:
    assert tags(service, None, prefix="shop") == [
        *("shop", "shop-flag", "shop-live", "shop-redis", "shop-vip")
    ]
    assert tags(service, None, prefix="Shop") == []
    page = service.list_tags(None, PageRequest(2, 1), prefix="shop")
    assert (page.items, page.total_count) == (["shop-flag", "shop-live"], 5)


def test_an_unknown_kind_is_refused(service: TagService) -> None:
    with pytest.raises(InvalidRequestError, match=r"'webhook' has no tags. .* flag, integration"):
        service.list_tags(None, PageRequest(), kinds=["segment", "webhook"])


def test_a_principal_gets_the_tags_of_what_it_may_see(service: TagService) -> None:
    viewer = with_policy(allow("*", to="view*"), deny("proj/hidden"))
    assert tags(service, viewer) == [
        *("acme", "both", "shop", "shop-flag", "shop-live", "shop-redis", "shop-vip")
    ]
    of_projects = with_policy(allow("proj/shop"))
    assert tags(service, of_projects) == [*("both", "shop", "shop-flag", "shop-live", "shop-vip")]
    assert tags(service, with_policy(allow("integration/acme", to="updateOn"))) == ["acme"]
    assert tags(service, with_policy(allow("proj/*:env/*:segment/*", to="*"))) == []
