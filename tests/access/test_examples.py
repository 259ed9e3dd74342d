"""The policies that LaunchDarkly's documentation gives as examples, in our own words and keys: what each
allows, and what it doesn't."""

from typing import Any, Final

import pytest

from muster.access.policy import Policy, evaluate
from muster.access.resources import Resource
from muster.access.roles import BuiltInRole
from muster.access.specifiers import parse_resource

Question = tuple[str, str]
"""An action, and a resource with its tags and properties."""


def statement(effect: str, actions: str, resources: str, **other: list[str]) -> dict[str, Any]:
    lists = {"actions": actions.split(), "resources": resources.split()}
    return {"effect": effect, **{name: one for name, one in lists.items() if one}, **other}


EXAMPLES: Final[dict[str, tuple[list[dict[str, Any]], list[Question], list[Question]]]] = {
    "testers keep environments of a tag, and their flags": (
        [
            statement("allow", "*", "proj/*:env/*;qa_*"),
            statement("allow", "*", "proj/*:env/*;qa_*:flag/*"),
        ],
        [
            ("updateColor", "proj/shop:env/eu;qa_eu"),
            ("updateOn", "proj/shop:env/eu;qa_eu:flag/cart"),
            ("deleteEnvironment", "proj/till:env/us;live,qa_us"),
        ],
        [
            ("updateColor", "proj/shop:env/eu;qa"),
            ("updateOn", "proj/shop:env/live:flag/cart"),
            ("updateIncluded", "proj/shop:env/eu;qa_eu:segment/vip"),
            ("updateTags", "proj/shop;qa_eu"),
        ],
    ),
    "operators keep what is critical and of a tag": (
        [
            statement("allow", "*", "proj/*:env/*;secure,{critical:true}"),
            statement("allow", "*", "proj/*:env/*;secure,{critical:true}:flag/*"),
        ],
        [
            ("updateTtl", "proj/shop:env/live;secure,{critical:true}"),
            ("updateOn", "proj/shop:env/live;secure,{critical:true}:flag/cart"),
        ],
        [
            ("updateTtl", "proj/shop:env/live;{critical:true}"),
            ("updateTtl", "proj/shop:env/live;secure"),
            ("updateOn", "proj/shop:env/live:flag/cart"),
        ],
    ),
    "developers keep what is not critical": (
        [
            statement("allow", "*", "proj/*:env/*;{critical:false}"),
            statement("allow", "*", "proj/*:env/*;{critical:false}:flag/*"),
        ],
        [("updateOn", "proj/shop:env/test:flag/cart"), ("updateName", "proj/shop:env/test")],
        [
            ("updateOn", "proj/shop:env/live;{critical:true}:flag/cart"),
            ("updateName", "proj/shop:env/live;{critical:true}"),
        ],
    ),
    "one project of a tag, but for its production": (
        [
            statement("allow", "*", "proj/*;mobile:env/*:flag/*"),
            statement("deny", "*", "proj/*;mobile:env/live:flag/*"),
        ],
        [("updateOn", "proj/app;mobile:env/test:flag/cart")],
        [
            ("updateOn", "proj/app;mobile:env/live:flag/cart"),
            ("updateOn", "proj/shop:env/test:flag/cart"),
        ],
    ),
    "flags whose key has a prefix": (
        [statement("allow", "*", "proj/*:env/*:flag/ops_*")],
        [("updateOn", "proj/shop:env/live:flag/ops_"), ("updateOn", "proj/a:env/b:flag/ops_x")],
        [("updateOn", "proj/shop:env/live:flag/Ops_x"), ("updateOn", "proj/a:env/b:flag/xops_")],
    ),
    "flags that have both of two tags": (
        [statement("allow", "updateOn", "proj/shop:env/*:flag/*;web,beta")],
        [("updateOn", "proj/shop:env/live:flag/cart;beta,eu,web")],
        [
            ("updateOn", "proj/shop:env/live:flag/cart;web"),
            ("updateName", "proj/shop:env/live:flag/cart;beta,web"),
        ],
    ),
    "flags that have one of two tags": (
        [
            statement("allow", "*", "proj/*:env/*:flag/*;web"),
            statement("allow", "*", "proj/*:env/*:flag/*;beta"),
        ],
        [
            ("updateOn", "proj/shop:env/live:flag/cart;web"),
            ("updateOn", "proj/shop:env/live:flag/cart;beta"),
        ],
        [("updateOn", "proj/shop:env/live:flag/cart;eu")],
    ),
    "all projects but one": (
        [statement("allow", "*", "", notResources=["proj/secret"])],
        [("updateProjectName", "proj/shop"), ("updateName", "proj/secret:env/live")],
        [("viewProject", "proj/secret")],
    ),
    # Two such statements allow everything: what the one leaves out, the other allows.
    "all but two tags, as two statements": (
        [
            statement("allow", "*", "", notResources=["proj/*:env/*:flag/*;one"]),
            statement("allow", "*", "", notResources=["proj/*:env/*:flag/*;two"]),
        ],
        [
            ("updateOn", "proj/shop:env/live:flag/cart;one"),
            ("updateOn", "proj/shop:env/live:flag/cart;two"),
        ],
        [("updateOn", "proj/shop:env/live:flag/cart;one,two")],
    ),
    "all but two tags, as one statement": (
        [
            statement(
                "allow",
                "*",
                "",
                notResources=["proj/*:env/*:flag/*;one", "proj/*:env/*:flag/*;two"],
            )
        ],
        [("updateOn", "proj/shop:env/live:flag/cart;three")],
        [
            ("updateOn", "proj/shop:env/live:flag/cart;one"),
            ("updateOn", "proj/shop:env/live:flag/cart;two"),
        ],
    ),
    "whatever is done to flags, but to switch them": (
        [statement("allow", "", "proj/*:env/*:flag/*", notActions=["updateOn", "delete*"])],
        [("updateRules", "proj/shop:env/live:flag/cart")],
        [
            ("updateOn", "proj/shop:env/live:flag/cart"),
            ("deleteFlag", "proj/shop:env/live:flag/cart"),
            ("updateRules", "proj/shop:env/live"),
        ],
    ),
    "members are invited and nothing else": (
        [statement("allow", "createMember", "member/*")],
        [("createMember", "member/new")],
        [("deleteMember", "member/new"), ("createAccessToken", "member/new:token/t")],
    ),
    "a partner pushes cohorts": (
        [statement("allow", "createSegment updateIncluded", "proj/*:env/*:segment/*")],
        [
            ("createSegment", "proj/shop:env/live:segment/vip"),
            ("updateIncluded", "proj/shop:env/live;{critical:true}:segment/vip"),
        ],
        [
            ("deleteSegment", "proj/shop:env/live:segment/vip"),
            ("viewProject", "proj/shop"),
        ],
    ),
}
CASES: Final = [
    pytest.param(policy, question, verdict, id=f"{name}: {' on '.join(question)}")
    for name, (policy, allowed, denied) in EXAMPLES.items()
    for verdict, questions in ((True, allowed), (False, denied))
    for question in questions
]


@pytest.mark.parametrize(("policy", "question", "verdict"), CASES)
def test_an_example_decides_as_it_says(
    policy: list[dict[str, Any]], question: Question, verdict: bool
) -> None:
    action, resource = question
    assert evaluate([Policy.parse(policy)], action, parse_resource(resource)) is verdict


class TestPrivateProjects:
    """Projects that readers do not see: a deny of `viewProject` beside, or in the place of, a view."""

    SECRET: Final = parse_resource("proj/secret")
    SHOP: Final = parse_resource("proj/shop")
    READER: Final = BuiltInRole.READER.policy

    def sees(self, *held: Policy) -> list[Resource]:
        return [one for one in (self.SECRET, self.SHOP) if evaluate(held, "viewProject", one)]

    def test_a_deny_of_one_role_takes_nothing_from_another(self) -> None:
        deny = Policy.parse([statement("deny", "viewProject", "proj/secret")])
        assert self.sees(self.READER, deny) == [self.SECRET, self.SHOP]

    def test_a_role_that_views_all_but_one(self) -> None:
        role = [
            statement("allow", "viewProject", "proj/*"),
            statement("deny", "viewProject", "proj/secret"),
        ]
        assert self.sees(Policy.parse(role)) == [self.SHOP]

    def test_a_role_that_views_one_and_nothing_else(self) -> None:
        role = [
            statement("allow", "*", "proj/shop"),
            statement("deny", "viewProject", "", notResources=["proj/shop"]),
        ]
        assert self.sees(Policy.parse(role)) == [self.SHOP]

    def test_whoever_has_two_roles_may_what_one_of_them_allows(self) -> None:
        no_shop = Policy.parse(
            [
                statement("allow", "viewProject", "proj/*"),
                statement("deny", "viewProject", "proj/shop"),
            ]
        )
        no_secret = Policy.parse(
            [
                statement("allow", "viewProject", "proj/*"),
                statement("deny", "viewProject", "proj/secret"),
            ]
        )
        assert self.sees(no_shop) == [self.SECRET]
        assert self.sees(no_shop, no_secret) == [self.SECRET, self.SHOP]
