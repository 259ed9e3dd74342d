"""Nobody gives more than they have, whatever they do to roles, members and tokens, and in which order."""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.roles import BasePermissions, BuiltInRole
from muster.access.specifiers import parse_resource
from muster.accounts.authentication import find_principal, principal_of
from muster.accounts.members import MemberChanges, NewMember
from muster.accounts.model import Member, TokenKind
from muster.core.errors import MusterError
from muster.core.ids import TokenId
from muster.core.paging import PageRequest
from tests.accounts.stores import Office
from tests.clock import FakeClock

MANAGING = [
    {
        "effect": "allow",
        "actions": ["*"],
        "resources": ["role/*", "member/*", "service-token/*", "member/*:token/*"],
    }
]
STATEMENTS = (
    *MANAGING,
    {"effect": "allow", "actions": ["*"], "resources": ["*"]},
    {"effect": "allow", "actions": ["*"], "resources": ["proj/*"]},
    {"effect": "allow", "notActions": ["view*"], "notResources": ["webhook/*"]},
    {"effect": "deny", "actions": ["deleteProject"], "resources": ["proj/*"]},
    {"effect": "deny", "actions": ["*"], "resources": ["*"]},
)
BEYOND = (
    ("deleteProject", "proj/default"),
    ("createProject", "proj/shop"),
    ("updateIncluded", "proj/default:env/production:segment/vip"),
    ("createWebhook", "webhook/w"),
)
"""What Mallory, who manages roles, members and tokens, and is a reader, may not do."""
TOKEN_HAS_ONE_OF = ("role", "inline_policy", "custom_roles")


@dataclass(frozen=True)
class Step:
    """One thing that Mallory tries.

    Attributes:
        caller: which of her tokens she uses, and `target` which member or token it is done to: a number,
            of which the remainder counts.
        ability: which of a role, a policy and custom roles a token gets.
    """

    what: str
    caller: int
    target: int
    key: str
    policy: Policy
    base: BasePermissions
    role: BuiltInRole | None
    custom_roles: list[str]
    kind: TokenKind
    ability: str


KEYS = ("manager", "one", "two")
WHATS = ("role", "policy", "no role", "member", "roles", "token", "ability", "reset")
steps = st.builds(
    Step,
    what=st.sampled_from(WHATS),
    caller=st.integers(0, 5),
    target=st.integers(0, 5),
    key=st.sampled_from(KEYS),
    policy=st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=2).map(Policy.parse),
    base=st.sampled_from(BasePermissions),
    role=st.none() | st.sampled_from(BuiltInRole),
    custom_roles=st.lists(st.sampled_from(KEYS), max_size=2, unique=True),
    kind=st.sampled_from(TokenKind),
    ability=st.sampled_from(TOKEN_HAS_ONE_OF),
)


@dataclass
class Attack:
    """What Mallory has: her tokens, by now, and the id of the admin's, but not its secret."""

    office: Office
    admins: TokenId
    token_ids: list[TokenId] = field(default_factory=list)

    def principals(self) -> list[Principal]:
        """Return whom requests with her tokens act as now; some tokens may be gone."""
        stored = map(self.office.token_store.find_token, self.token_ids)
        found = [find_principal(one, self.office.member_store) for one in stored if one is not None]
        return [one for one in found if one is not None]

    def members(self) -> list[Member]:
        """Return the members there are, in order."""
        found = self.office.members.list_members(PageRequest(1000)).items
        return sorted(found, key=lambda one: one.email)

    def take(self, step: Step) -> None:
        """Try something."""
        callers = self.principals()
        if not callers:
            return  # she has taken all of it from herself
        by: dict[str, Any] = {"principal": callers[step.caller % len(callers)]}
        roles, members, tokens = self.office.roles, self.office.members, self.office.tokens
        people, known = self.members(), [self.admins, *self.token_ids]
        person, token = people[step.target % len(people)].id, known[step.target % len(known)]
        abilities = {
            "role": step.role,
            "inline_policy": step.policy,
            "custom_roles": step.custom_roles,
        }
        one: dict[str, Any] = {step.ability: abilities[step.ability]}
        none: dict[str, Any] = {"role": None, "inline_policy": None, "custom_roles": ()}
        match step.what:
            case "role":
                roles.create_role(step.key, "n", step.policy, base_permissions=step.base, **by)
            case "policy":
                changes = {"policy": step.policy, "base_permissions": step.base}
                roles.update_role(step.key, changes, **by)  # type: ignore[arg-type]
            case "no role":
                roles.delete_role(step.key, **by)
            case "member":
                wanted = NewMember(f"{step.key}@example.com", step.role, step.custom_roles)
                members.create_members([wanted], **by)
            case "roles":
                given = MemberChanges(role=step.role, custom_roles=step.custom_roles)
                members.update_member(person, given, **by)
            case "token":
                made = tokens.create_token("n", step.kind, **one, **by)
                self.token_ids.append(made.token.id)
            case "ability":
                tokens.update_token(token, {**none, **one}, **by)  # type: ignore[typeddict-item]
            case "reset":
                self.token_ids.append(tokens.reset_token(token, **by).token.id)


def beyond(principal: Principal | None) -> set[str]:
    """Return what somebody may do that Mallory may not."""
    assert principal is not None
    return {action for action, on in BEYOND if principal.allows(action, parse_resource(on))}


@settings(max_examples=30, deadline=None)
@given(st.lists(steps, min_size=1, max_size=25))
def test_who_manages_roles_members_and_tokens_gives_nobody_more_than_they_have(
    tries: list[Step],
) -> None:
    with TemporaryDirectory() as folder:
        office = Office(Path(folder), FakeClock())
        office.roles.create_role("manager", "Manager", Policy.parse(MANAGING))
        wanted = NewMember("mallory@example.com", BuiltInRole.READER, ["manager"])
        [mallory] = office.members.create_members([wanted])
        first = office.tokens.create_token(
            "m", TokenKind.PERSONAL, custom_roles=["manager"], member=mallory.id
        ).token
        whole = office.make_token(BuiltInRole.ADMIN, TokenKind.PERSONAL).token
        attack = Attack(office, whole.id, [first.id])
        for one in tries:
            with suppress(MusterError):
                attack.take(one)
            for principal in attack.principals():
                assert beyond(principal) == set()
            for member in attack.members():
                if member.email != "admin@localhost":
                    assert beyond(principal_of(whole, member)) == set()
        office.engine.dispose()
