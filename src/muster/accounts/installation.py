"""The first start of an installation: what it begins with."""

import re
from dataclasses import dataclass
from typing import Final

from muster.access.roles import BuiltInRole
from muster.accounts.model import AccessToken, Account, Environment, Member, Project, TokenKind
from muster.accounts.store import AccountStore
from muster.core.clock import Clock
from muster.core.errors import ConfigurationError, ConflictError
from muster.core.ids import (
    AccountId,
    EnvironmentId,
    EnvironmentKey,
    MemberId,
    ProjectId,
    ProjectKey,
    TokenId,
    new_id,
)
from muster.core.secrets import Secret, hash_secret, new_access_token, new_mobile_key, new_sdk_key

FIRST_ADMIN_EMAIL: Final = "admin@localhost"
BOOTSTRAP_TOKEN_NAME: Final = "bootstrap"

_ENVIRONMENTS: Final = (("production", "Production", "417505"), ("test", "Test", "F5A623"))
_PRESET_TOKEN: Final = re.compile(r"[!-~]{16,512}")


@dataclass(frozen=True, slots=True)
class NewInstallation:
    """What the first start created.

    Attributes:
        token: the admin access token; this is the only sight of it.
    """

    token: Secret
    project: Project
    environments: tuple[Environment, ...]


def ensure_installation(
    accounts: AccountStore, clock: Clock, preset_token: Secret | None
) -> NewInstallation | None:
    """Create what an installation begins with, where that has not been done.

    It creates the account, its admin, the project `default`, the environments `production` and `test`,
    and a personal access token of the admin. Of two processes that start at once one creates.

    Args:
        preset_token: the access token to create; None for a random one. It presets only that first
            token: on an installation that exists it is neither created nor accepted, so that a variable
            that was left in place can't bring back a token that was deleted.

    Returns:
        What was created, or None when the installation exists already.

    Raises:
        ConfigurationError: the preset token is not 16 to 512 printable ASCII characters without spaces.
    """
    if preset_token is not None and not _PRESET_TOKEN.fullmatch(preset_token.reveal()):
        raise ConfigurationError(
            "The preset access token (MUSTER_BOOTSTRAP_TOKEN) must have 16 to 512 printable ASCII "
            "characters and no spaces. Leave it out, and Muster makes one."
        )
    if accounts.find_account() is not None:
        return None
    now = clock.now()
    member = Member(MemberId(new_id()), FIRST_ADMIN_EMAIL, BuiltInRole.ADMIN, now)
    project = Project(ProjectId(new_id()), ProjectKey("default"), "Default", (), now)
    environments = tuple(
        Environment(
            id=EnvironmentId(new_id()),
            project_id=project.id,
            project_key=project.key,
            key=EnvironmentKey(key),
            name=name,
            color=color,
            sdk_key=Secret(new_sdk_key()),
            mobile_key=Secret(new_mobile_key()),
            tags=(),
            critical=False,
            created_at=now,
        )
        for key, name, color in _ENVIRONMENTS
    )
    secret = preset_token or new_access_token()
    token = AccessToken(
        id=TokenId(new_id()),
        name=BOOTSTRAP_TOKEN_NAME,
        kind=TokenKind.PERSONAL,
        member_id=member.id,
        role=BuiltInRole.ADMIN,
        inline_policy=None,
        ending=secret.ending,
        created_at=now,
        expires_at=None,
        last_used_at=None,
    )
    try:
        accounts.create_account(
            Account(AccountId(new_id()), "Muster", now),
            member,
            project,
            environments,
            token,
            hash_secret(secret.reveal()),
        )
    except ConflictError:
        if accounts.find_account() is None:
            raise
        return None  # another process was first
    return NewInstallation(secret, project, environments)
