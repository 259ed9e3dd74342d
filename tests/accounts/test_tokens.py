"""Making, listing and deleting access tokens."""

from datetime import timedelta

import pytest

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.roles import BuiltInRole
from muster.accounts.model import TokenKind
from muster.audit.log import AuditFilter
from muster.audit.model import Access, Actor
from muster.core.errors import (
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    UnavailableError,
)
from muster.core.ids import MemberId, TokenId
from muster.core.paging import PageRequest
from muster.core.secrets import hash_secret
from tests.accounts.stores import Office
from tests.clock import START, FakeClock

READER, WRITER, ADMIN = BuiltInRole.READER, BuiltInRole.WRITER, BuiltInRole.ADMIN
PERSONAL, SERVICE = TokenKind.PERSONAL, TokenKind.SERVICE
NARROW = Policy.parse(
    [
        {
            "effect": "allow",
            "actions": ["createSegment", "updateIncluded"],
            "resources": ["proj/default:env/test:segment/*"],
        }
    ]
)
MINTER = Policy.parse(
    [
        {
            "effect": "allow",
            "actions": ["*AccessToken"],
            "resources": ["service-token/*", "member/*:token/*"],
        }
    ]
)


def test_a_token_is_stored_without_its_secret(office: Office) -> None:
    made = office.tokens.create_token(
        " partner ", SERVICE, inline_policy=NARROW, expires_at=START + timedelta(days=1)
    )
    secret = made.secret.reveal()
    assert secret.startswith("api-")
    assert made.token.name == "partner"
    assert made.token.ending == secret[-4:]
    assert office.token_store.find_token_by_hash(hash_secret(secret)) == made.token
    assert made.token in office.tokens.list_tokens(PageRequest()).items
    with office.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM access_tokens").all()
    assert secret not in str(rows)
    assert office.created.token.reveal() not in str(rows)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": " "}, "1 to 256"),
        ({"name": "x" * 257}, "1 to 256"),
        ({"name": "a\nb"}, "printable"),
        ({"role": None}, "none was given"),
        ({"inline_policy": NARROW}, "more than one was given"),
        ({"custom_roles": ["narrow"]}, "more than one was given"),
        ({"role": None, "custom_roles": ["nowhere"]}, "no custom role 'nowhere'"),
        ({"expires_at": START}, "not in the future"),
        ({"expires_at": START - timedelta(days=1)}, "not in the future"),
    ],
)
def test_what_makes_no_token(office: Office, changes: dict[str, object], says: str) -> None:
    office.roles.create_role("narrow", "Narrow", NARROW)
    arguments = {"name": "n", "kind": SERVICE, "role": READER} | changes
    with pytest.raises(InvalidRequestError, match=says):
        office.tokens.create_token(**arguments)  # type: ignore[arg-type]
    assert office.tokens.list_tokens(PageRequest()).total_count == 1


def test_a_token_has_custom_roles_each_once(office: Office) -> None:
    for key in ("b", "a"):
        office.roles.create_role(key, key, NARROW)
    a, b = office.roles.list_roles(PageRequest()).items
    made = office.tokens.create_token("n", SERVICE, custom_roles=["b", a.id, b.id])
    assert made.token.custom_roles == (a, b)
    assert office.tokens.get_token(made.token.id) == made.token
    assert made.token in office.tokens.list_tokens(PageRequest()).items
    changed = office.tokens.update_token(made.token.id, {"custom_roles": ["a"]})
    assert changed.custom_roles == (a,)
    assert office.tokens.update_token(made.token.id, {"custom_roles": [a.id]}) == changed
    [entry] = office.audit_log.list_entries(AuditFilter(text="updated"), limit=9)
    assert [action for action, _ in entry.accesses] == ["updateAccessTokenPolicy"]
    with pytest.raises(InvalidRequestError, match="none was given"):
        office.tokens.update_token(made.token.id, {"custom_roles": []})


def test_a_deleted_token_is_gone(office: Office) -> None:
    token = office.make_token().token
    office.tokens.delete_token(token.id)
    with pytest.raises(NotFoundError, match=token.id):
        office.tokens.delete_token(token.id)
    with pytest.raises(NotFoundError):
        office.tokens.get_token(token.id)


def test_what_is_done_is_in_the_audit_log(office: Office, clock: FakeClock) -> None:
    admin = office.principal(ADMIN)
    clock.advance(seconds=1)
    made = office.tokens.create_token("n", SERVICE, role=WRITER, principal=admin)
    clock.advance(seconds=1)
    office.tokens.delete_token(made.token.id)
    deleted, created = office.audit_log.list_entries(AuditFilter(), limit=9)[:2]
    assert (created.verb, created.actor.token_id) == ("created", admin.token_id)
    assert created.accesses == (Access("createAccessToken", made.token.resource),)
    assert (deleted.verb, deleted.actor) == ("deleted", Actor())
    assert created.before is deleted.after is None
    assert created.after == deleted.before
    assert made.secret.reveal() not in str(created)


def test_a_token_that_can_not_be_stored_leaves_no_entry(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise UnavailableError("The disk is full.")

    monkeypatch.setattr(office.audit_log, "append_entry", fail)
    before = office.tokens.list_tokens(PageRequest()).total_count
    with pytest.raises(UnavailableError):
        office.tokens.create_token("n", SERVICE, role=READER)
    assert office.tokens.list_tokens(PageRequest()).total_count == before


class TestForAPrincipal:
    def test_an_admin_makes_any_token(self, office: Office) -> None:
        admin = office.principal(ADMIN)
        for kind in TokenKind:
            for role in BuiltInRole:
                made = office.tokens.create_token("n", kind, role=role, principal=admin)
                assert made.token.member_id == admin.member_id
        office.tokens.create_token("n", SERVICE, inline_policy=NARROW, principal=admin)

    @pytest.mark.parametrize("role", [READER, WRITER])
    def test_a_member_makes_personal_tokens_that_can_do_no_more(
        self, office: Office, role: BuiltInRole
    ) -> None:
        caller = office.principal(role, PERSONAL)
        made = office.tokens.create_token("n", PERSONAL, role=role, principal=caller)
        assert made.token.member_id == caller.member_id
        with pytest.raises(ForbiddenError, match="could do more"):
            office.tokens.create_token("n", PERSONAL, role=ADMIN, principal=caller)
        with pytest.raises(ForbiddenError, match="could do more"):
            office.tokens.create_token("n", PERSONAL, inline_policy=NARROW, principal=caller)
        with pytest.raises(ForbiddenError, match="createAccessToken on service-token/"):
            office.tokens.create_token("n", SERVICE, role=role, principal=caller)

    @pytest.mark.parametrize("role", [READER, WRITER])
    def test_a_service_token_makes_none(self, office: Office, role: BuiltInRole) -> None:
        caller = office.principal(role)
        for kind in TokenKind:
            with pytest.raises(ForbiddenError, match="createAccessToken"):
                office.tokens.create_token("n", kind, role=READER, principal=caller)

    def test_whoever_may_make_tokens_can_t_raise_themselves(self, office: Office) -> None:
        member_id = office.principal(ADMIN).member_id
        minter = Principal(TokenId("t"), "minter", "service", member_id, (MINTER,))
        with pytest.raises(ForbiddenError, match="could do more"):
            office.tokens.create_token("n", SERVICE, role=READER, principal=minter)
        office.tokens.create_token("n", SERVICE, inline_policy=MINTER, principal=minter)
        limited = Principal(
            TokenId("t"), "n", "personal", member_id, (ADMIN.policy,), (MINTER, READER.policy)
        )
        with pytest.raises(ForbiddenError, match="could do more"):
            office.tokens.create_token("n", SERVICE, role=WRITER, principal=limited)
        office.tokens.create_token("n", SERVICE, role=READER, principal=limited)

    def test_a_service_token_sees_none_of_the_member_that_made_it(self, office: Office) -> None:
        admins = office.make_token(ADMIN, PERSONAL).token
        partner = office.principal(WRITER, SERVICE)
        assert partner.member_id == admins.member_id
        assert office.tokens.list_tokens(PageRequest(), principal=partner).items == []
        with pytest.raises(NotFoundError):
            office.tokens.get_token(admins.id, principal=partner)

    def test_others_tokens_are_not_to_be_seen(self, office: Office) -> None:
        service = office.make_token().token
        own = office.make_token(kind=PERSONAL).token
        reader = office.principal(READER, PERSONAL)
        stranger = Principal(
            TokenId("t"), "n", "personal", MemberId("other"), (READER.policy,), (READER.policy,)
        )
        seen = office.tokens.list_tokens(PageRequest(limit=2), principal=reader)
        assert service not in seen.items
        assert seen.total_count == 3  # those of the one member: the first, `own` and the reader's
        assert len(seen.items) == 2
        assert office.tokens.get_token(own.id, principal=reader) == own
        with pytest.raises(ForbiddenError, match="deleteAccessToken"):
            office.tokens.delete_token(own.id, principal=reader)
        for token in (service, own):
            with pytest.raises(NotFoundError):
                office.tokens.delete_token(token.id, principal=stranger)
        assert office.tokens.list_tokens(PageRequest(), principal=stranger).total_count == 0
        admin = office.principal(ADMIN)
        office.tokens.delete_token(service.id, principal=admin)
        assert office.tokens.list_tokens(PageRequest(), principal=admin).total_count == 4
