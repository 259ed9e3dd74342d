"""The tags in use, by LaunchDarkly's own Python client: unmodified, against a real server, on SQLite and
on PostgreSQL."""

from collections.abc import Iterator

import pytest
from launchdarkly_api.api.access_tokens_api import AccessTokensApi
from launchdarkly_api.api.persistent_store_integrations_beta_api import (
    PersistentStoreIntegrationsBetaApi,
)
from launchdarkly_api.api.projects_api import ProjectsApi
from launchdarkly_api.api.tags_api import TagsApi
from launchdarkly_api.exceptions import BadRequestException, UnauthorizedException
from launchdarkly_api.models.access_token_post import AccessTokenPost
from launchdarkly_api.models.environment_post import EnvironmentPost
from launchdarkly_api.models.integration_delivery_configuration_post import (
    IntegrationDeliveryConfigurationPost,
)
from launchdarkly_api.models.project_post import ProjectPost

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import DATABASES, client, running_on_database

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Muster]:
    """A running server on each kind of database, in which some things have tags."""
    with running_on_database(request, tmp_path_factory) as started:
        api = client(started, TOKEN)
        live = EnvironmentPost(key="live", name="Live", color="000000", tags=["eu", "live"])
        shop = ProjectPost(key="shop", name="Shop", tags=["shop", "eu"], environments=[live])
        ProjectsApi(api).post_project(shop)
        redis = IntegrationDeliveryConfigurationPost(config={"host": "h"}, tags=["redis"])
        PersistentStoreIntegrationsBetaApi(api).create_big_segment_store_integration(
            "shop", "live", "redis", redis
        )
        yield started


@pytest.fixture(scope="module")
def tags(server: Muster) -> TagsApi:
    """The API of tags, for an admin."""
    return TagsApi(client(server, TOKEN))


def test_tags_are_listed_by_kind_and_prefix(tags: TagsApi) -> None:
    found = tags.get_tags()
    assert (found.items, found.total_count) == (["eu", "live", "redis", "shop"], 4)
    assert tags.get_tags(kind=["project"]).items == ["eu", "shop"]
    assert tags.get_tags(kind=["environment", "integration"]).items == ["eu", "live", "redis"]
    assert tags.get_tags(kind=["segment", "metric", "view"]).items == []
    assert tags.get_tags(pre="re", archived=True).items == ["redis"]


def test_pages_keep_what_was_asked(tags: TagsApi) -> None:
    page = tags.get_tags(kind=["project", "environment"], limit=1, offset=1)
    assert (page.items, page.total_count) == (["live"], 3)
    asked = "kind=project&kind=environment"
    assert page.links["prev"].href == f"/api/v2/tags?limit=1&{asked}"
    assert page.links["next"].href == f"/api/v2/tags?limit=1&offset=2&{asked}"


def test_what_is_refused_raises_its_class(server: Muster, tags: TagsApi) -> None:
    with pytest.raises(BadRequestException) as refused:
        tags.get_tags(kind=["webhook"])
    assert "project, segment" in str(refused.value.body)
    with pytest.raises(BadRequestException) as refused:
        tags.get_tags(as_of="2020-01-01")
    assert "now" in str(refused.value.body)
    with pytest.raises(BadRequestException):
        tags.get_tags(limit=1001)
    with pytest.raises(UnauthorizedException):
        TagsApi(client(server, "api-unknown")).get_tags()


def test_somebody_gets_the_tags_of_what_they_see(server: Muster) -> None:
    view = {"effect": "allow", "actions": ["viewProject"], "resources": ["proj/*"]}
    wanted = AccessTokenPost.from_dict({"name": "t", "serviceToken": True, "inlineRole": [view]})
    assert wanted is not None
    secret = AccessTokensApi(client(server, TOKEN)).post_token(wanted).token
    assert secret is not None
    assert TagsApi(client(server, secret)).get_tags().items == ["eu", "live", "shop"]
