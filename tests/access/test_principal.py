"""Principals and the built-in roles."""

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
from muster.access.roles import BuiltInRole, covers, own_tokens_policy
from muster.core.errors import ForbiddenError
from muster.core.ids import MemberId, TokenId
from tests.access.strategies import actions, policies, resources

READER, WRITER, ADMIN = BuiltInRole.READER, BuiltInRole.WRITER, BuiltInRole.ADMIN
VIP = segment_resource("shop", "test", "vip")


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
            covered = [other for other in roles if covers([role.policy], other.policy)]
            assert covered == list(roles[: place + 1])

    @given(st.lists(policies, max_size=3), policies, actions, resources)
    def test_whoever_covers_a_policy_may_do_all_that_it_allows(
        self, held: list[Policy], wanted: Policy, action: str, resource: Resource
    ) -> None:
        for more in ([], [wanted], [ADMIN.policy], [READER.policy, WRITER.policy]):
            everything = [*held, *more]
            if covers(everything, wanted) and evaluate([wanted], action, resource):
                assert evaluate(everything, action, resource)

    def test_other_policies_are_not_compared(self) -> None:
        narrow = Policy((Statement(Effect.ALLOW, actions=("viewProject",), resources=("*",)),))
        assert not covers([READER.policy], narrow)
        assert covers([READER.policy, ADMIN.policy], narrow)
        assert covers([narrow], narrow)
        assert not covers([], narrow)
