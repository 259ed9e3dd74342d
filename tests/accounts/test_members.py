"""Making, listing, changing and deleting members."""

from datetime import timedelta
from typing import Any

import pytest

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.resources import segment_resource
from muster.access.roles import BuiltInRole
from muster.accounts.authentication import find_principal
from muster.accounts.members import ME, MemberChanges, MemberFilter, NewMember
from muster.accounts.model import Member, TokenKind
from muster.audit.log import AuditFilter
from muster.core.errors import ConflictError, ForbiddenError, InvalidRequestError, NotFoundError
from muster.core.ids import MemberId, TokenId
from muster.core.paging import PageRequest
from muster.core.sorting import parse_sort
from tests.accounts.stores import Office

READER, WRITER, ADMIN = BuiltInRole.READER, BuiltInRole.WRITER, BuiltInRole.ADMIN
VIP = segment_resource("default", "test", "vip")
KEEP = Policy.parse(
    [{"effect": "allow", "actions": ["*"], "resources": ["proj/*:env/test:segment/*"]}]
)


def a_caller(*policies: Policy, member: Member | None = None) -> Principal:
    """Return a token with some policies: a personal one of a member, or a service token."""
    kind = TokenKind.SERVICE if member is None else TokenKind.PERSONAL
    member_id = MemberId("m") if member is None else member.id
    limits = None if member is None else member.policies
    return Principal(TokenId("t"), "caller", kind.value, member_id, policies, limits)


def managing(resource: str = "member/*", actions: str = "*") -> Policy:
    return Policy.parse([{"effect": "allow", "actions": [actions], "resources": [resource]}])


@pytest.fixture
def ada(office: Office) -> Member:
    """A reader who has the custom role keeper, too."""
    office.roles.create_role("keeper", "Keeper", KEEP)
    office.clock.advance(seconds=1)
    wanted = NewMember(" Ada@example.com ", READER, ["keeper"], "Ada", "Lovelace")
    [member] = office.members.create_members([wanted])
    return member


def test_a_member_is_found_as_it_was_made(office: Office, ada: Member) -> None:
    assert office.members.get_member(ada.id) == ada
    assert office.members.get_member("ADA@example.com") == ada
    assert (ada.email, ada.role, ada.first_name) == ("Ada@example.com", READER, "Ada")
    assert [role.key for role in ada.custom_roles] == ["keeper"]
    assert ada.last_seen_at is None
    [entry] = office.audit_log.list_entries(AuditFilter(text="member"), limit=1)
    assert (entry.verb, entry.after) == ("created", ada.snapshot())


def test_a_member_may_do_what_one_of_its_roles_allows_and_its_tokens_no_more(
    office: Office, ada: Member
) -> None:
    def may(action: str, **abilities: Any) -> bool:
        caller = a_caller(*ada.policies, member=ada)
        token = office.tokens.create_token(
            "n", TokenKind.PERSONAL, principal=caller, **abilities
        ).token
        principal = find_principal(token, office.member_store)
        assert principal is not None
        return principal.allows(action, VIP)

    assert may("updateIncluded", custom_roles=["keeper"])
    assert not may("updateIncluded", role=READER)
    office.members.update_member(ada.id, {"custom_roles": []})
    assert not may("updateIncluded", custom_roles=["keeper"])


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        (NewMember("", READER), "/1/email"),
        (NewMember("a@b@c", READER), "/1/email"),
        (NewMember("a b@example.com", READER), "/1/email"),
        (NewMember(f"{'x' * 250}@example.com", READER), "/1/email"),
        (NewMember("a@example.com", READER, first_name="a\nb"), "/1/firstName"),
        (NewMember("a@example.com", READER, last_name="x" * 257), "/1/lastName"),
        (NewMember("a@example.com", None, ["nowhere"]), "/1/customRoles"),
        (NewMember("a@example.com", None, ["k"] * 101), "/1/customRoles"),
        (NewMember("ADMIN@localhost", READER), "/1/email"),
        (NewMember("Fine@example.com", READER), "/1/email"),
    ],
)
def test_all_are_made_or_none(office: Office, wanted: NewMember, pointer: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        office.members.create_members([NewMember("fine@example.com", READER), wanted])
    assert refused.value.pointer == pointer
    assert office.members.list_members(PageRequest()).total_count == 1
    assert not office.audit_log.list_entries(AuditFilter(text="member"), limit=9)


@pytest.mark.parametrize("count", [0, 51])
def test_there_is_a_bound_on_how_many_are_made_at_once(office: Office, count: int) -> None:
    with pytest.raises(InvalidRequestError, match="1 to 50"):
        office.members.create_members([NewMember(f"{n}@example.com", READER) for n in range(count)])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (MemberFilter(), ["admin@localhost", "Ada@example.com"]),
        (MemberFilter(text="LOVE"), ["Ada@example.com"]),
        (MemberFilter(text="a l"), ["Ada@example.com"]),
        (MemberFilter(text="localhost"), ["admin@localhost"]),
        (MemberFilter(roles=frozenset({"admin"})), ["admin@localhost"]),
        (MemberFilter(roles=frozenset({"keeper", "writer"})), ["Ada@example.com"]),
        (MemberFilter(roles=frozenset({"no_access"})), []),
        (MemberFilter(emails=frozenset({"ada@EXAMPLE.com"})), ["Ada@example.com"]),
        (MemberFilter(ids=frozenset({"elsewhere"})), []),
        (MemberFilter(text="ada", roles=frozenset({"admin"})), []),
    ],
)
def test_members_are_filtered(
    office: Office, ada: Member, wanted: MemberFilter, found: list[str]
) -> None:
    page = office.members.list_members(PageRequest(), wanted)
    assert [one.email for one in page.items] == found
    by_id = MemberFilter(ids=frozenset({ada.id}))
    assert office.members.list_members(PageRequest(), by_id).items == [ada]


def test_the_last_admin_stays_one(office: Office, ada: Member) -> None:
    admin = office.members.get_member("admin@localhost")
    with pytest.raises(ConflictError, match="last member with the role admin"):
        office.members.delete_member(admin.id)
    with pytest.raises(ConflictError, match="last member with the role admin"):
        office.members.update_member(admin.id, {"role": WRITER})
    office.members.update_member(admin.id, {"first_name": "Root"})
    office.members.update_member(ada.id, {"role": ADMIN})
    office.members.delete_member(admin.id)
    made = office.tokens.create_token("of the operator", TokenKind.PERSONAL, role=ADMIN)
    assert made.token.member_id == ada.id


def test_the_personal_tokens_of_a_deleted_member_go_too(office: Office, ada: Member) -> None:
    office.members.update_member(ada.id, {"role": ADMIN})
    caller = a_caller(ADMIN.policy, member=office.members.get_member(ada.id))
    personal, service = (
        office.tokens.create_token("n", kind, role=READER, principal=caller).token
        for kind in (TokenKind.PERSONAL, TokenKind.SERVICE)
    )
    office.members.delete_member(ada.id)
    assert office.token_store.find_token(personal.id) is None
    kept = office.token_store.find_token(service.id)
    assert kept is not None
    principal = find_principal(kept, office.member_store)
    assert principal is not None
    assert principal.allows("viewProject", VIP)
    entries = office.audit_log.list_entries(AuditFilter(text="deleted"), limit=9)
    assert {entry.name for entry in entries} == {"Ada@example.com", personal.name}
    with pytest.raises(NotFoundError):
        office.members.get_member(ada.id)


def test_they_are_sorted_and_found_by_when_they_were_seen(office: Office, ada: Member) -> None:
    admin = office.members.get_member("admin@localhost")
    used_at = office.clock.now()
    [token] = office.token_store.list_personal_tokens(admin.id)
    office.token_store.record_token_use({token.id: used_at})
    [admin_seen] = office.members.list_members(PageRequest(), MemberFilter(text="localhost")).items
    assert (admin_seen.last_seen_at, ada.last_seen_at) == (used_at, None)

    def found(wanted: MemberFilter, sort: str = "") -> list[str]:
        page = office.members.list_members(PageRequest(), wanted, parse_sort(sort))
        return [one.id for one in page.items]

    everyone = MemberFilter()
    assert found(everyone, "lastSeen") == [ada.id, admin.id]
    assert found(everyone, "-lastSeen") == [admin.id, ada.id]
    assert found(everyone, "displayName") == [ada.id, admin.id]
    assert found(MemberFilter(never_seen=True)) == [ada.id]
    assert found(MemberFilter(not_seen_since=used_at)) == [ada.id]
    later = used_at + timedelta(microseconds=1)
    assert found(MemberFilter(not_seen_since=later)) == [admin.id, ada.id]
    with pytest.raises(InvalidRequestError, match="displayName, lastSeen"):
        found(everyone, "email")


def test_a_member_is_called_by_name_or_else_by_address(office: Office, ada: Member) -> None:
    assert ada.display_name == "Ada Lovelace"
    assert office.members.update_member(ada.id, {"first_name": ""}).display_name == "Lovelace"
    assert office.members.get_member("admin@localhost").display_name == "admin@localhost"


class TestForAPrincipal:
    def test_everyone_sees_themselves_and_a_service_token_is_nobody(
        self, office: Office, ada: Member
    ) -> None:
        blind = a_caller(KEEP, member=ada)
        assert office.members.get_member(ME, principal=blind) == ada
        assert office.members.list_members(PageRequest(), principal=blind).items == [ada]
        with pytest.raises(NotFoundError, match="service token"):
            office.members.get_member(ME, principal=a_caller(ADMIN.policy))
        admin = office.members.get_member("admin@localhost")
        for member_id in (admin.id, admin.email):
            with pytest.raises(NotFoundError):
                office.members.get_member(member_id, principal=blind)
        reader = a_caller(READER.policy)
        assert office.members.list_members(PageRequest(), principal=reader).total_count == 2

    @pytest.mark.parametrize(
        ("changes", "action"),
        [
            ({"role": WRITER}, "updateRole"),
            ({"custom_roles": []}, "updateCustomRole"),
            ({"last_name": "King"}, "updateName"),
        ],
    )
    def test_each_change_needs_its_action(
        self, office: Office, ada: Member, changes: MemberChanges, action: str
    ) -> None:
        but_for = Policy.parse(
            [
                {"effect": "allow", "actions": ["*"], "resources": ["*"]},
                {"effect": "deny", "actions": [action], "resources": ["member/*"]},
            ]
        )
        with pytest.raises(ForbiddenError, match=f"{action} on member/{ada.id}"):
            office.members.update_member(ada.id, changes, principal=a_caller(but_for))
        office.members.update_member(ada.id, changes, principal=a_caller(ADMIN.policy))
        [entry] = office.audit_log.list_entries(AuditFilter(text="updated"), limit=9)
        assert [one for one, _ in entry.accesses] == [action]

    def test_nobody_gives_a_role_that_can_do_more_than_they(
        self, office: Office, ada: Member
    ) -> None:
        manager = a_caller(managing(), READER.policy)
        for wanted in (
            NewMember("b@example.com", WRITER),
            NewMember("b@example.com", None, ["keeper"]),
        ):
            with pytest.raises(ForbiddenError, match="may not give a member a role"):
                office.members.create_members([wanted], principal=manager)
        office.members.create_members([NewMember("b@example.com", READER)], principal=manager)
        for changes in (MemberChanges(role=ADMIN), MemberChanges(role=WRITER, custom_roles=[])):
            with pytest.raises(ForbiddenError, match="may not give a member a role"):
                office.members.update_member(ada.id, changes, principal=manager)
        # What she has stays hers, and can be taken away.
        office.members.update_member(ada.id, {"role": None}, principal=manager)
        office.members.update_member(ada.id, {"custom_roles": []}, principal=manager)
        with pytest.raises(ForbiddenError, match="may not give a member a role"):
            office.members.update_member(ada.id, {"custom_roles": ["keeper"]}, principal=manager)

    def test_a_role_is_not_given_to_whoever_has_as_much_by_another(
        self, office: Office, ada: Member
    ) -> None:
        everything = managing("*")
        office.roles.create_role("trap", "Trap", everything)
        boss = office.members.update_member(ada.id, {"role": ADMIN})
        manager = a_caller(managing(), READER.policy)
        # She might keep it when the role admin is taken from her.
        with pytest.raises(ForbiddenError, match="may not give a member a role"):
            office.members.update_member(boss.id, {"custom_roles": ["trap"]}, principal=manager)
        renamed = MemberChanges(role=ADMIN, custom_roles=["keeper"], first_name="A")
        office.members.update_member(boss.id, renamed, principal=manager)
        admin = a_caller(ADMIN.policy)
        office.members.update_member(boss.id, {"custom_roles": ["trap"]}, principal=admin)

    def test_who_may_not_delete_does_not(self, office: Office, ada: Member) -> None:
        with pytest.raises(ForbiddenError, match=f"deleteMember on member/{ada.id}"):
            office.members.delete_member(ada.id, principal=a_caller(WRITER.policy))
        with pytest.raises(ForbiddenError, match="createMember"):
            office.members.create_members(
                [NewMember("b@example.com", READER)], principal=a_caller(WRITER.policy)
            )
        office.members.delete_member(ada.id, principal=a_caller(managing(f"member/{ada.id}")))
