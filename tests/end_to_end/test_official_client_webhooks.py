"""Webhooks, by LaunchDarkly's own Python client: unmodified, against a real server, on SQLite and on
PostgreSQL, with a real receiver of what they send."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from launchdarkly_api.api.access_tokens_api import AccessTokensApi
from launchdarkly_api.api.audit_log_api import AuditLogApi
from launchdarkly_api.api.custom_roles_api import CustomRolesApi
from launchdarkly_api.api.projects_api import ProjectsApi
from launchdarkly_api.api.webhooks_api import WebhooksApi
from launchdarkly_api.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from launchdarkly_api.models.access_token_post import AccessTokenPost
from launchdarkly_api.models.patch_operation import PatchOperation
from launchdarkly_api.models.statement_post import StatementPost
from launchdarkly_api.models.webhook import Webhook
from launchdarkly_api.models.webhook_post import WebhookPost

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import DATABASES, client, running_on_database
from tests.webhooks.receiver import Receiver, receiving

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

NOWHERE = "0" * 24
PROJECTS = {"effect": "allow", "actions": ["*"], "resources": ["proj/*"]}
ALLOW_PRIVATE = {"MUSTER_WEBHOOK_PRIVATE_ADDRESSES": "true"}


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Muster]:
    """A running server, its control store on each kind of database."""
    with running_on_database(request, tmp_path_factory, variables=ALLOW_PRIVATE) as started:
        yield started


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks."""
    with receiving() as started:
        yield started


class Account:
    """The APIs, as someone with a token sees them."""

    def __init__(self, server: Muster, token: str) -> None:
        api = client(server, token)
        self._server = server
        self.webhooks = WebhooksApi(api)
        self.projects = ProjectsApi(api)
        self.tokens = AccessTokensApi(api)
        self.roles = CustomRolesApi(api)
        self.audit = AuditLogApi(api)

    def make(self, url: str, **fields: Any) -> Webhook:
        """Make a webhook that is on."""
        wanted = WebhookPost.from_dict({"url": url, "on": True, "sign": True, **fields})
        assert wanted is not None
        return self.webhooks.post_webhook(wanted)

    def patch(self, webhook_id: str, op: str, path: str, value: object = None) -> Webhook:
        """Change one thing of a webhook."""
        return self.webhooks.patch_webhook(
            webhook_id, [PatchOperation(op=op, path=path, value=value)]
        )

    def as_token(self, **fields: Any) -> "Account":
        """Return what someone with a new service token sees."""
        wanted = AccessTokenPost.from_dict({"name": "t", "serviceToken": True, **fields})
        assert wanted is not None
        made = self.tokens.post_token(wanted)
        assert made.token is not None
        return Account(self._server, made.token)


@pytest.fixture
def admin(server: Muster) -> Iterator[Account]:
    """The account, for an admin; its webhooks are gone at the end."""
    account = Account(server, TOKEN)
    yield account
    for one in account.webhooks.get_all_webhooks().items:
        account.webhooks.delete_webhook(one.id)


def test_one_is_made_found_listed_and_deleted(admin: Account) -> None:
    made = admin.make(
        "https://hooks.example.com/1",
        name="Ops",
        secret="frobozz",
        statements=[PROJECTS],
        tags=["b", "a"],
        on=False,
    )
    assert (made.url, made.name, made.on) == ("https://hooks.example.com/1", "Ops", False)
    assert (made.secret, made.tags) == ("frobozz", ["a", "b"])
    assert made.statements is not None
    assert [one.to_dict() for one in made.statements] == [PROJECTS]
    assert made.links["self"].href == f"/api/v2/webhooks/{made.id}"
    assert admin.webhooks.get_webhook(made.id) == made
    other = admin.make("https://hooks.example.com/2", on=False)
    listed = admin.webhooks.get_all_webhooks()
    assert listed.items == [made, other]
    assert listed.links["self"].href == "/api/v2/webhooks"
    admin.webhooks.delete_webhook(made.id)
    assert admin.webhooks.get_all_webhooks().items == [other]
    with pytest.raises(NotFoundException):
        admin.webhooks.get_webhook(made.id)


def test_creating_answers_200(server: Muster, admin: Account) -> None:
    body = {"url": "https://hooks.example.com/", "sign": True, "on": False}
    assert server.client.post("/api/v2/webhooks", json=body).status_code == 200


def test_a_secret_is_made_where_none_is_given(admin: Account) -> None:
    assert len(admin.make("https://hooks.example.com/", on=False).secret or "") == 64
    unsigned = admin.make("https://hooks.example.com/", on=False, sign=False, secret="s")
    assert unsigned.secret is None


def test_each_part_is_changed_by_a_patch(admin: Account) -> None:
    made = admin.make("https://hooks.example.com/1", on=False, secret="one")
    assert admin.patch(made.id, "replace", "/name", "N").name == "N"
    changed = admin.patch(made.id, "replace", "/url", "https://hooks.example.com/2")
    assert changed.url == "https://hooks.example.com/2"
    assert admin.patch(made.id, "replace", "/on", True).on is True
    assert admin.patch(made.id, "add", "/tags/-", "t").tags == ["t"]
    assert admin.patch(made.id, "replace", "/secret", "two").secret == "two"
    assert admin.patch(made.id, "remove", "/secret").secret is None
    changed = admin.patch(made.id, "add", "/statements", [PROJECTS])
    assert changed.statements is not None
    assert changed.statements[0].effect == "allow"
    assert admin.patch(made.id, "remove", "/statements").statements is None
    changed = admin.patch(made.id, "replace", "/secret", "three")
    assert admin.webhooks.get_webhook(made.id) == changed


def test_what_is_refused_raises_its_class(server: Muster, admin: Account) -> None:
    made = admin.make("https://hooks.example.com/", on=False)
    refused_fields: list[dict[str, Any]] = [
        {"url": "ftp://example.com/"},
        {"url": "https://user:secret@example.com/"},
        {"tags": ["a b"]},
        {"name": "a\nb"},
        {"statements": [{"effect": "allow", "resources": ["proj/*"]}]},
    ]
    for wrong in refused_fields:
        with pytest.raises(BadRequestException) as refused:
            admin.make(**{"url": "https://hooks.example.com/", **wrong})
        assert "secret" not in str(refused.value.body)
    for path, value in (("/_id", "x"), ("/url", "x"), ("/on", "yes"), ("/statements", [{}])):
        with pytest.raises(BadRequestException):
            admin.patch(made.id, "replace", path, value)
    with pytest.raises(UnprocessableEntityException):
        admin.patch(made.id, "remove", "/nothing")
    with pytest.raises(ConflictException):
        admin.patch(made.id, "test", "/name", "other")
    for webhook_id in (NOWHERE, "a/b"):
        with pytest.raises(NotFoundException):
            admin.webhooks.get_webhook(webhook_id)
        with pytest.raises(NotFoundException):
            admin.patch(webhook_id, "replace", "/name", "n")
        with pytest.raises(NotFoundException):
            admin.webhooks.delete_webhook(webhook_id)
    with pytest.raises(UnauthorizedException):
        Account(server, "api-unknown").webhooks.get_all_webhooks()
    assert admin.webhooks.get_all_webhooks().items == [made]


def test_who_may_what(admin: Account) -> None:
    made = admin.make("https://hooks.example.com/", on=False, secret="frobozz", tags=["ops"])
    reader, writer = admin.as_token(role="reader"), admin.as_token(role="writer")
    for account in (reader, writer):
        seen = account.webhooks.get_webhook(made.id)
        assert (seen.url, seen.secret) == (made.url, None)
        with pytest.raises(ForbiddenException):
            account.make("https://hooks.example.com/")
        with pytest.raises(ForbiddenException):
            account.patch(made.id, "replace", "/on", True)
        with pytest.raises(ForbiddenException):
            account.patch(made.id, "replace", "/secret", "other")
        with pytest.raises(ForbiddenException):
            account.webhooks.delete_webhook(made.id)
    stranger = admin.as_token(inlineRole=[PROJECTS])
    assert stranger.webhooks.get_all_webhooks().items == []
    with pytest.raises(NotFoundException):
        stranger.webhooks.get_webhook(made.id)
    keeper = admin.as_token(
        inlineRole=[
            {
                "effect": "allow",
                "actions": ["updateSecret", "updateName"],
                "resources": ["webhook/*;ops"],
            }
        ]
    )
    assert keeper.webhooks.get_webhook(made.id).secret == "frobozz"
    assert keeper.patch(made.id, "replace", "/secret", "other").secret == "other"
    with pytest.raises(ForbiddenException):
        keeper.patch(made.id, "replace", "/on", True)


def test_changes_are_in_the_audit_log_without_the_secret(server: Muster, admin: Account) -> None:
    made = admin.make("https://hooks.example.com/", name="Ops", on=False, secret="s3cr3t-one")
    admin.patch(made.id, "replace", "/secret", "s3cr3t-two")
    [updated, created] = admin.audit.get_audit_log_entries(spec=f"webhook/{made.id}").items
    assert (created.title_verb, created.name) == ("created the webhook", "Ops")
    assert [access.action for access in updated.accesses] == ["updateSecret"]
    for entry in (created, updated):
        found = server.client.get(f"/api/v2/auditlog/{entry.id}").text
        assert "s3cr3t" not in found


def test_a_change_arrives_signed_as_the_audit_log_shows_it(
    server: Muster, admin: Account, receiver: Receiver
) -> None:
    made = admin.make(receiver.url, secret="frobozz")
    admin.projects.patch_project(
        "default", [PatchOperation(op="replace", path="/name", value="Renamed")]
    )
    [received] = receiver.wait_for(1)
    assert received.is_signed_with("frobozz")
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"].startswith("Muster/")
    entry = server.client.get(f"/api/v2/auditlog/{received.entry['_id']}").json()
    assert received.entry == entry
    assert entry["titleVerb"] == "updated the project"
    assert entry["currentVersion"]["name"] == "Renamed"
    log = deliveries(server, made, lambda found: found["totalCount"] == 1)
    [delivery] = log["items"]
    assert (delivery["attempt"], delivery["status"], delivery["outcome"]) == (1, 200, "delivered")
    assert delivery["entryId"] == entry["_id"]
    assert delivery["_links"]["entry"]["href"] == f"/api/v2/auditlog/{entry['_id']}"
    assert delivery["durationMs"] > 0
    assert "error" not in delivery


def test_what_failed_is_sent_again_and_only_what_statements_allow(
    server: Muster, admin: Account, receiver: Receiver
) -> None:
    receiver.answers = [500]
    statements = [StatementPost.from_dict(PROJECTS).to_dict()]  # type: ignore[union-attr]
    made = admin.make(receiver.url, statements=statements)
    admin.as_token(role="reader")
    admin.projects.patch_project(
        "default", [PatchOperation(op="add", path="/tags/-", value=f"t{time.time_ns()}")]
    )
    first, second = receiver.wait_for(2)
    assert first.body == second.body
    assert first.entry["kind"] == "project"
    log = deliveries(server, made, lambda found: found["totalCount"] == 2)
    assert [(one["attempt"], one["status"], one["outcome"]) for one in log["items"]] == [
        (2, 200, "delivered"),
        (1, 500, "failed"),
    ]
    assert "500" in log["items"][1]["error"]
    page = server.client.get(f"/api/v2/webhooks/{made.id}/deliveries?limit=1").json()
    assert page["items"] == log["items"][:1]
    assert page["_links"]["next"]["href"].endswith("/deliveries?limit=1&offset=1")
    assert server.client.get(f"/api/v2/webhooks/{NOWHERE}/deliveries").status_code == 404


def deliveries(
    server: Muster, webhook: Webhook, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Return the delivery log of a webhook, once it is as it is to be."""
    deadline = time.monotonic() + 20
    while True:
        answer: httpx.Response = server.client.get(f"/api/v2/webhooks/{webhook.id}/deliveries")
        found: dict[str, Any] = answer.raise_for_status().json()
        if wanted(found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
