"""The first start."""

import re

import pytest

from muster.access.roles import BuiltInRole
from muster.accounts.installation import ensure_installation
from muster.accounts.model import TokenKind
from muster.core.errors import ConfigurationError
from muster.core.paging import PageRequest
from muster.core.secrets import Secret, hash_secret
from muster.storage.sql.accounts import SqlAccountStore
from muster.storage.sql.engine import open_engine
from tests.accounts.stores import Office
from tests.clock import FakeClock
from tests.sqlite import new_control_store

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def test_an_installation_begins_with_a_project_two_environments_and_an_admin(
    office: Office,
) -> None:
    created = office.created
    assert (created.project.key, created.project.name) == ("default", "Default")
    assert [(one.key, one.color) for one in created.environments] == [
        ("production", "417505"),
        ("test", "F5A623"),
    ]
    for environment in created.environments:
        assert re.fullmatch(r"[0-9a-f]{24}", environment.id)
        assert re.fullmatch(f"sdk-{UUID}", environment.sdk_key.reveal())
        assert re.fullmatch(f"mob-{UUID}", environment.mobile_key.reveal())
    assert re.fullmatch(f"api-{UUID}", created.token.reveal())
    (token,) = office.token_store.list_tokens(PageRequest()).items
    assert (token.name, token.kind, token.role) == (
        "bootstrap",
        TokenKind.PERSONAL,
        BuiltInRole.ADMIN,
    )
    member = office.member_store.find_member(token.member_id)
    assert member is not None
    assert (member.email, member.role) == ("admin@localhost", BuiltInRole.ADMIN)


def test_a_second_start_creates_nothing_and_takes_no_other_token(office: Office) -> None:
    other = Secret("another-token-of-mine")
    assert ensure_installation(office.accounts, office.clock, None) is None
    assert ensure_installation(office.accounts, office.clock, other) is None
    assert office.token_store.find_token_by_hash(hash_secret(other.reveal())) is None
    assert office.token_store.list_tokens(PageRequest()).total_count == 1


def test_the_first_token_can_be_preset(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    preset = Secret("sixteen~symbols!")
    engine = open_engine(new_control_store(tmp_path_factory.mktemp("other")))
    created = ensure_installation(SqlAccountStore(engine), office.clock, preset)
    assert created is not None
    assert created.token == preset
    engine.dispose()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fifteen-letters",
        "with a space in it",
        "mit-Umlaut-äöü-und-so",
        "x" * 513,
        "a-new-line-at-the-end\n",
    ],
)
def test_a_preset_token_that_can_t_be_sent_is_refused_unseen(office: Office, text: str) -> None:
    with pytest.raises(ConfigurationError, match="MUSTER_BOOTSTRAP_TOKEN") as refused:
        ensure_installation(office.accounts, FakeClock(), Secret(text))
    assert not text or text not in refused.value.message
