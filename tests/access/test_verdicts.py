"""What a principal may do to a resource, action by action."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from muster.access.actions import ACTIONS
from muster.access.policy import Effect, Policy, Statement
from muster.access.principal import Principal
from muster.access.resources import Resource, project_resource, segment_resource
from muster.access.roles import BuiltInRole
from muster.access.specifiers import parse_resource
from muster.access.verdicts import list_verdicts
from muster.core.ids import MemberId, TokenId
from tests.access.strategies import policies, resources

VIP = segment_resource("shop", "test", "vip")
ALLOW = Statement(Effect.ALLOW, actions=("update*",), resources=("proj/*:env/*:segment/*",))
DENY = Statement(Effect.DENY, actions=("*Name",), resources=("*",))


def a_principal(*held: Policy, limits: tuple[Policy, ...] | None = None) -> Principal:
    return Principal(TokenId("t"), "ci", "personal", MemberId("m"), held, limits)


_principals = st.builds(
    lambda held, limits: a_principal(*held, limits=None if limits is None else tuple(limits)),
    st.lists(policies, max_size=3),
    st.none() | st.lists(policies, max_size=2),
)


@given(_principals, resources)
def test_each_known_action_has_one_verdict_which_is_the_principal_s(
    principal: Principal, resource: Resource
) -> None:
    verdicts = list_verdicts(principal, resource)
    known = ACTIONS.get(resource.parts[-1].type, frozenset())
    assert [one.action for one in verdicts] == sorted(known)
    for one in verdicts:
        assert one.allowed is principal.allows(one.action, resource)


@given(_principals, resources)
def test_what_is_named_is_about_it_and_was_written_by_somebody(
    principal: Principal, resource: Resource
) -> None:
    written = [
        statement
        for policy in (*principal.policies, *(principal.limits or ()))
        for statement in policy.statements
    ]
    for one in list_verdicts(principal, resource):
        if one.statement is None:
            assert not one.allowed
        else:
            assert one.statement in written
            assert one.statement.matches(one.action, resource)
            assert one.statement.effect is (Effect.ALLOW if one.allowed else Effect.DENY)


def test_a_deny_is_named_and_the_role_that_speaks() -> None:
    role = Policy((ALLOW, DENY), role_key="keeper")
    verdicts = {one.action: one for one in list_verdicts(a_principal(role), VIP)}
    named = verdicts["updateName"]
    assert (named.allowed, named.statement, named.role) == (False, DENY, "keeper")
    included = verdicts["updateIncluded"]
    assert (included.allowed, included.statement, included.role) == (True, ALLOW, "keeper")
    none = verdicts["deleteSegment"]
    assert (none.allowed, none.statement, none.role) == (False, None, None)


def test_a_built_in_role_is_named_and_a_policy_of_nobody_is_not() -> None:
    shop = project_resource("shop")
    [view] = [
        one
        for one in list_verdicts(a_principal(BuiltInRole.READER.policy), shop)
        if one.action == "viewProject"
    ]
    assert (view.allowed, view.role) == (True, "reader")
    inline = replace(Policy((ALLOW,)), role_key=None)
    assert {one.role for one in list_verdicts(a_principal(inline), VIP)} == {None}


def test_what_the_token_allows_and_its_member_may_not_the_member_s_deny_is_named_for() -> None:
    limits = (Policy((ALLOW, DENY), role_key="member-role"),)
    principal = a_principal(BuiltInRole.ADMIN.policy, limits=limits)
    verdicts = {one.action: one for one in list_verdicts(principal, VIP)}
    named = verdicts["updateName"]
    assert (named.allowed, named.statement, named.role) == (False, DENY, "member-role")
    assert verdicts["updateTags"].role == "admin"
    assert verdicts["deleteSegment"].statement is None


def test_of_a_type_that_has_no_known_action_nothing_is_said() -> None:
    assert list_verdicts(a_principal(BuiltInRole.ADMIN.policy), parse_resource("team/ops")) == []
