"""The account's part of the API, as someone with a token sees it through LaunchDarkly's own client."""

from itertools import count
from typing import Any

from launchdarkly_api.api.access_tokens_api import AccessTokensApi
from launchdarkly_api.api.account_members_api import AccountMembersApi
from launchdarkly_api.api.audit_log_api import AuditLogApi
from launchdarkly_api.api.custom_roles_api import CustomRolesApi
from launchdarkly_api.models.access_token_post import AccessTokenPost
from launchdarkly_api.models.custom_role import CustomRole
from launchdarkly_api.models.custom_role_post import CustomRolePost
from launchdarkly_api.models.member import Member
from launchdarkly_api.models.new_member_form import NewMemberForm
from launchdarkly_api.models.patch_operation import PatchOperation
from launchdarkly_api.models.patch_with_comment import PatchWithComment
from launchdarkly_api.models.token import Token

from tests.end_to_end.harness import Muster
from tests.end_to_end.official_client import client

NOWHERE = "0" * 24
VIEW_ROLES = {"effect": "allow", "actions": ["viewRole"], "resources": ["role/*"]}
_numbers = count()


def new_key(what: str) -> str:
    """Return a key that nothing has yet."""
    return f"{what}-{next(_numbers)}"


class Account:
    """The APIs, as someone with a token sees them."""

    def __init__(self, server: Muster, token: str) -> None:
        api = client(server, token)
        self._server = server
        self.roles = CustomRolesApi(api)
        self.members = AccountMembersApi(api)
        self.tokens = AccessTokensApi(api)
        self.audit = AuditLogApi(api)

    def make_role(self, *policy: dict[str, Any], **fields: Any) -> CustomRole:
        """Make a role with a key of its own."""
        key = new_key("role")
        wanted = CustomRolePost.from_dict(
            {"key": key, "name": key, "policy": list(policy or [VIEW_ROLES]), **fields}
        )
        assert wanted is not None
        return self.roles.post_custom_role(wanted)

    def make_member(self, **fields: Any) -> Member:
        """Make a member with an e-mail address of its own."""
        wanted = NewMemberForm.from_dict({"email": f"{new_key('member')}@example.com", **fields})
        assert wanted is not None
        [made] = self.members.post_members([wanted]).items
        return made

    def make_token(self, **fields: Any) -> Token:
        """Make a service token."""
        wanted = AccessTokenPost.from_dict({"name": "t", "serviceToken": True, **fields})
        assert wanted is not None
        return self.tokens.post_token(wanted)

    def as_token(self, **fields: Any) -> "Account":
        """Return what someone with a new service token sees."""
        made = self.make_token(**fields)
        assert made.token is not None
        return Account(self._server, made.token)


def patch(*operations: dict[str, Any], comment: str | None = None) -> PatchWithComment:
    """Return a patch as roles take it."""
    return PatchWithComment(patch=[PatchOperation(**one) for one in operations], comment=comment)
