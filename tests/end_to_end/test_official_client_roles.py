"""Custom roles, members and tokens that have them, by LaunchDarkly's own Python client: unmodified,
against a real server, on SQLite and on PostgreSQL."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from launchdarkly_api.exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from launchdarkly_api.models.new_member_form import NewMemberForm
from launchdarkly_api.models.patch_operation import PatchOperation
from launchdarkly_api.models.token import Token

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_account import NOWHERE, VIEW_ROLES, Account, new_key, patch
from tests.end_to_end.official_client import DATABASES, running_on_database

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

MINT = {"effect": "allow", "actions": ["*"], "resources": ["service-token/*"]}


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Muster]:
    """A running server, its control store on each kind of database."""
    with running_on_database(request, tmp_path_factory) as started:
        yield started


@pytest.fixture(scope="module")
def admin(server: Muster) -> Account:
    """The account, for an admin."""
    return Account(server, TOKEN)


class TestRoles:
    def test_one_is_made_found_listed_and_deleted(self, admin: Account) -> None:
        made = admin.make_role(
            MINT, VIEW_ROLES, description="why", basePermissions="reader", resourceCategory="any"
        )
        assert [one.to_dict() for one in made.policy] == [MINT, VIEW_ROLES]
        assert (made.description, made.base_permissions) == ("why", "reader")
        assert made.resource_category == "any"
        assert admin.roles.get_custom_role(made.key) == made
        assert admin.roles.get_custom_role(made.id) == made
        assert made in admin.roles.get_custom_roles(limit=1000).items
        admin.make_role()
        page = admin.roles.get_custom_roles(limit=1, offset=1)
        assert page.links is not None
        assert page.links["prev"].href == "/api/v2/roles?limit=1"
        assert page.total_count is not None
        assert page.total_count >= 2
        admin.roles.delete_custom_role(made.key)
        with pytest.raises(NotFoundException):
            admin.roles.get_custom_role(made.key)

    def test_without_more_a_role_gives_what_its_policy_says_and_no_more(
        self, admin: Account
    ) -> None:
        assert admin.make_role().base_permissions == "no_access"

    def test_one_is_changed_by_a_json_patch_with_a_comment(self, admin: Account) -> None:
        made = admin.make_role()
        changed = admin.roles.patch_custom_role(
            made.key,
            patch(
                {"op": "replace", "path": "/name", "value": "renamed"},
                {"op": "replace", "path": "/description", "value": "because"},
                {"op": "add", "path": "/policy/-", "value": MINT},
                {"op": "replace", "path": "/basePermissions", "value": "reader"},
                comment="as agreed",
            ),
        )
        assert (changed.name, changed.description) == ("renamed", "because")
        assert [one.to_dict() for one in changed.policy] == [VIEW_ROLES, MINT]
        assert changed.base_permissions == "reader"
        assert admin.roles.get_custom_role(made.id) == changed
        [entry] = admin.audit.get_audit_log_entries(spec=f"role/{made.key}", limit=1).items
        assert (entry.title_verb, entry.comment) == ("updated the role", "as agreed")
        assert [access.action for access in entry.accesses] == [
            *("updateName", "updateDescription", "updatePolicy", "updateBasePermissions")
        ]

    @pytest.mark.parametrize(
        "body",
        [
            [{"op": "replace", "path": "/name", "value": "new"}],
            {"name": "new", "description": None},
            {"merge": {"name": "new", "description": None}, "comment": "so"},
        ],
        ids=["bare", "merge", "merge with comment"],
    )
    def test_other_ways_to_write_a_patch(self, admin: Account, server: Muster, body: Any) -> None:
        made = admin.make_role()
        answer = server.client.patch(f"/api/v2/roles/{made.key}", json=body)
        assert answer.status_code == 200
        assert answer.json()["name"] == "new"
        assert answer.json()["description"] == ""

    def test_what_is_refused_raises_its_class(self, admin: Account, server: Muster) -> None:
        made = admin.make_role()
        wrongs: list[dict[str, Any]] = [
            {"key": "not a key"},
            {"key": "admin"},
            {"policy": []},
            {"policy": [{"effect": "allow", "actions": ["*"]}]},
            {"basePermissions": "writer"},
            {"resourceCategory": "else"},
        ]
        for wrong in wrongs:
            with pytest.raises(BadRequestException) as refused:
                admin.make_role(**wrong)
            assert refused.value.data is not None
            assert refused.value.data.code == "invalid_request"
        with pytest.raises(ConflictException) as duplicate:
            admin.make_role(key=made.key)
        assert duplicate.value.data is not None
        with pytest.raises(NotFoundException):
            admin.roles.patch_custom_role("nowhere", patch())
        with pytest.raises(NotFoundException):
            admin.roles.delete_custom_role("nowhere")
        with pytest.raises(BadRequestException):
            admin.roles.patch_custom_role(
                made.key, patch({"op": "replace", "path": "/key", "value": "other"})
            )
        with pytest.raises(ConflictException):
            admin.roles.patch_custom_role(
                made.key, patch({"op": "test", "path": "/name", "value": "other"})
            )
        with pytest.raises(UnprocessableEntityException):
            admin.roles.patch_custom_role(made.key, patch({"op": "remove", "path": "/policy/7"}))
        reader = admin.as_token(role="reader")
        assert reader.roles.get_custom_role(made.key) == made
        with pytest.raises(ForbiddenException) as forbidden:
            reader.make_role()
        assert forbidden.value.data is not None
        with pytest.raises(ForbiddenException):
            reader.roles.delete_custom_role(made.key)
        with pytest.raises(ForbiddenException):
            reader.roles.patch_custom_role(
                made.key, patch({"op": "replace", "path": "/name", "value": "x"})
            )
        stranger = Account(server, "api-unknown")
        with pytest.raises(UnauthorizedException):
            stranger.roles.get_custom_roles()

    def test_one_that_someone_has_is_not_deleted(self, admin: Account) -> None:
        made = admin.make_role()
        token = admin.make_token(name="holder", customRoleIds=[made.id])
        member = admin.make_member(customRoles=[made.key])
        with pytest.raises(ConflictException) as refused:
            admin.roles.delete_custom_role(made.key)
        assert f"the member {member.email}, the token 'holder' have it" in str(refused.value.body)
        admin.tokens.delete_token(token.id)
        admin.members.delete_member(member.id)
        admin.roles.delete_custom_role(made.key)


class TestTokens:
    def test_a_token_may_do_just_what_its_role_says(self, admin: Account) -> None:
        role = admin.make_role(MINT, VIEW_ROLES)
        holder = admin.as_token(customRoleIds=[role.key])
        made = holder.make_token(customRoleIds=[role.id])
        assert made.custom_role_ids == [role.id]
        assert (made.role, made.inline_role) == (None, None)
        assert role in holder.roles.get_custom_roles(limit=1000).items
        with pytest.raises(ForbiddenException):
            holder.make_token(role="reader")
        with pytest.raises(ForbiddenException):
            holder.make_role()
        assert holder.members.get_members().items == []

    def test_a_change_of_the_role_is_felt_within_a_second(self, admin: Account) -> None:
        role = admin.make_role(VIEW_ROLES)
        holder = admin.as_token(customRoleIds=[role.id])
        holder.roles.get_custom_role(role.key)
        with pytest.raises(ForbiddenException):
            holder.roles.delete_custom_role(role.key)
        may_delete = {"effect": "allow", "actions": ["deleteRole"], "resources": ["role/gone-*"]}
        gone = admin.make_role(key=new_key("gone"))
        with pytest.raises(ForbiddenException):
            holder.roles.delete_custom_role(gone.key)
        admin.roles.patch_custom_role(
            role.key, patch({"op": "add", "path": "/policy/-", "value": may_delete})
        )
        time.sleep(1.0)
        holder.roles.delete_custom_role(gone.key)
        admin.roles.patch_custom_role(role.key, patch({"op": "remove", "path": "/policy/0"}))
        time.sleep(1.0)
        with pytest.raises(NotFoundException):
            holder.roles.get_custom_role(role.key)

    def test_roles_take_the_place_of_a_role_and_of_a_policy(self, admin: Account) -> None:
        one, other = admin.make_role(), admin.make_role()
        made = admin.make_token(role="reader")

        def patched(op: str, path: str, value: object = None) -> Token:
            return admin.tokens.patch_token(
                made.id, [PatchOperation(op=op, path=path, value=value)]
            )

        changed = patched("replace", "/customRoleIds", [one.key])
        assert (changed.role, changed.custom_role_ids) == (None, [one.id])
        assert patched("add", "/customRoleIds/-", other.id).custom_role_ids == [one.id, other.id]
        changed = patched("add", "/inlineRole", [MINT])
        assert (changed.custom_role_ids, changed.role) == (None, None)
        assert patched("add", "/customRoleIds", [one.id]).inline_role is None
        assert patched("add", "/role", "writer").custom_role_ids is None
        assert admin.tokens.get_token(made.id).role == "writer"
        with pytest.raises(BadRequestException):
            patched("replace", "/customRoleIds", ["nowhere"])
        with pytest.raises(BadRequestException):
            patched("remove", "/role")

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("/name", None),
            ("/name", 7),
            ("/description", []),
            ("/role", "owner"),
            ("/inlineRole", {}),
            ("/customRoleIds", "keeper"),
            ("/customRoleIds", [1]),
            ("/expiry", "soon"),
            ("/expiry", -1),
        ],
    )
    def test_what_can_t_be_is_refused_by_the_name_of_its_field(
        self, admin: Account, path: str, value: object
    ) -> None:
        made = admin.tokens.get_token(admin.make_token(role="reader").id)
        with pytest.raises(BadRequestException) as refused:
            admin.tokens.patch_token(
                made.id, [PatchOperation(op="replace", path=path, value=value)]
            )
        assert refused.value.data is not None
        assert refused.value.data.message.startswith(f"{path}")
        assert admin.tokens.get_token(made.id) == made

    def test_who_may_give_no_role_is_not_told_which_there_are(self, admin: Account) -> None:
        there = admin.make_role().key
        policy = [
            {
                "effect": "allow",
                "actions": ["view*", "deleteAccessToken"],
                "resources": ["member/*", "service-token/*"],
            }
        ]
        blind = admin.as_token(inlineRole=policy)
        token, member = admin.make_token(role="reader"), admin.make_member(role="reader")
        for key in (there, "nowhere"):
            with pytest.raises(ForbiddenException):
                blind.make_token(customRoleIds=[key])
            with pytest.raises(ForbiddenException):
                blind.make_member(customRoles=[key])
            change = [PatchOperation(op="replace", path="/customRoleIds", value=[key])]
            with pytest.raises(ForbiddenException):
                blind.tokens.patch_token(token.id, change)
            change = [PatchOperation(op="replace", path="/customRoles", value=[key])]
            with pytest.raises(ForbiddenException):
                blind.members.patch_member(member.id, change)

    def test_one_of_the_three_is_given(self, admin: Account) -> None:
        role = admin.make_role()
        with pytest.raises(BadRequestException):
            admin.make_token(role="reader", customRoleIds=[role.id])
        with pytest.raises(BadRequestException):
            admin.make_token(inlineRole=[MINT], customRoleIds=[role.id])
        with pytest.raises(BadRequestException):
            admin.make_token(customRoleIds=["nowhere"])


class TestMembers:
    def test_some_are_made_found_and_deleted(self, admin: Account) -> None:
        role = admin.make_role()
        both = [
            NewMemberForm(email="ada@example.com", role="writer", firstName="Ada", lastName="L"),
            NewMemberForm(email="bob@example.com", customRoles=[role.key]),
        ]
        ada, bob = admin.members.post_members(both).items
        assert (ada.role, ada.first_name, ada.last_name, ada.custom_roles) == (
            *("writer", "Ada", "L"),
            [],
        )
        assert (bob.role, bob.custom_roles) == ("no_access", [role.id])
        assert (bob.pending_invite, bob.verified, bob.mfa, bob.last_seen) == (
            *(False, True, "disabled"),
            0,
        )
        assert admin.members.get_member(ada.id) == ada
        assert ada in admin.members.get_members(limit=1000).items
        for wanted, found in (
            ("query:ADA", [ada]),
            (f"role:{role.key}", [bob]),
            (f"role:no_access|writer,id:{ada.id}|{bob.id}", [ada, bob]),
            ("email:bob@example.com|ada@example.com,role:writer", [ada]),
        ):
            assert admin.members.get_members(filter=wanted).items == found, wanted
        page = admin.members.get_members(filter="query:@example.com", limit=1)
        assert str(page.links["next"].href).endswith("&filter=query%3A%40example.com")
        for member in (ada, bob):
            admin.members.delete_member(member.id)
            with pytest.raises(NotFoundException):
                admin.members.get_member(member.id)

    def test_me_is_the_caller_s_own(self, admin: Account) -> None:
        me = admin.members.get_member("me")
        assert (me.email, me.role) == ("admin@localhost", "admin")
        with pytest.raises(NotFoundException):
            admin.as_token(role="reader").members.get_member("me")

    def test_one_is_changed_by_a_patch(self, admin: Account) -> None:
        role, member = admin.make_role(), admin.make_member(role="reader")
        changed = admin.members.patch_member(
            member.id,
            [
                PatchOperation(op="replace", path="/role", value="writer"),
                PatchOperation(op="add", path="/customRoles/0", value=role.id),
                PatchOperation(op="replace", path="/firstName", value="Grace"),
            ],
        )
        assert (changed.role, changed.custom_roles) == ("writer", [role.id])
        assert changed.first_name == "Grace"
        assert admin.members.get_member(member.id) == changed
        none = [PatchOperation(op="replace", path="/role", value="no_access")]
        assert admin.members.patch_member(member.id, none).role == "no_access"

    def test_what_is_refused_raises_its_class(self, admin: Account, server: Muster) -> None:
        member = admin.make_member(role="reader")
        for wrong in (
            {"email": "no address", "role": "reader"},
            {"email": member.email.upper(), "role": "reader"},
            {"customRoles": ["nowhere"]},
            {},
        ):
            with pytest.raises(BadRequestException):
                admin.make_member(**wrong)
        with pytest.raises(BadRequestException):
            admin.members.get_members(filter="size:large")

        def change(account: Account, member_id: str, path: str, value: object) -> None:
            account.members.patch_member(
                member_id, [PatchOperation(op="replace", path=path, value=value)]
            )

        with pytest.raises(BadRequestException):
            change(admin, member.id, "/role", "owner")
        with pytest.raises(BadRequestException):
            change(admin, member.id, "/email", "other@example.com")
        for member_id in (NOWHERE, "nowhere"):
            with pytest.raises(NotFoundException):
                change(admin, member_id, "/role", "reader")
            with pytest.raises(NotFoundException):
                admin.members.delete_member(member_id)
        me = admin.members.get_member("me")
        with pytest.raises(ConflictException):
            admin.members.delete_member(me.id)
        with pytest.raises(ConflictException):
            change(admin, me.id, "/role", "reader")
        writer = admin.as_token(role="writer")
        with pytest.raises(ForbiddenException):
            writer.make_member(role="reader")
        with pytest.raises(ForbiddenException):
            writer.members.delete_member(member.id)
        with pytest.raises(ForbiddenException):
            change(writer, member.id, "/role", "admin")
        with pytest.raises(UnauthorizedException):
            Account(server, "api-unknown").members.get_members()
