"""Making, listing, changing and deleting webhooks."""

from typing import Any, cast

import pytest

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.resources import ResourcePart
from muster.access.roles import BuiltInRole
from muster.audit.log import AuditFilter
from muster.audit.model import Access, Actor, AuditEntry
from muster.core.errors import ConflictError, ForbiddenError, InvalidRequestError, NotFoundError
from muster.core.ids import MemberId, TokenId
from muster.core.paging import PageRequest
from muster.core.secrets import Secret
from muster.webhooks.model import Webhook
from muster.webhooks.service import MAX_WEBHOOKS, WebhookChanges
from tests.webhooks.stores import Hooks

URL = "https://hooks.example.com/1"
STATEMENTS = Policy.parse([{"effect": "allow", "actions": ["*"], "resources": ["proj/*:env/*"]}])
EVERYTHING = {"effect": "allow", "actions": ["*"], "resources": ["*"]}


def a_caller(*statements: dict[str, Any]) -> Principal:
    """Return a service token with a policy of its own."""
    policies = (Policy.parse(list(statements)),) if statements else ()
    return Principal(TokenId("t"), "caller", "service", MemberId("m"), policies)


def allow(actions: str, resource: str) -> dict[str, Any]:
    return {"effect": "allow", "actions": [actions], "resources": [resource]}


def with_role(role: BuiltInRole) -> Principal:
    return Principal(TokenId("t"), role, "service", MemberId("m"), (role.policy,))


def written(hooks: Hooks) -> list[AuditEntry]:
    """Return the audit log, the oldest first."""
    return list(reversed(hooks.audit_log.list_entries(AuditFilter(), limit=200)))


def test_a_webhook_is_kept_as_it_was_asked_for(hooks: Hooks) -> None:
    made = hooks.service.create_webhook(
        URL, name=" Ops ", secret=Secret("s"), is_on=False, statements=STATEMENTS, tags=["b", "a"]
    )
    assert (made.url, made.name, made.is_on, made.tags) == (URL, "Ops", False, ("a", "b"))
    assert (made.secret, made.statements) == (Secret("s"), STATEMENTS)
    assert made.created_at == hooks.clock.now()
    assert hooks.service.get_webhook(made.id) == made
    hooks.clock.advance(seconds=1)
    other = hooks.service.create_webhook(URL)
    assert hooks.service.list_webhooks() == [made, other]


def test_a_secret_is_made_where_none_is_given(hooks: Hooks) -> None:
    one, other = (hooks.service.create_webhook(URL) for _ in range(2))
    assert one.secret is not None
    assert len(one.secret.reveal()) == 64
    assert one.secret != other.secret
    unsigned = hooks.service.create_webhook(URL, signed=False, secret=Secret("s"))
    assert unsigned.secret is None


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"url": "ftp://example.com"}, "/url"),
        ({"name": "a\nb"}, "/name"),
        ({"name": "x" * 257}, "/name"),
        ({"secret": Secret("")}, "/secret"),
        ({"secret": Secret("x" * 257)}, "/secret"),
        ({"secret": Secret("a\0b")}, "/secret"),
        ({"statements": Policy(STATEMENTS.statements * 101)}, "/statements"),
        ({"tags": ["a b"]}, "/tags"),
    ],
)
def test_what_makes_no_webhook(hooks: Hooks, fields: dict[str, Any], pointer: str) -> None:
    service = hooks.service
    made = service.create_webhook(URL)
    with pytest.raises(InvalidRequestError) as refused:
        service.create_webhook(**{"url": URL, **fields})
    assert refused.value.pointer == pointer
    with pytest.raises(InvalidRequestError) as refused:
        service.update_webhook(made.id, cast("WebhookChanges", fields))
    assert refused.value.pointer == pointer
    assert service.list_webhooks() == [made]


def test_a_private_address_takes_the_setting(hooks: Hooks) -> None:
    strict = hooks.make_service(private_addresses=False)
    with pytest.raises(InvalidRequestError, match="MUSTER_WEBHOOK_PRIVATE_ADDRESSES"):
        strict.create_webhook("http://127.0.0.1/")
    made = hooks.service.create_webhook("http://127.0.0.1/")
    with pytest.raises(InvalidRequestError, match="MUSTER_WEBHOOK_PRIVATE_ADDRESSES"):
        strict.update_webhook(made.id, {"url": "http://10.0.0.1/"})


def test_there_is_a_most(hooks: Hooks) -> None:
    for _ in range(MAX_WEBHOOKS):
        hooks.service.create_webhook(URL)
    with pytest.raises(ConflictError, match="Delete one first"):
        hooks.service.create_webhook(URL)
    assert len(written(hooks)) == MAX_WEBHOOKS


def test_each_change_is_in_the_audit_log_without_the_secret(hooks: Hooks) -> None:
    made = hooks.service.create_webhook(URL, name="n", secret=Secret("first-secret"))
    changes = WebhookChanges(
        url="https://other.example.com/",
        name="m",
        secret=Secret("second-secret"),
        is_on=False,
        statements=STATEMENTS,
        tags=("t",),
    )
    hooks.clock.advance(seconds=1)
    changed = hooks.service.update_webhook(made.id, changes, comment="as agreed")
    assert (changed.url, changed.name, changed.is_on) == ("https://other.example.com/", "m", False)
    assert (changed.secret, changed.statements) == (Secret("second-secret"), STATEMENTS)
    assert (changed.tags, changed.modified_at) == (("t",), hooks.clock.now())
    assert hooks.service.get_webhook(made.id) == changed
    assert hooks.service.update_webhook(made.id, changes) == changed
    hooks.clock.advance(seconds=1)
    hooks.service.delete_webhook(made.id)
    created, updated, deleted = written(hooks)
    assert created.accesses == (Access("createWebhook", made.resource),)
    assert [action for action, _ in updated.accesses] == [
        *("updateUrl", "updateName", "updateSecret", "updateOn", "updateStatements", "updateTags")
    ]
    assert deleted.accesses == (Access("deleteWebhook", changed.resource),)
    assert (updated.comment, updated.actor) == ("as agreed", Actor())
    assert updated.before == created.after == made.snapshot()
    assert updated.after == deleted.before == changed.snapshot()
    assert "-secret" not in str([created, updated, deleted])
    with pytest.raises(NotFoundError):
        hooks.service.get_webhook(made.id)


def test_a_webhook_gets_what_comes_after_it_was_made(hooks: Hooks) -> None:
    made = hooks.service.create_webhook(URL)
    assert hooks.store.list_due_webhooks(hooks.clock.now()) == []
    hooks.service.update_webhook(made.id, {"name": "n"})
    assert hooks.store.list_due_webhooks(hooks.clock.now()) == [made.id]


class TestForAPrincipal:
    @pytest.fixture
    def webhook(self, hooks: Hooks) -> Webhook:
        return hooks.service.create_webhook(URL, tags=["ops"])

    def test_who_may_view_or_change_it_sees_it(self, hooks: Hooks, webhook: Webhook) -> None:
        for caller in (
            a_caller(allow("view*", "*")),
            a_caller(allow("viewWebhook", "webhook/*")),
            a_caller(allow("updateName", "webhook/*;ops")),
            with_role(BuiltInRole.READER),
        ):
            assert hooks.service.get_webhook(webhook.id, principal=caller) == webhook
            assert hooks.service.list_webhooks(principal=caller) == [webhook]
            deliveries = hooks.service.list_deliveries(webhook.id, PageRequest(), principal=caller)
            assert deliveries.total_count == 0
            assert not hooks.service.may_see_secret(webhook, principal=caller)
        for caller in (
            a_caller(),
            a_caller(allow("*", "proj/*")),
            a_caller(allow("*", "webhook/*;other")),
            a_caller(EVERYTHING, {**allow("*", "webhook/*;ops"), "effect": "deny"}),
        ):
            with pytest.raises(NotFoundError):
                hooks.service.get_webhook(webhook.id, principal=caller)
            with pytest.raises(NotFoundError):
                hooks.service.list_deliveries(webhook.id, PageRequest(), principal=caller)
            with pytest.raises(NotFoundError):
                hooks.service.update_webhook(webhook.id, {"name": "x"}, principal=caller)
            with pytest.raises(NotFoundError):
                hooks.service.delete_webhook(webhook.id, principal=caller)
            assert hooks.service.list_webhooks(principal=caller) == []

    def test_who_may_change_the_secret_sees_it(self, hooks: Hooks, webhook: Webhook) -> None:
        may = a_caller(allow("updateSecret", f"webhook/{webhook.id}"))
        assert hooks.service.may_see_secret(webhook, principal=may)
        assert hooks.service.may_see_secret(webhook)

    @pytest.mark.parametrize(
        ("changes", "action"),
        [
            ({"url": "https://other.example.com/"}, "updateUrl"),
            ({"name": "other"}, "updateName"),
            ({"secret": None}, "updateSecret"),
            ({"secret": Secret("other")}, "updateSecret"),
            ({"is_on": False}, "updateOn"),
            ({"statements": STATEMENTS}, "updateStatements"),
            ({"tags": ("other",)}, "updateTags"),
        ],
    )
    def test_each_change_needs_its_action(
        self, hooks: Hooks, webhook: Webhook, changes: WebhookChanges, action: str
    ) -> None:
        denied = {**EVERYTHING, "actions": [action], "effect": "deny"}
        with pytest.raises(ForbiddenError, match=f"{action} on webhook/{webhook.id}"):
            hooks.service.update_webhook(
                webhook.id, changes, principal=a_caller(EVERYTHING, denied)
            )
        assert hooks.service.get_webhook(webhook.id) == webhook
        hooks.clock.advance(seconds=1)
        only = a_caller(allow(action, "webhook/*"))
        hooks.service.update_webhook(webhook.id, changes, principal=only)
        assert written(hooks)[-1].actor.token_name == "caller"

    def test_reader_and_writer_make_change_and_delete_none(
        self, hooks: Hooks, webhook: Webhook
    ) -> None:
        for role in (BuiltInRole.READER, BuiltInRole.WRITER):
            caller = with_role(role)
            with pytest.raises(ForbiddenError, match="createWebhook on webhook/"):
                hooks.service.create_webhook(URL, principal=caller)
            with pytest.raises(ForbiddenError, match="updateOn on webhook/"):
                hooks.service.update_webhook(webhook.id, {"is_on": False}, principal=caller)
            with pytest.raises(ForbiddenError, match="deleteWebhook on webhook/"):
                hooks.service.delete_webhook(webhook.id, principal=caller)
        admin = with_role(BuiltInRole.ADMIN)
        made = hooks.service.create_webhook(URL, principal=admin)
        hooks.service.delete_webhook(made.id, principal=admin)
        assert hooks.service.list_webhooks() == [webhook]

    def test_its_tags_are_those_that_are_stored(self, hooks: Hooks, webhook: Webhook) -> None:
        assert webhook.resource.parts == (ResourcePart("webhook", webhook.id, frozenset({"ops"})),)
        caller = a_caller(allow("updateTags", "webhook/*;mine"), allow("viewWebhook", "webhook/*"))
        with pytest.raises(ForbiddenError, match="updateTags"):
            hooks.service.update_webhook(webhook.id, {"tags": ("mine",)}, principal=caller)
