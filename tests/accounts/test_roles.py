"""Making, listing, changing and deleting custom roles."""

from typing import Any

import pytest

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.resources import project_resource, segment_resource
from muster.access.roles import BasePermissions, BuiltInRole
from muster.accounts.authentication import Authenticator
from muster.accounts.members import NewMember
from muster.accounts.model import CustomRole, TokenKind
from muster.accounts.roles import RoleChanges
from muster.audit.log import AuditFilter
from muster.audit.model import Access, Actor
from muster.core.errors import ConflictError, ForbiddenError, InvalidRequestError, NotFoundError
from muster.core.ids import MemberId, TokenId
from muster.core.paging import PageRequest
from tests.accounts.stores import Office
from tests.clock import FakeClock

VIP = segment_resource("default", "test", "vip")
KEEP = Policy.parse(
    [{"effect": "allow", "actions": ["update*"], "resources": ["proj/*:env/test:segment/*"]}]
)
MORE = Policy.parse([{"effect": "allow", "actions": ["*"], "resources": ["*"]}])


def a_caller(*statements: dict[str, Any]) -> Principal:
    """Return a service token with a policy of its own."""
    policy = Policy.parse(list(statements))
    return Principal(TokenId("t"), "caller", "service", MemberId("m"), (policy,))


def allow(actions: str, resource: str) -> dict[str, Any]:
    return {"effect": "allow", "actions": [actions], "resources": [resource]}


@pytest.fixture
def keeper(office: Office) -> CustomRole:
    """A role that lets segments of the environment test be changed."""
    return office.roles.create_role("keeper", "Keeper", KEEP)


def test_a_role_is_found_by_its_key_and_by_its_id(office: Office, keeper: CustomRole) -> None:
    assert office.roles.get_role("keeper") == office.roles.get_role(keeper.id) == keeper
    assert keeper.base_permissions is BasePermissions.NO_ACCESS
    other = office.roles.create_role("a", "A", KEEP, base_permissions=BasePermissions.READER)
    assert office.roles.list_roles(PageRequest()).items == [other, keeper]
    with pytest.raises(NotFoundError, match="no custom role 'Keeper'"):
        office.roles.get_role("Keeper")
    with pytest.raises(ConflictError, match="'keeper' already"):
        office.roles.create_role("keeper", "Another", KEEP)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"key": ""}, "/key"),
        ({"key": "-a"}, "/key"),
        ({"key": "a b"}, "/key"),
        ({"key": "x" * 257}, "/key"),
        ({"key": "admin"}, "/key"),
        ({"key": "no_access"}, "/key"),
        ({"key": "0123456789abcdef01234567"}, "/key"),
        ({"name": " "}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"description": "x" * 2049}, "/description"),
        ({"description": "half \ud800 of it"}, "/description"),
        ({"policy": Policy(KEEP.statements * 1001)}, "/policy"),
        ({"resource_category": "else"}, "/resourceCategory"),
    ],
)
def test_what_makes_no_role(office: Office, changes: dict[str, Any], pointer: str) -> None:
    fields: dict[str, Any] = {"key": "k", "name": "n", "policy": KEEP}
    with pytest.raises(InvalidRequestError) as refused:
        office.roles.create_role(**(fields | changes))
    assert refused.value.pointer == pointer
    assert office.roles.list_roles(PageRequest()).total_count == 0


def test_each_change_takes_its_action_and_is_in_the_audit_log(
    office: Office, keeper: CustomRole, clock: FakeClock
) -> None:
    clock.advance(seconds=1)
    changes = RoleChanges(
        name="N", description="why", policy=MORE, base_permissions=BasePermissions.READER
    )
    changed = office.roles.update_role("keeper", changes, comment="as agreed")
    assert (changed.name, changed.policy, changed.modified_at) == ("N", MORE, clock.now())
    assert office.roles.get_role(keeper.id) == changed
    assert office.roles.update_role("keeper", changes) == changed
    clock.advance(seconds=1)
    office.roles.delete_role("keeper")
    deleted, updated, created = office.audit_log.list_entries(AuditFilter(), limit=9)
    assert [action for action, _ in updated.accesses] == [
        *("updateName", "updateDescription", "updatePolicy", "updateBasePermissions")
    ]
    assert updated.before == created.after == keeper.snapshot()
    assert updated.after == deleted.before == changed.snapshot()
    assert (updated.comment, updated.actor) == ("as agreed", Actor())
    assert deleted.accesses == (Access("deleteRole", keeper.resource),)


def test_a_role_that_someone_has_stays_and_they_are_named(
    office: Office, keeper: CustomRole
) -> None:
    token = office.tokens.create_token("ci", TokenKind.SERVICE, custom_roles=["keeper"]).token
    [ada] = office.members.create_members([NewMember("ada@example.com", None, ["keeper"])])
    with pytest.raises(ConflictError, match=r"the member ada@example\.com, the token 'ci' have it"):
        office.roles.delete_role("keeper")
    office.members.delete_member(ada.id)
    with pytest.raises(ConflictError, match="the token 'ci' has it"):
        office.roles.delete_role("keeper")
    office.tokens.update_token(token.id, {"custom_roles": (), "role": BuiltInRole.READER})
    office.roles.delete_role(keeper.id)
    assert office.roles.list_roles(PageRequest()).items == []


async def test_a_change_is_felt_within_a_second(office: Office, keeper: CustomRole) -> None:
    authenticator = Authenticator(office.token_store, office.member_store, office.clock)
    secret = office.tokens.create_token("ci", TokenKind.SERVICE, custom_roles=["keeper"]).secret
    principal = await authenticator.authenticate(secret.reveal())
    assert principal.allows("updateIncluded", VIP)
    assert not principal.allows("viewProject", project_resource("default"))
    office.roles.update_role(
        "keeper",
        {"policy": Policy.parse([allow("createSegment", "proj/*:env/*:segment/*")])},
    )
    office.roles.update_role("keeper", {"base_permissions": BasePermissions.READER})
    office.clock.advance(seconds=1)
    principal = await authenticator.authenticate(secret.reveal())
    assert not principal.allows("updateIncluded", VIP)
    assert principal.allows("createSegment", VIP)
    assert principal.allows("viewProject", project_resource("default"))


class TestForAPrincipal:
    def test_who_may_view_or_change_a_role_sees_it(
        self, office: Office, keeper: CustomRole
    ) -> None:
        for caller in (a_caller(allow("view*", "*")), a_caller(allow("updateName", "role/k*"))):
            assert office.roles.get_role("keeper", principal=caller) == keeper
            assert office.roles.list_roles(PageRequest(), principal=caller).items == [keeper]
        for caller in (
            a_caller(allow("*", "proj/*")),
            a_caller(allow("*", "*"), {**allow("*", "role/keeper"), "effect": "deny"}),
        ):
            with pytest.raises(NotFoundError):
                office.roles.get_role("keeper", principal=caller)
            with pytest.raises(NotFoundError):
                office.roles.delete_role("keeper", principal=caller)
            assert office.roles.list_roles(PageRequest(), principal=caller).total_count == 0

    @pytest.mark.usefixtures("keeper")
    @pytest.mark.parametrize(
        ("changes", "action"),
        [
            ({"name": "other"}, "updateName"),
            ({"description": "other"}, "updateDescription"),
            ({"base_permissions": BasePermissions.READER}, "updateBasePermissions"),
            ({"policy": Policy((KEEP.statements[0], KEEP.statements[0]))}, "updatePolicy"),
        ],
    )
    def test_each_change_needs_its_action(
        self, office: Office, changes: RoleChanges, action: str
    ) -> None:
        everything = allow("*", "*")
        denied = {**everything, "actions": [action], "effect": "deny"}
        with pytest.raises(ForbiddenError, match=f"{action} on role/keeper"):
            office.roles.update_role("keeper", changes, principal=a_caller(everything, denied))
        office.roles.update_role("keeper", changes, principal=a_caller(everything))

    @pytest.mark.usefixtures("keeper")
    def test_reader_and_writer_make_and_delete_none(self, office: Office) -> None:
        for role in (BuiltInRole.READER, BuiltInRole.WRITER):
            caller = office.principal(role)
            with pytest.raises(ForbiddenError, match="createRole on role/new"):
                office.roles.create_role("new", "New", KEEP, principal=caller)
            with pytest.raises(ForbiddenError, match="deleteRole on role/keeper"):
                office.roles.delete_role("keeper", principal=caller)
        office.roles.delete_role("keeper", principal=office.principal(BuiltInRole.ADMIN))

    def test_nobody_raises_themselves_by_changing_their_role(self, office: Office) -> None:
        own = [allow("*", "role/*"), allow("createAccessToken", "service-token/*")]
        office.roles.create_role("keepers", "Keepers", Policy.parse(own))
        caller = a_caller(*own)
        with pytest.raises(ForbiddenError, match="may not let a role do more than itself"):
            office.roles.update_role("keepers", {"policy": MORE}, principal=caller)
        with pytest.raises(ForbiddenError, match="more than itself"):
            office.roles.update_role(
                "keepers", {"base_permissions": BasePermissions.READER}, principal=caller
            )
        less = Policy.parse(own[:1])
        office.roles.update_role("keepers", {"policy": less}, principal=caller)
        office.roles.create_role("all", "All", MORE, principal=caller)
        with pytest.raises(ForbiddenError, match="could do more"):
            office.tokens.create_token(
                "n", TokenKind.SERVICE, custom_roles=["all"], principal=caller
            )
        made = office.tokens.create_token(
            "n", TokenKind.SERVICE, custom_roles=["keepers"], principal=caller
        )
        with pytest.raises(ForbiddenError, match="updateAccessTokenPolicy"):
            office.tokens.update_token(
                made.token.id, {"custom_roles": ["all"]}, principal=a_caller(allow("delete*", "*"))
            )
