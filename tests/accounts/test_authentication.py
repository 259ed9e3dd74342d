"""Who makes a request."""

import asyncio
from datetime import timedelta

import pytest

from muster.access.resources import project_resource, service_token_resource
from muster.access.roles import BuiltInRole
from muster.accounts.authentication import Authenticator
from muster.accounts.model import TokenKind
from muster.core.errors import UnauthenticatedError, UnavailableError
from tests.accounts.stores import Office
from tests.clock import START

SHOP = project_resource("shop")


@pytest.fixture
def authenticator(office: Office) -> Authenticator:
    return Authenticator(office.token_store, office.member_store, office.clock)


async def test_a_token_makes_its_principal(office: Office, authenticator: Authenticator) -> None:
    made = office.make_token(BuiltInRole.WRITER)
    principal = await authenticator.authenticate(made.secret.reveal())
    assert (principal.token_id, principal.kind) == (made.token.id, "service")
    assert principal.member_id == made.token.member_id
    assert principal.allows("deleteProject", SHOP)
    assert not principal.allows("createAccessToken", service_token_resource("*"))


async def test_a_personal_token_is_limited_by_its_member(
    office: Office, authenticator: Authenticator
) -> None:
    personal = office.make_token(BuiltInRole.ADMIN, TokenKind.PERSONAL).secret.reveal()
    service = office.make_token(BuiltInRole.ADMIN, TokenKind.SERVICE).secret.reveal()
    with office.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE members SET role = 'reader'")
    limited = await authenticator.authenticate(personal)
    assert limited.allows("viewProject", SHOP)
    assert not limited.allows("deleteProject", SHOP)
    assert (await authenticator.authenticate(service)).allows("deleteProject", SHOP)
    with office.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM members")
    office.clock.advance(seconds=1)
    with pytest.raises(UnauthenticatedError):
        await authenticator.authenticate(personal)
    await authenticator.authenticate(service)


@pytest.mark.parametrize(
    ("credential", "says"),
    [
        (None, "has no access token"),
        ("", "has no access token"),
        ("Bearer x", "the scheme Bearer. Leave that out"),
        ("Basic bXVzdGVyOg==", "the scheme Basic"),
        ("api-1 etcetera", "spaces or characters"),
        ("api-\N{LATIN SMALL LETTER E WITH ACUTE}", "spaces or characters"),
        ("api-\ud800", "spaces or characters"),
        ("api-\n", "spaces or characters"),
        ("x" * 513, "has 513 characters"),
        ("sdk-01234567-89ab-cdef-0123-456789abcdef", "an SDK key"),
        ("mob-01234567-89ab-cdef-0123-456789abcdef", "a mobile key"),
        ("0123456789abcdef01234567", "a client-side ID"),
        ("api-01234567-89ab-cdef-0123-456789abcdef", "Nobody is known"),
    ],
)
async def test_nobody_is_told_why(
    authenticator: Authenticator, credential: str | None, says: str
) -> None:
    assert authenticator.cached(credential) is None
    with pytest.raises(UnauthenticatedError, match=says) as refused:
        await authenticator.authenticate(credential)
    secret = (credential or "").rpartition(" ")[2]
    assert len(secret) < 4 or secret not in refused.value.message


async def test_a_token_is_remembered_for_a_second_and_not_longer(
    office: Office, authenticator: Authenticator
) -> None:
    made = office.make_token()
    secret = made.secret.reveal()
    assert authenticator.cached(secret) is None
    principal = await authenticator.authenticate(secret)
    office.tokens.delete_token(made.token.id)
    office.clock.advance(seconds=0.999)
    assert authenticator.cached(secret) is principal
    assert await authenticator.authenticate(secret) is principal
    assert office.token_store.lookups == 1
    office.clock.advance(seconds=0.001)
    assert authenticator.cached(secret) is None
    with pytest.raises(UnauthenticatedError):
        await authenticator.authenticate(secret)


async def test_a_clock_that_is_set_back_prolongs_nothing(
    office: Office, authenticator: Authenticator
) -> None:
    made = office.make_token()
    await authenticator.authenticate(made.secret.reveal())
    office.tokens.delete_token(made.token.id)
    office.clock.advance(seconds=-3600)
    assert authenticator.cached(made.secret.reveal()) is None
    with pytest.raises(UnauthenticatedError):
        await authenticator.authenticate(made.secret.reveal())


async def test_a_token_expires_to_the_moment(office: Office, authenticator: Authenticator) -> None:
    made = office.tokens.create_token(
        "n",
        TokenKind.SERVICE,
        role=BuiltInRole.READER,
        expires_at=START + timedelta(milliseconds=500),
    )
    secret = made.secret.reveal()
    await authenticator.authenticate(secret)
    office.clock.advance(seconds=0.499)
    assert authenticator.cached(secret) is not None
    office.clock.advance(seconds=0.001)
    assert authenticator.cached(secret) is None
    with pytest.raises(UnauthenticatedError, match="expired at 2026-05-01 12:00:00 UTC"):
        await authenticator.authenticate(secret)


async def test_however_many_wait_the_store_is_asked_once(
    office: Office, authenticator: Authenticator
) -> None:
    secret = office.make_token().secret.reveal()
    first = asyncio.create_task(authenticator.authenticate(secret))
    others = [asyncio.create_task(authenticator.authenticate(secret)) for _ in range(50)]
    await asyncio.sleep(0)
    first.cancel()  # its client went away; the others' answer does not go with it
    principals = await asyncio.gather(*others)
    assert len({id(one) for one in principals}) == 1
    assert office.token_store.lookups == 1


async def test_a_flood_of_wrong_tokens_leaves_the_right_ones_in_memory(
    office: Office, authenticator: Authenticator
) -> None:
    secret = office.make_token().secret.reveal()
    await authenticator.authenticate(secret)

    async def send(wrong: str) -> None:
        with pytest.raises(UnauthenticatedError):
            await authenticator.authenticate(wrong)

    for number in range(2_100):
        await send(f"api-{number}")
    before = office.token_store.lookups
    await send("api-2099")
    assert office.token_store.lookups == before, "a wrong token is remembered, too"
    await send("api-0")
    assert office.token_store.lookups == before + 1, "but not without a bound"
    assert authenticator.cached(secret) is not None


async def test_a_store_that_fails_lets_nobody_in(
    office: Office, authenticator: Authenticator
) -> None:
    secret = office.make_token().secret.reveal()
    await authenticator.authenticate(secret)
    office.token_store.fails = True
    office.clock.advance(seconds=1)
    with pytest.raises(UnavailableError):
        await authenticator.authenticate(secret)
    office.token_store.fails = False
    await authenticator.authenticate(secret)


async def test_last_uses_are_gathered_and_written_together(
    office: Office, authenticator: Authenticator
) -> None:
    made = office.make_token()
    secret = made.secret.reveal()
    await authenticator.flush_token_uses()  # nothing to write
    await authenticator.authenticate(secret)
    office.clock.advance(seconds=0.5)
    assert authenticator.cached(secret) is not None
    assert office.tokens.get_token(made.token.id).last_used_at is None
    office.token_store.fails = True
    with pytest.raises(UnavailableError):
        await authenticator.flush_token_uses()
    office.token_store.fails = False
    await authenticator.flush_token_uses()
    used_at = office.tokens.get_token(made.token.id).last_used_at
    assert used_at == START + timedelta(seconds=0.5)
