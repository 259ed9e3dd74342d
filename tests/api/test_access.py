"""`_access`: what the caller may do to what is shown."""

from hypothesis import given
from hypothesis import strategies as st
from launchdarkly_api.models.access import Access

from muster.access.actions import ACTIONS
from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.resources import Resource, project_resource
from muster.api.access import show_access, with_access
from muster.core.ids import MemberId, TokenId
from tests.access.strategies import policies, resources


def a_principal(*held: Policy) -> Principal:
    return Principal(TokenId("t"), "ci", "service", MemberId("m"), held)


@given(st.lists(policies, max_size=3), resources)
def test_each_known_action_is_in_one_of_the_two_lists(
    held: list[Policy], resource: Resource
) -> None:
    principal = a_principal(*held)
    shown = show_access(principal, resource)
    allowed, denied = ([one["action"] for one in shown[name]] for name in ("allowed", "denied"))
    known = ACTIONS.get(resource.parts[-1].type, frozenset())
    assert sorted([*allowed, *denied]) == sorted(known)
    assert allowed == [action for action in sorted(known) if principal.allows(action, resource)]


@given(st.lists(policies, max_size=3), resources)
def test_a_reason_is_a_statement_that_the_official_client_reads(
    held: list[Policy], resource: Resource
) -> None:
    access = Access.from_dict(show_access(a_principal(*held), resource))
    assert access is not None
    reasons = {one.action: one.reason.to_dict() for one in access.allowed}
    reasons |= {one.action: one.reason.to_dict() for one in access.denied}
    for action, reason in reasons.items():
        assert reason.pop("role_name", None) in (None, "reader", "writer", "admin")
        if reason != {"effect": "deny"}:
            [statement] = Policy.parse([reason]).statements
            assert statement.matches(action, resource)


def test_it_is_added_only_where_it_is_asked_for() -> None:
    shop = project_resource("shop")
    assert with_access({"key": "shop"}, {"environments"}, a_principal(), shop) == {"key": "shop"}
    shown = with_access({"key": "shop"}, {"access"}, a_principal(), shop)
    assert shown.keys() == {"key", "_access"}
