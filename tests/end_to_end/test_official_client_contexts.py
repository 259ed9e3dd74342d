"""LaunchDarkly's own Python client on contexts and their kinds: on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from launchdarkly_api.api.audit_log_api import AuditLogApi
from launchdarkly_api.api.context_settings_api import ContextSettingsApi
from launchdarkly_api.api.contexts_api import ContextsApi
from launchdarkly_api.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
)
from launchdarkly_api.models.context_search import ContextSearch
from launchdarkly_api.models.contexts import Contexts
from launchdarkly_api.models.upsert_context_kind_payload import UpsertContextKindPayload
from launchdarkly_api.models.value_put import ValuePut

from muster.contexts.model import ContextRecord
from muster.core.ids import EnvironmentId
from muster.storage.sql.contexts import SqlContextStore
from muster.storage.sql.engine import open_engine
from tests.end_to_end.harness import TOKEN, Muster, running
from tests.end_to_end.official_client import DATABASES, client
from tests.end_to_end.rest import push
from tests.postgres import PostgresServer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

PLACE = ("default", "production")
SEEN_AT = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
EVERYTHING = ContextSearch()


@dataclass
class Recorded:
    """A server, and what was recorded in its control store."""

    server: Muster
    devices: list[str]


@pytest.fixture(scope="module", params=DATABASES)
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Recorded]:
    """A running server with a cohort of devices and with users that were evaluated.

    The users are written by another process's hand into the store that the server reads, as another node
    of the same installation would.
    """
    data: Path = tmp_path_factory.mktemp("muster") / "data"
    if request.param == "sqlite":
        with running(data) as server:
            yield _fill(server, f"sqlite:///{data.absolute() / 'muster.db'}")
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    with (
        postgres.database(migrated=False) as url,
        running(data, "--database-url", url) as server,
    ):
        yield _fill(server, url)


@pytest.fixture(scope="module")
def server(recorded: Recorded) -> Muster:
    """The server."""
    return recorded.server


@pytest.fixture(scope="module")
def contexts(server: Muster) -> ContextsApi:
    """The API of contexts, for an admin."""
    return ContextsApi(client(server, TOKEN))


def _fill(server: Muster, url: str) -> Recorded:
    place = server.environment_id()
    devices = [f"d{number:03}" for number in range(120)]
    push(server, place, "odd", *devices[1::2])
    push(server, place, "all", *devices)
    engine = open_engine(url)
    store = SqlContextStore(engine)

    def user(key: str, application_id: str | None = None, **attributes: Any) -> ContextRecord:
        return ContextRecord(EnvironmentId(place), "user", key, attributes, SEEN_AT, application_id)

    store.record_contexts(
        [
            user("ada", name="Ada Lovelace", email="ada@x.example", address={"city": "London"}),
            user("bob/é", name="Bob", address={"city": "Cairo"}, groups=["eu", "beta"]),
            user("cleo", "web", age=36),
            user("cleo", "ios", age=37),
        ]
    )
    engine.dispose()
    return Recorded(server, devices)


def shown(page: Contexts) -> list[dict[str, Any]]:
    """Return a page's contexts; the client has no type of its own for them."""
    contexts: list[Any] = [one.context for one in page.items]
    return contexts


def keys(page: Contexts) -> list[str]:
    """Return the keys of a page's contexts."""
    return [one["key"] for one in shown(page)]


def search(contexts: ContextsApi, filter_text: str, **options: Any) -> list[str]:
    """Return the keys of the contexts that a filter finds."""
    return keys(contexts.search_contexts(*PLACE, ContextSearch(filter=filter_text), **options))


class TestSearch:
    def test_every_context_is_found_once_in_order(
        self, contexts: ContextsApi, recorded: Recorded
    ) -> None:
        found: list[tuple[str, str]] = []
        token = None
        while True:
            wanted = ContextSearch(limit=7, continuationToken=token)
            page = contexts.search_contexts(*PLACE, wanted, include_total_count=True)
            assert page.total_count == len(recorded.devices) + 3
            found += [(one["kind"], one["key"]) for one in shown(page)]
            token = page.continuation_token
            if token is None:
                break
        users = ["ada", "bob/é", "cleo"]
        assert found == [("device", key) for key in recorded.devices] + [
            ("user", key) for key in users
        ]

    def test_the_next_link_leads_on(self, contexts: ContextsApi, server: Muster) -> None:
        page = contexts.search_contexts(*PLACE, EVERYTHING, limit=50, filter="kind equals device")
        assert len(page.items) == 50
        assert page.links is not None
        assert page.total_count is None
        href = page.links["next"].href
        assert href is not None
        query = parse_qs(urlsplit(href).query)
        assert query["filter"] == ["kind equals device"]
        assert query["continuationToken"] == [page.continuation_token]
        following = server.client.post(href).raise_for_status().json()
        assert [one["context"]["key"] for one in following["items"]] == [
            f"d{number:03}" for number in range(50, 100)
        ]

    def test_what_a_context_shows(self, contexts: ContextsApi, server: Muster) -> None:
        page = contexts.search_contexts(*PLACE, ContextSearch(filter="key equals ada"))
        assert page.environment_id == server.environment_id()
        (ada,) = page.items
        assert ada.context == {
            "kind": "user",
            "key": "ada",
            "name": "Ada Lovelace",
            "email": "ada@x.example",
            "address": {"city": "London"},
        }
        assert (ada.last_seen, ada.associated_contexts) == (SEEN_AT, 1)
        assert (ada.application_id, ada.access) == (None, None)
        assert ada.links is not None
        own = ada.links["self"].href
        assert own is not None
        assert (
            server.client.get(own).raise_for_status().json()["items"][0]["context"] == ada.context
        )
        (member,) = contexts.search_contexts(*PLACE, ContextSearch(filter="key equals d007")).items
        assert (member.context, member.last_seen) == ({"kind": "device", "key": "d007"}, None)

    @pytest.mark.parametrize(
        ("filter_text", "found"),
        [
            ('kind equals "user"', ["ada", "bob/é", "cleo"]),
            ("user.address/city equals London", ["ada"]),
            ('*.groups contains ["eu"], name startsWith "Bo"', ["bob/é"]),
            ("q equals LOVE | user.age before 1", ["ada"]),
            ("*.age equals 36 | *.age equals 37", ["cleo"]),
            ('kindKey equals {"kind": "device", "key": "d100"}', ["d100"]),
            ('id anyOf ["device:d003", "user:bob/é", "user:d003"]', ["d003", "bob/é"]),
            ("key startsWith d11", [f"d11{number}" for number in range(10)]),
            ('(key equals d001 | key equals d002), kind anyOf ["device"]', ["d001", "d002"]),
            ("kind equals robot", []),
        ],
    )
    def test_filters(self, contexts: ContextsApi, filter_text: str, found: list[str]) -> None:
        assert search(contexts, filter_text) == found
        assert keys(contexts.search_contexts(*PLACE, EVERYTHING, filter=filter_text)) == found

    def test_what_is_refused(self, contexts: ContextsApi, server: Muster) -> None:
        for wanted in (
            ContextSearch(filter="kind"),
            ContextSearch(filter="colour equals red"),
            ContextSearch(sort="-ts"),
            ContextSearch(limit=51),
            ContextSearch(limit=0),
            ContextSearch(continuationToken="bm9uZQ"),
        ):
            with pytest.raises(BadRequestException):
                contexts.search_contexts(*PLACE, wanted)
        with pytest.raises(BadRequestException, match="body has limit, and the query has filter"):
            contexts.search_contexts(*PLACE, ContextSearch(limit=2), filter="key equals ada")
        with pytest.raises(NotFoundException):
            contexts.search_contexts("default", "nowhere", EVERYTHING)
        with pytest.raises(UnauthorizedException):
            ContextsApi(client(server, "api-none")).search_contexts(*PLACE, EVERYTHING)
        answer = server.client.post(
            "/api/v2/projects/default/environments/production/contexts/search", json={"limit": "2"}
        )
        assert answer.status_code == 400


class TestOneContext:
    def test_each_application_is_shown(self, contexts: ContextsApi) -> None:
        page = contexts.get_contexts(*PLACE, "user", "cleo", include_total_count=True)
        assert [one.application_id for one in page.items] == ["ios", "web"]
        assert [one["age"] for one in shown(page)] == [37, 36]
        assert page.total_count == 2
        first = contexts.get_contexts(*PLACE, "user", "cleo", limit=1)
        rest = contexts.get_contexts(
            *PLACE, "user", "cleo", limit=1, continuation_token=first.continuation_token
        )
        assert [one.application_id for one in [*first.items, *rest.items]] == ["ios", "web"]
        assert rest.continuation_token is None
        web = contexts.get_contexts(*PLACE, "user", "cleo", filter='applicationId equals "web"')
        assert [one.application_id for one in web.items] == ["web"]

    def test_whatever_its_key(self, contexts: ContextsApi) -> None:
        assert keys(contexts.get_contexts(*PLACE, "user", "bob/é")) == ["bob/é"]
        assert keys(contexts.get_contexts(*PLACE, "device", "d000")) == ["d000"]

    def test_one_that_nobody_knows(self, contexts: ContextsApi) -> None:
        assert contexts.get_contexts(*PLACE, "user", "d000").items == []

    def test_what_is_refused(self, contexts: ContextsApi) -> None:
        queries: list[dict[str, Any]] = [
            {"sort": "ts"},
            {"filter": "kind equals user"},
            {"continuation_token": "x"},
        ]
        for query in queries:
            with pytest.raises(BadRequestException):
                contexts.get_contexts(*PLACE, "user", "ada", **query)


class TestAttributes:
    def test_names(self, contexts: ContextsApi) -> None:
        (users,) = contexts.get_context_attribute_names(*PLACE, filter="kind equals user").items
        assert users.kind == "user"
        assert [(one.name, one.weight) for one in users.names] == [
            *(("/address/city", 2), ("/age", 2), ("/name", 2), ("/email", 1), ("/groups", 1)),
        ]
        (some,) = contexts.get_context_attribute_names(
            *PLACE, filter='name startsWith "a"', limit=1
        ).items
        assert [one.name for one in some.names] == ["/address/city"]

    def test_values(self, contexts: ContextsApi) -> None:
        for name in ("/address/city", "address"):
            (users,) = contexts.get_context_attribute_values(
                *PLACE, name, filter='kind equals "user"'
            ).items
            assert users.kind == "user"
            values = [one.name for one in users.values]
            assert values == (
                ["Cairo", "London"]
                if name != "address"
                else [{"city": "Cairo"}, {"city": "London"}]
            )
        with pytest.raises(BadRequestException, match="which kind"):
            contexts.get_context_attribute_values(*PLACE, "email")


class TestKinds:
    def test_those_that_are_there(self, contexts: ContextsApi) -> None:
        kinds = {one.key: one for one in contexts.get_context_kinds_by_project_key("default").items}
        assert kinds["user"].created_from == "default"
        assert kinds["user"].last_seen == SEEN_AT.timestamp() * 1000
        assert (kinds["device"].created_from, kinds["device"].last_seen) == ("auto-add", None)

    def test_one_is_made_and_changed(self, contexts: ContextsApi, server: Muster) -> None:
        made = contexts.put_context_kind(
            "default", "org.1", UpsertContextKindPayload(name="Org", description="Customers")
        )
        assert made.status == "success"

        def org() -> Any:
            kinds = contexts.get_context_kinds_by_project_key("default").items
            return next(one for one in kinds if one.key == "org.1")

        assert (org().name, org().version, org().archived) == ("Org", 1, False)
        change = UpsertContextKindPayload(name="Organization", hideInTargeting=True, version=1)
        contexts.put_context_kind("default", "org.1", change)
        assert (org().description, org().version) == ("Customers", 2)
        assert (org().archived, org().hide_in_targeting) == (True, True)
        with pytest.raises(ConflictException):
            contexts.put_context_kind("default", "org.1", change)
        log = AuditLogApi(client(server, TOKEN))
        entries = log.get_audit_log_entries(spec="proj/default:context-kind/org.1").items
        assert [[one.action for one in entry.accesses] for entry in entries] == [
            ["updateContextKind"],
            ["createContextKind"],
        ]

    def test_what_is_refused(self, contexts: ContextsApi, server: Muster) -> None:
        token = {"name": "t", "serviceToken": True, "role": "reader"}
        made = server.client.post("/api/v2/tokens", json=token).raise_for_status().json()
        reader = ContextsApi(client(server, made["token"]))
        org = UpsertContextKindPayload(name="Org")
        assert reader.get_context_kinds_by_project_key("default").items
        with pytest.raises(ForbiddenException):
            reader.put_context_kind("default", "refused", org)
        both = UpsertContextKindPayload(name="Org", archived=True, hideInTargeting=False)
        for key, wanted in (("multi", org), ("a/b", org), ("org", both)):
            with pytest.raises(BadRequestException):
                contexts.put_context_kind("default", key, wanted)
        with pytest.raises(NotFoundException):
            contexts.put_context_kind("nothing", "org", org)


class TestFlags:
    def test_what_is_only_tried_out_is_not_recorded(self, contexts: ContextsApi) -> None:
        context = {"kind": "multi", "user": {"key": "eve"}, "org": {"key": "acme"}}
        found = contexts.evaluate_context_instance(
            *PLACE, context, limit=-1, filter='query equals "dark", tags contains ["beta"]'
        )
        assert (found.items, found.total_count) == ([], 0)
        assert search(contexts, "key equals eve") == []

    def test_what_is_refused(self, contexts: ContextsApi, server: Muster) -> None:
        for context in ({"key": "eve"}, {"kind": "user"}, {"kind": "multi"}):
            with pytest.raises(BadRequestException):
                contexts.evaluate_context_instance(*PLACE, context)
        with pytest.raises(NotFoundException):
            contexts.evaluate_context_instance("default", "nowhere", {"kind": "user", "key": "x"})
        settings = ContextSettingsApi(client(server, TOKEN))
        with pytest.raises(NotFoundException, match="no flag 'dark-mode'"):
            settings.put_context_flag_setting(
                *PLACE, "user", "ada", "dark-mode", ValuePut(setting=True)
            )
