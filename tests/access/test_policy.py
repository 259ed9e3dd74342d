"""Policies: how they are read, and how they decide."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.access.policy import Effect, Policy, Statement, evaluate
from muster.access.resources import Resource, project_resource, segment_resource
from muster.core.errors import InvalidRequestError
from tests.access.strategies import actions, policies, resources, statements

VIP = segment_resource("shop", "test", "vip")
SYNC_TOKEN = [
    {
        "effect": "allow",
        "actions": ["createSegment", "updateIncluded"],
        "resources": ["proj/shop:env/test:segment/*"],
    }
]


def test_the_policy_of_a_partner_s_token() -> None:
    policy = Policy.parse(SYNC_TOKEN)
    assert policy.decide("updateIncluded", VIP) is Effect.ALLOW
    assert policy.decide("createSegment", VIP) is Effect.ALLOW
    assert policy.decide("deleteSegment", VIP) is None
    assert policy.decide("updateIncluded", segment_resource("shop", "live", "vip")) is None
    assert policy.decide("viewProject", project_resource("shop")) is None


def test_within_a_policy_a_deny_wins_and_across_policies_an_allow_is_enough() -> None:
    allow = Statement(Effect.ALLOW, actions=("*",), resources=("*",))
    deny = Statement(Effect.DENY, actions=("update*",), resources=("proj/*:env/*:segment/*",))
    assert not evaluate([Policy((allow, deny))], "updateIncluded", VIP)
    assert evaluate([Policy((allow, deny))], "createSegment", VIP)
    assert evaluate([Policy((allow, deny)), Policy((allow,))], "updateIncluded", VIP)
    assert evaluate([Policy((deny,)), Policy((allow,))], "updateIncluded", VIP)
    assert not evaluate([], "updateIncluded", VIP)
    assert not evaluate([Policy(())], "updateIncluded", VIP)


@given(policies, statements(st.just(Effect.DENY)), actions, resources, st.integers(0, 4))
def test_adding_a_deny_never_grants(
    policy: Policy, deny: Statement, action: str, resource: Resource, place: int
) -> None:
    listed = list(policy.statements)
    listed.insert(place, deny)
    if evaluate([Policy(tuple(listed))], action, resource):
        assert evaluate([policy], action, resource)


@given(st.lists(policies, max_size=3), policies, actions, resources)
def test_adding_a_role_never_takes_away(
    held: list[Policy], another: Policy, action: str, resource: Resource
) -> None:
    if evaluate(held, action, resource):
        assert evaluate([*held, another], action, resource)


@given(st.data(), st.lists(policies, max_size=3), actions, resources)
def test_order_does_not_matter(
    data: st.DataObject, held: list[Policy], action: str, resource: Resource
) -> None:
    shuffled = [
        Policy(tuple(data.draw(st.permutations(policy.statements))))
        for policy in data.draw(st.permutations(held))
    ]
    assert evaluate(shuffled, action, resource) is evaluate(held, action, resource)


@given(statements(), actions, resources)
def test_not_resources_and_not_actions_are_the_complements(
    statement: Statement, action: str, resource: Resource
) -> None:
    texts = statement.actions or statement.not_actions
    where = statement.resources or statement.not_resources
    here, elsewhere = (
        Statement(Effect.ALLOW, actions=("*",), resources=where),
        Statement(Effect.ALLOW, actions=("*",), not_resources=where),
    )
    assert here.matches(action, resource) is not elsewhere.matches(action, resource)
    these, others = (
        Statement(Effect.ALLOW, actions=texts, resources=("*",)),
        Statement(Effect.ALLOW, not_actions=texts, resources=("*",)),
    )
    assert these.matches(action, resource) is not others.matches(action, resource)


@given(policies.filter(lambda policy: policy.statements))
def test_a_policy_is_written_as_it_is_read(policy: Policy) -> None:
    assert Policy.parse(policy.to_json()) == policy
    assert Policy.parse(SYNC_TOKEN).to_json() == SYNC_TOKEN


def _with(**changes: Any) -> list[dict[str, Any]]:
    statement = {**SYNC_TOKEN[0], **changes}
    return [*SYNC_TOKEN, {name: value for name, value in statement.items() if value != "absent"}]


@pytest.mark.parametrize(
    ("document", "pointer", "says"),
    [
        (None, "", "nothing was found"),
        ({}, "", "an object was found"),
        ([], "", "an empty list was found"),
        ([7], "/0", "a number was found"),
        (_with(effect="permit"), "/1/effect", "'permit' was found"),
        (_with(effect="absent"), "/1/effect", "nothing was found"),
        (_with(actions="updateName"), "/1/actions", "'updateName' was found"),
        (_with(actions=[]), "/1/actions", "at least one"),
        (_with(actions=["updateName", None]), "/1/actions/1", "nothing was found"),
        (_with(actions=["update Name"]), "/1/actions/0", "is not an action"),
        (_with(actions="absent"), "/1", "neither was found"),
        (_with(notActions=["*"]), "/1", "both was found"),
        (_with(notResources=["*"]), "/1", "both was found"),
        (_with(resources=["proj/*", "prod/*:env"]), "/1/resources/1", "can't be read from 'env'"),
        (_with(resources=[True]), "/1/resources/0", "a boolean was found"),
        (_with(resources="absent", notResources=["env/x"]), "/1/notResources/0", "must follow"),
    ],
)
def test_what_is_no_policy_is_refused_where_it_is_wrong(
    document: Any, pointer: str, says: str
) -> None:
    with pytest.raises(InvalidRequestError, match=says) as refused:
        Policy.parse(document)
    assert refused.value.pointer == pointer
    with pytest.raises(InvalidRequestError) as refused:
        Policy.parse(document, at=("inlineRole",))
    assert refused.value.pointer == f"/inlineRole{pointer}"


def test_unknown_fields_are_ignored() -> None:
    assert Policy.parse(_with(comment="mine")) == Policy.parse([*SYNC_TOKEN, *SYNC_TOKEN])
