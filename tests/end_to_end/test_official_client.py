"""LaunchDarkly's own Python client, unmodified, against a real server: on SQLite and on PostgreSQL."""

import time
from collections.abc import Iterator

import pytest
from launchdarkly_api.api.access_tokens_api import AccessTokensApi
from launchdarkly_api.api.audit_log_api import AuditLogApi
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
from launchdarkly_api.models.token import Token

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_client import DATABASES, client, running_on_database

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Muster]:
    """A running server, its control store on each kind of database."""
    with running_on_database(request, tmp_path_factory) as started:
        yield started


@pytest.fixture(scope="module")
def tokens(server: Muster) -> AccessTokensApi:
    """The API of access tokens, for an admin."""
    return AccessTokensApi(client(server, TOKEN))


def may(token: Token, server: Muster) -> bool:
    """Tell whether requests with a token that was just made are known."""
    assert token.token is not None
    try:
        AccessTokensApi(client(server, token.token)).get_tokens()
    except UnauthorizedException:
        return False
    return True


def make(tokens: AccessTokensApi, **fields: object) -> Token:
    """Make a token."""
    wanted = AccessTokenPost.from_dict({"name": "t", **fields})
    assert wanted is not None
    return tokens.post_token(wanted)


class TestTokens:
    def test_one_is_made_found_listed_and_deleted(
        self, tokens: AccessTokensApi, server: Muster
    ) -> None:
        made = make(tokens, role="reader", serviceToken=True, description="for CI")
        assert made.token is not None
        assert made.token.startswith("api-")
        assert may(made, server)
        found = tokens.get_token(made.id)
        assert found.token == made.token[-4:]
        assert (found.role, found.service_token, found.description) == ("reader", True, "for CI")
        assert made.id in [one.id for one in tokens.get_tokens(limit=1000).items or ()]
        tokens.delete_token(made.id)
        with pytest.raises(NotFoundException):
            tokens.get_token(made.id)
        time.sleep(1.1)
        assert not may(made, server)

    def test_an_inline_role_is_kept_as_it_was_sent(self, tokens: AccessTokensApi) -> None:
        statement = StatementPost(
            effect="allow", actions=["updateIncluded"], resources=["proj/*:env/*:segment/*"]
        )
        made = make(tokens, inlineRole=[statement.to_dict()])
        assert made.inline_role is not None
        assert made.inline_role[0].resources == ["proj/*:env/*:segment/*"]
        assert made.role is None

    def test_one_is_changed_by_a_patch(self, tokens: AccessTokensApi) -> None:
        made = make(tokens, role="reader")
        changed = tokens.patch_token(
            made.id,
            [
                PatchOperation(op="replace", path="/name", value="renamed"),
                PatchOperation(op="replace", path="/description", value="why"),
                PatchOperation(op="replace", path="/role", value="writer"),
            ],
        )
        assert (changed.name, changed.description, changed.role) == ("renamed", "why", "writer")
        assert changed.last_modified >= made.last_modified
        assert tokens.get_token(made.id) == changed

    def test_a_policy_takes_the_place_of_a_role(self, tokens: AccessTokensApi) -> None:
        made = make(tokens, role="reader")
        policy = [{"effect": "allow", "actions": ["*"], "resources": ["proj/*"]}]
        changed = tokens.patch_token(
            made.id, [PatchOperation(op="add", path="/inlineRole", value=policy)]
        )
        assert changed.role is None
        assert changed.inline_role is not None
        assert changed.inline_role[0].actions == ["*"]

    def test_a_reset_leaves_the_old_secret_until_then(
        self, tokens: AccessTokensApi, server: Muster
    ) -> None:
        made = make(tokens, role="reader")
        expiry = int(time.time() * 1000) + 3_600_000
        reset = tokens.reset_token(made.id, expiry=expiry)
        assert reset.id == made.id
        assert reset.token != made.token
        assert may(reset, server)
        assert may(made, server)
        again = tokens.reset_token(made.id)
        time.sleep(1.1)
        assert may(again, server)
        assert not may(reset, server)
        assert not may(made, server)

    def test_what_is_refused_raises_its_class(
        self, tokens: AccessTokensApi, server: Muster
    ) -> None:
        made = make(tokens, role="reader", serviceToken=True)
        with pytest.raises(BadRequestException) as refused:
            make(tokens, role="reader", inlineRole=[{"effect": "allow"}])
        assert refused.value.data is not None
        assert refused.value.data.code == "invalid_request"
        with pytest.raises(BadRequestException):
            make(tokens)
        with pytest.raises(ConflictException):
            tokens.patch_token(made.id, [PatchOperation(op="test", path="/name", value="other")])
        with pytest.raises(UnprocessableEntityException):
            tokens.patch_token(made.id, [PatchOperation(op="remove", path="/inlineRole")])
        with pytest.raises(BadRequestException):
            tokens.patch_token(made.id, [PatchOperation(op="replace", path="/_id", value="x")])
        with pytest.raises(NotFoundException):
            tokens.get_token("0" * 24)
        assert made.token is not None
        reader = AccessTokensApi(client(server, made.token))
        with pytest.raises(ForbiddenException):
            make(reader, role="admin", serviceToken=True)
        with pytest.raises(UnauthorizedException):
            AccessTokensApi(client(server, "api-unknown")).get_tokens()


class TestAuditLog:
    def test_entries_are_listed_found_searched_and_counted(
        self, tokens: AccessTokensApi, server: Muster
    ) -> None:
        audit = AuditLogApi(client(server, TOKEN))
        made = make(tokens, role="reader", name="audited", serviceToken=True)
        tokens.delete_token(made.id)
        deleted, created = audit.get_audit_log_entries(q="audited", limit=2).items
        assert (deleted.title_verb, created.title_verb) == (
            "deleted the token",
            "created the token",
        )
        assert created.accesses[0].resource == f"service-token/{made.id}"
        entry = audit.get_audit_log_entry(created.id)
        assert entry.current_version is not None
        assert entry.current_version["name"] == "audited"
        assert entry.previous_version is None
        statement = StatementPost(
            effect="allow", actions=["deleteAccessToken"], resources=["service-token/*"]
        )
        found = audit.post_audit_log_entries(statement_post=[statement]).items
        assert deleted.id in [one.id for one in found]
        assert created.id not in [one.id for one in found]
        soon = int(time.time() * 1000) + 1_000
        counted = audit.post_audit_log_entry_counts(
            after=soon - 60_000, before=soon, buckets=6, statement_post=[statement]
        )
        assert (counted.bucket_interval_ms, len(counted.buckets)) == (10_000, 6)
        assert counted.total_count == len(found) == sum(one.count for one in counted.buckets)
        with pytest.raises(NotFoundException):
            audit.get_audit_log_entry("0" * 24)
