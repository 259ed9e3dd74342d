"""Members listed in an order, found, and changed many at once, by LaunchDarkly's own Python client:
unmodified, against a real server, on SQLite and on PostgreSQL."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from launchdarkly_api.exceptions import (
    BadRequestException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
)
from launchdarkly_api.models.bulk_edit_members_rep import BulkEditMembersRep
from launchdarkly_api.models.member import Member
from launchdarkly_api.models.member_teams_post_input import MemberTeamsPostInput
from launchdarkly_api.models.members_patch_input import MembersPatchInput

from tests.end_to_end.harness import TOKEN, Muster
from tests.end_to_end.official_account import NOWHERE, Account
from tests.end_to_end.official_client import DATABASES, running_on_database

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")


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


def emails(account: Account, **query: Any) -> list[str]:
    """Return the addresses of the members that a query finds, in its order."""
    return [one.email for one in account.members.get_members(limit=1000, **query).items]


def edit(account: Account, *instructions: dict[str, Any], **more: Any) -> BulkEditMembersRep:
    """Change many members."""
    return account.members.patch_members(MembersPatchInput(instructions=[*instructions], **more))


def read(account: Account, member: Member) -> tuple[str, list[str]]:
    """Return the role and the custom roles that a member has now."""
    found = account.members.get_member(member.id)
    return found.role, found.custom_roles


def test_they_are_sorted(admin: Account) -> None:
    for email, first, last in (
        ("s3@sorted.example.com", "bea", "Z"),
        ("s1@sorted.example.com", "Bea", "A"),
        ("anna@sorted.example.com", "", ""),
    ):
        admin.make_member(email=email, firstName=first, lastName=last, role="reader")
    here = {"filter": "query:@sorted."}
    assert [one[:2] for one in emails(admin, sort="displayName", **here)] == ["an", "s1", "s3"]
    assert [one[:2] for one in emails(admin, sort="-displayName", **here)] == ["s3", "s1", "an"]
    assert {*emails(admin, sort="lastSeen")} == {*emails(admin)}
    with pytest.raises(BadRequestException, match="displayName, lastSeen"):
        emails(admin, sort="size")


def test_they_are_found_by_when_they_were_seen_and_there_are_no_teams(admin: Account) -> None:
    admin.make_member(email="new@found.example.com", role="reader")
    here = "query:@found."
    for condition, found in (
        ('lastSeen:{"never":true}', True),
        ('lastSeen:{"noData":true}', True),
        (f'lastSeen:{{"before":{int(time.time() * 1000)}}}', True),
        ("noteam:true", True),
        ("noteam:false", False),
        ("team:ops", False),
    ):
        expected = ["new@found.example.com"] if found else []
        assert emails(admin, filter=f"{here},{condition}") == expected, condition
    assert "admin@localhost" in emails(admin, filter="role:owner")
    for wrong in (
        "lastSeen:never",
        'lastSeen:{"never":false}',
        "lastSeen:{}",
        "noteam:maybe",
        "accessCheck:x",
    ):
        with pytest.raises(BadRequestException):
            emails(admin, filter=wrong)


def test_custom_roles_are_shown_in_full_where_that_is_asked_for(
    admin: Account, server: Muster
) -> None:
    role = admin.make_role()
    member = admin.make_member(customRoles=[role.key])
    path = f"/api/v2/members/{member.id}"
    shown = server.client.get(f"{path}?expand=customRoles,roleAttributes,else").json()
    assert shown["customRolesInfo"] == [{"_id": role.id, "key": role.key, "name": role.name}]
    assert shown["roleAttributes"] == {}
    plain = server.client.get(path).json()
    assert not {"customRolesInfo", "roleAttributes"} & plain.keys()
    assert admin.members.get_member(member.id, expand="customRoles") == member
    listed = server.client.get(
        "/api/v2/members", params={"expand": "customRoles", "filter": f"id:{member.id}"}
    ).json()
    assert listed["items"][0]["customRolesInfo"] == shown["customRolesInfo"]
    policy = [{"effect": "allow", "actions": ["viewMember"], "resources": ["member/*"]}]
    token = admin.make_token(inlineRole=policy).token
    seen = server.client.get(
        f"{path}?expand=customRoles", headers={"Authorization": str(token)}
    ).json()
    assert (seen["customRoles"], seen["customRolesInfo"]) == ([role.id], [])


def test_some_get_another_role_and_each_change_is_an_audit_entry(admin: Account) -> None:
    role = admin.make_role()
    one = admin.make_member(customRoles=[role.key])
    other = admin.make_member(role="reader")
    report = edit(
        admin,
        {"kind": "replaceMembersRoles", "value": "writer", "memberIDs": [one.id, other.id]},
        comment="promoted",
    )
    assert (report.members, report.errors) == ([one.id, other.id], [])
    assert read(admin, one) == read(admin, other) == ("writer", [])
    [entry] = admin.audit.get_audit_log_entries(spec=f"member/{one.id}", limit=1).items
    assert entry.comment == "promoted"
    assert [access.action for access in entry.accesses] == ["updateRole", "updateCustomRole"]
    report = edit(
        admin,
        {"kind": "replaceMembersCustomRoles", "values": [role.key], "memberIDs": [one.id]},
    )
    assert report.members == [one.id]
    assert read(admin, one) == ("writer", [role.id])


def test_what_is_refused_for_one_does_not_keep_others_from_it(admin: Account) -> None:
    member = admin.make_member(role="reader")
    me = admin.members.get_member("me")
    report = edit(
        admin,
        {
            "kind": "replaceMembersRoles",
            "value": "no_access",
            "memberIDs": [me.id, NOWHERE, member.id],
        },
    )
    assert report.members == [member.id]
    assert report.errors is not None
    refusals = {name: said for one in report.errors for name, said in one.items()}
    assert refusals.keys() == {me.id, NOWHERE}
    assert "last member with the role admin" in refusals[me.id]
    assert "There is no member" in refusals[NOWHERE]
    assert admin.members.get_member("me").role == "admin"


def test_everyone_is_changed_but_for_whom_a_filter_finds(admin: Account) -> None:
    role = admin.make_role()
    ada = admin.make_member(email="ada@spared.example.com", role="reader")
    bob = admin.make_member(email="bob@changed.example.com", role="reader")
    eve = admin.make_member(email="eve@changed.example.com", role="writer")
    kit = admin.make_member(email="kit@changed.example.com", role="reader")
    report = edit(
        admin,
        {
            "kind": "replaceAllMembersCustomRoles",
            "values": [role.id],
            "filterQuery": "@spared.",
            "filterRoles": "writer|admin",
            "filterTeamKey": "ops",
            "ignoredMemberIDs": [kit.id],
        },
    )
    assert report.members is not None
    assert bob.id in report.members
    assert not {ada.id, eve.id, kit.id} & {*report.members}
    assert read(admin, bob) == ("reader", [role.id])
    report = edit(
        admin,
        {
            "kind": "replaceAllMembersRoles",
            "value": "reader",
            "filterLastSeen": {"never": True},
            "filterRoles": "admin",
        },
    )
    assert (report.members, report.errors) == ([], [])
    assert read(admin, eve) == ("writer", [])


def test_what_can_t_be_read_changes_nobody(admin: Account) -> None:
    member = admin.make_member(role="reader")
    ids = [member.id]
    good = {"kind": "replaceMembersRoles", "value": "writer", "memberIDs": ids}
    for wrong in (
        {"kind": "renameMembers", "memberIDs": ids},
        {"kind": "replaceMembersRoleAttributes", "value": {}, "memberIDs": ids},
        {"kind": "replaceMembersRoles", "value": "owner", "memberIDs": ids},
        {"kind": "replaceMembersRoles", "value": "writer"},
        {"kind": "replaceMembersRoles", "value": "writer", "memberIDs": []},
        {"kind": "replaceMembersCustomRoles", "values": ["nowhere"], "memberIDs": ids},
        {"kind": "replaceAllMembersRoles", "value": "writer", "filterLastSeen": {"never": False}},
    ):
        with pytest.raises(BadRequestException) as refused:
            edit(admin, good, wrong)
        assert refused.value.data is not None
    with pytest.raises(BadRequestException):
        edit(admin)
    assert read(admin, member) == ("reader", [])


def test_who_may_change_nobody_of_them_is_refused(admin: Account, server: Muster) -> None:
    one, other = admin.make_member(role="reader"), admin.make_member(role="reader")
    both = {"kind": "replaceMembersRoles", "value": "no_access", "memberIDs": [one.id, other.id]}
    writer = admin.as_token(role="writer")
    with pytest.raises(ForbiddenException):
        edit(writer, both)
    # Nor do they learn which custom roles there are.
    for key in ("nowhere", admin.make_role().key):
        custom = {"kind": "replaceMembersCustomRoles", "values": [key], "memberIDs": [one.id]}
        with pytest.raises(ForbiddenException):
            edit(writer, custom)
    assert read(admin, one) == ("reader", [])
    policy = [{"effect": "allow", "actions": ["updateRole"], "resources": [f"member/{one.id}"]}]
    report = edit(admin.as_token(inlineRole=policy), both)
    assert report.members == [one.id]
    assert report.errors is not None
    assert [list(refused) for refused in report.errors] == [[other.id]]
    assert (read(admin, one), read(admin, other)) == (("no_access", []), ("reader", []))
    with pytest.raises(UnauthorizedException):
        edit(Account(server, "api-unknown"), both)


def test_the_header_of_a_semantic_patch_is_taken(admin: Account) -> None:
    member = admin.make_member(role="reader")
    wanted = {"kind": "replaceMembersRoles", "value": "writer", "memberIDs": [member.id]}
    admin.members.patch_members(
        MembersPatchInput(instructions=[wanted]),
        _content_type="application/json; domain-model=launchdarkly.semanticpatch",
    )
    assert read(admin, member) == ("writer", [])


def test_there_are_no_teams_and_no_role_attributes(admin: Account) -> None:
    member = admin.make_member(role="reader")
    with pytest.raises(NotFoundException):
        admin.members.post_member_teams(member.id, MemberTeamsPostInput(teamKeys=["ops"]))
    with pytest.raises(ForbiddenException):
        admin.make_member(role="reader", teamKeys=["ops"])
    with pytest.raises(BadRequestException):
        admin.make_member(role="reader", roleAttributes={"projects": ["shop"]})
    assert admin.make_member(role="reader", teamKeys=[], roleAttributes={}).role == "reader"
