"""Whom tokens act as: a personal token never has more than its member, whatever both are."""

from datetime import UTC, datetime
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from muster.access.policy import Effect, Policy, evaluate
from muster.access.resources import Resource
from muster.access.roles import BasePermissions, BuiltInRole
from muster.accounts.authentication import principal_of
from muster.accounts.model import AccessToken, CustomRole, Member, TokenKind
from muster.core.ids import MemberId, RoleId, RoleKey, TokenId
from tests.access.strategies import actions, policies, resources

NOW: Final = datetime(2027, 1, 1, tzinfo=UTC)
ME: Final = MemberId("a")
_BUILT_IN: Final = st.sampled_from(BuiltInRole)


def a_role(policy: Policy, base: BasePermissions) -> CustomRole:
    return CustomRole(RoleId("r"), RoleKey("r"), "Role", "", policy, base, None, NOW)


_CUSTOM: Final = st.lists(
    st.builds(a_role, policies, st.sampled_from(BasePermissions)), min_size=1, max_size=2
).map(tuple)

members: Final = st.builds(
    lambda role, custom: Member(ME, "ada@example.com", role, NOW, custom),
    st.none() | _BUILT_IN,
    st.just(()) | _CUSTOM,
)


def a_token(kind: TokenKind, **abilities: object) -> AccessToken:
    given = {"role": None, "inline_policy": None, "custom_roles": (), **abilities}
    return AccessToken(
        id=TokenId("a"),
        name="t",
        kind=kind,
        member_id=ME,
        ending="cafe",
        created_at=NOW,
        expires_at=None,
        last_used_at=None,
        **given,  # type: ignore[arg-type]
    )


_abilities: Final = st.one_of(
    st.fixed_dictionaries({"role": _BUILT_IN}),
    st.fixed_dictionaries({"inline_policy": policies}),
    st.fixed_dictionaries({"custom_roles": _CUSTOM}),
)


def tokens(kind: TokenKind) -> st.SearchStrategy[AccessToken]:
    """Return tokens with a role, a policy or custom roles."""
    return _abilities.map(lambda abilities: a_token(kind, **abilities))


@given(members, tokens(TokenKind.PERSONAL), actions, resources)
def test_a_personal_token_may_what_both_it_and_its_member_may(
    member: Member, token: AccessToken, action: str, resource: Resource
) -> None:
    principal = principal_of(token, member)
    assert principal is not None
    may_member = evaluate(member.policies, action, resource)
    may_token = evaluate(token.policies, action, resource)
    assert principal.allows(action, resource) is (may_member and may_token)


@given(members, tokens(TokenKind.PERSONAL), actions, resources)
def test_what_a_token_gives_is_covered_by_its_member_only_if_the_member_may_it(
    member: Member, token: AccessToken, action: str, resource: Resource
) -> None:
    principal = principal_of(token, member)
    assert principal is not None
    for wanted in (token.given_policies, member.given_policies):
        if principal.covers(wanted) and evaluate(wanted, action, resource):
            assert evaluate(member.policies, action, resource)


@given(members, tokens(TokenKind.SERVICE), actions, resources)
def test_a_service_token_may_what_it_says_whoever_made_it(
    member: Member, token: AccessToken, action: str, resource: Resource
) -> None:
    principal = principal_of(token, None)
    assert principal is not None
    assert principal.allows(action, resource) is evaluate(token.policies, action, resource)
    assert principal_of(token, member) == principal


@given(tokens(TokenKind.PERSONAL))
def test_a_personal_token_without_its_member_is_nobody(token: AccessToken) -> None:
    assert principal_of(token, None) is None


@given(policies, actions, resources)
def test_a_role_s_deny_holds_for_its_base_permissions_and_its_policy_adds_to_them(
    policy: Policy, action: str, resource: Resource
) -> None:
    whole = a_role(policy, BasePermissions.READER).whole_policy
    verdict = policy.decide(action, resource)
    may_reader = evaluate([BuiltInRole.READER.policy], action, resource)
    expected = verdict is Effect.ALLOW or (verdict is None and may_reader)
    assert evaluate([whole], action, resource) is expected
    assert a_role(policy, BasePermissions.NO_ACCESS).whole_policy == policy
