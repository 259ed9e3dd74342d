"""Principals and the built-in roles."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.access.policy import Effect, Policy, Statement, evaluate
from muster.access.principal import Principal
from muster.access.resources import (
    ACCOUNT,
    Resource,
    personal_token_resource,
    project_resource,
    segment_resource,
    service_token_resource,
)
from muster.access.roles import BasePermissions, BuiltInRole, covers, own_tokens_policy
from muster.core.errors import ForbiddenError
from muster.core.ids import MemberId, TokenId
from tests.access.strategies import actions, policies, resources, statements

READER, WRITER, ADMIN = BuiltInRole.READER, BuiltInRole.WRITER, BuiltInRole.ADMIN
VIP = segment_resource("shop", "test", "vip")


def made_of(known: list[Statement]) -> st.SearchStrategy[Policy]:
    """Return policies of statements that are known, so that they are often covered, and others."""
    one = st.one_of(st.sampled_from(known), statements()) if known else statements()
    return st.lists(one, max_size=4).map(lambda listed: Policy(tuple(listed)))


def a_principal(*held: Policy, limits: tuple[Policy, ...] | None = None) -> Principal:
    return Principal(TokenId("t"), "ci", "service", MemberId("m"), held, limits)


@pytest.mark.parametrize(
    ("role", "action", "resource", "may"),
    [
        (READER, "viewProject", project_resource("shop"), True),
        (READER, "updateIncluded", VIP, False),
        (READER, "createAccessToken", service_token_resource("*"), False),
        (WRITER, "viewProject", project_resource("shop"), True),
        (WRITER, "updateIncluded", VIP, True),
        (WRITER, "deleteProject", project_resource("shop"), True),
        (WRITER, "createAccessToken", service_token_resource("*"), False),
        (WRITER, "deleteAccessToken", personal_token_resource("m", "t"), False),
        (WRITER, "updateOrganization", ACCOUNT, False),
        (ADMIN, "createAccessToken", service_token_resource("*"), True),
        (ADMIN, "updateOrganization", ACCOUNT, True),
    ],
)
def test_what_the_built_in_roles_may_do(
    role: BuiltInRole, action: str, resource: Resource, may: bool
) -> None:
    assert a_principal(role.policy).allows(action, resource) is may


@given(actions, resources)
def test_each_role_may_do_all_that_the_one_before_may(action: str, resource: Resource) -> None:
    for lesser, greater in ((READER, WRITER), (WRITER, ADMIN)):
        if evaluate([lesser.policy], action, resource):
            assert evaluate([greater.policy], action, resource)


@given(st.lists(policies, max_size=2), st.lists(policies, max_size=2), actions, resources)
def test_a_personal_token_never_has_more_than_its_member_nor_than_itself(
    held: list[Policy], limits: list[Policy], action: str, resource: Resource
) -> None:
    principal = a_principal(*held, limits=tuple(limits))
    expected = evaluate(held, action, resource) and evaluate(limits, action, resource)
    assert principal.allows(action, resource) is expected
    assert principal.allows(action, resource) is expected  # now from memory


@given(st.lists(policies, max_size=3), policies, actions, resources)
def test_a_further_role_takes_nothing_away(
    held: list[Policy], more: Policy, action: str, resource: Resource
) -> None:
    if a_principal(*held).allows(action, resource):
        assert a_principal(*held, more).allows(action, resource)


@given(policies, actions, resources)
def test_whose_policy_it_is_is_no_part_of_what_it_says(
    policy: Policy, action: str, resource: Resource
) -> None:
    named = replace(policy, role_key="ops")
    assert named == policy
    assert named.decide(action, resource) is policy.decide(action, resource)


@given(actions, resources)
def test_base_permissions_are_to_view_or_nothing(action: str, resource: Resource) -> None:
    assert BasePermissions.NO_ACCESS.statements == ()
    is_allowed = evaluate([Policy(BasePermissions.READER.statements)], action, resource)
    assert is_allowed is evaluate([READER.policy], action, resource)


def test_it_covers_what_both_the_token_and_its_member_cover() -> None:
    assert a_principal(ADMIN.policy).covers([WRITER.policy])
    limited = a_principal(ADMIN.policy, limits=(READER.policy,))
    assert limited.covers([READER.policy])
    assert not limited.covers([READER.policy, WRITER.policy])


def test_a_refusal_names_token_action_and_resource() -> None:
    with pytest.raises(ForbiddenError) as refused:
        a_principal(READER.policy).require("updateIncluded", VIP)
    assert "'ci' may not updateIncluded on proj/shop:env/test:segment/vip" in refused.value.message
    with pytest.raises(ForbiddenError, match="its member may not"):
        a_principal(ADMIN.policy, limits=(READER.policy,)).require("updateIncluded", VIP)
    a_principal(WRITER.policy).require("updateIncluded", VIP)


def test_what_is_remembered_of_decisions_is_bounded() -> None:
    principal = a_principal(READER.policy)
    for number in range(10_000):
        principal.allows("viewProject", project_resource(f"p{number}"))
    assert len(principal._decisions) <= 4096


def test_a_member_may_make_tokens_of_their_own_alone() -> None:
    own = Policy((*own_tokens_policy("m").statements,))
    assert evaluate([own], "createAccessToken", personal_token_resource("m", "t"))
    assert not evaluate([own], "createAccessToken", personal_token_resource("other", "t"))
    assert not evaluate([own], "deleteAccessToken", personal_token_resource("m", "t"))


class TestCovers:
    def test_the_built_in_roles_are_ranked(self) -> None:
        roles = (READER, WRITER, ADMIN)
        for place, role in enumerate(roles):
            covered = [other for other in roles if covers([role.policy], [other.policy])]
            assert covered == list(roles[: place + 1])

    @given(st.lists(policies, max_size=3), st.data(), actions, resources)
    def test_whoever_covers_policies_may_do_all_that_they_allow(
        self, held: list[Policy], data: st.DataObject, action: str, resource: Resource
    ) -> None:
        known = [one for policy in held for one in policy.statements]
        wanted = data.draw(st.lists(made_of(known), max_size=2))
        for more in ([], [ADMIN.policy], [READER.policy, WRITER.policy]):
            everything = [*held, *more]
            if covers(everything, wanted) and evaluate(wanted, action, resource):
                assert evaluate(everything, action, resource)

    @given(st.lists(policies, max_size=3))
    def test_everyone_covers_what_they_hold(self, held: list[Policy]) -> None:
        assert covers(held, held)
        assert covers([ADMIN.policy], held)

    def test_statements_are_compared_as_they_are_written(self) -> None:
        narrow = Statement(Effect.ALLOW, actions=("viewProject",), resources=("*",))
        policy = Policy((narrow,))
        assert not covers([READER.policy], [policy])
        assert covers([READER.policy, ADMIN.policy], [policy])
        assert not covers([], [policy])
        assert covers([], [])

    def test_a_part_of_a_policy_is_covered_and_one_without_its_denies_is_not(self) -> None:
        view = Statement(Effect.ALLOW, actions=("view*",), resources=("*",))
        keep = Statement(Effect.ALLOW, actions=("*",), resources=("proj/*:env/*:segment/*",))
        deny = Statement(Effect.DENY, actions=("delete*",), resources=("*",))
        held = [Policy((view, keep, deny))]
        assert covers(held, [Policy((keep, deny)), Policy((deny,))])
        assert not covers(held, [Policy((keep,))])
        assert covers([*held, Policy((keep,))], [Policy((keep,))])
        assert covers(held, [Policy((view, deny, Statement(Effect.DENY, ("*",), None, ("acct",))))])
