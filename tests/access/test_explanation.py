"""Explanations agree with decisions, and say what settled them."""

from hypothesis import given
from hypothesis import strategies as st

from muster.access.explanation import explain
from muster.access.policy import Effect, Policy, Statement
from muster.access.principal import Principal
from muster.access.resources import Resource, segment_resource
from muster.core.ids import MemberId, TokenId
from tests.access.strategies import actions, policies, resources

VIP = segment_resource("shop", "test", "vip")


def a_principal(*held: Policy, limits: tuple[Policy, ...] | None = None) -> Principal:
    return Principal(TokenId("t"), "ci", "personal", MemberId("m"), held, limits)


@given(
    st.lists(policies, max_size=3),
    st.none() | st.lists(policies, max_size=2),
    actions,
    resources,
)
def test_an_explanation_comes_to_the_same_verdict(
    held: list[Policy], limits: list[Policy] | None, action: str, resource: Resource
) -> None:
    principal = a_principal(*held, limits=None if limits is None else tuple(limits))
    explained = explain(principal, action, resource)
    assert explained.allowed is principal.allows(action, resource)


@given(policies, actions, resources)
def test_what_decides_applies_and_has_the_effect_of_the_verdict(
    policy: Policy, action: str, resource: Resource
) -> None:
    [explained] = explain(a_principal(policy), action, resource).policies
    assert [match.statement for match in explained.statements] == list(policy.statements)
    if explained.verdict is None:
        assert explained.decisive is None
        assert not any(match.applies for match in explained.statements)
    else:
        assert explained.decisive is not None
        assert explained.decisive.effect is explained.verdict
        assert explained.decisive.matches(action, resource)


def test_a_deny_decides_though_an_allow_stands_before_it() -> None:
    allow = Statement(Effect.ALLOW, actions=("*",), resources=("*",))
    deny = Statement(Effect.DENY, actions=("update*",), resources=("proj/*:env/*:segment/*",))
    [explained] = explain(a_principal(Policy((allow, deny))), "updateIncluded", VIP).policies
    assert explained.decisive is deny


def test_it_tells_a_half_that_matches_from_one_that_does_not() -> None:
    other = Statement(Effect.ALLOW, actions=("updateIncluded",), resources=("proj/other",))
    [explained] = explain(a_principal(Policy((other,))), "updateIncluded", VIP).policies
    [match] = explained.statements
    assert (match.action_matches, match.resource_matches) == (True, False)


def test_it_tells_the_token_s_own_say_from_its_member_s() -> None:
    allow = Policy((Statement(Effect.ALLOW, actions=("*",), resources=("*",)),))
    explained = explain(a_principal(allow, limits=()), "updateIncluded", VIP)
    assert explained.allowed_by_token
    assert not explained.allowed_by_member
    assert not explained.allowed
