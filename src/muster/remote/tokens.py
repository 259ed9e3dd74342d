"""The access tokens of a server elsewhere."""

from collections.abc import Sequence
from datetime import datetime

from muster.access.explanation import Explanation, explain
from muster.access.policy import Policy
from muster.access.resources import Resource
from muster.access.roles import BuiltInRole
from muster.accounts.authentication import find_principal
from muster.accounts.model import AccessToken, Member, TokenKind
from muster.accounts.tokens import NewToken
from muster.core.clock import to_millis
from muster.core.errors import InvalidRequestError, NotFoundError
from muster.core.paging import Page, PageRequest
from muster.core.secrets import Secret
from muster.remote.connection import Connection
from muster.remote.members import RemoteMembers
from muster.remote.projects import paging
from muster.remote.representations import TokenShape
from muster.remote.roles import RoleDirectory
from muster.remote.shapes import PageShape


class RemoteTokens:
    """Does what `TokenService` does."""

    def __init__(
        self, connection: Connection, members: RemoteMembers, roles: RoleDirectory
    ) -> None:
        self._connection = connection
        self._members = members
        self._roles = roles

    def create_token(
        self,
        name: str,
        kind: TokenKind,
        *,
        role: BuiltInRole | None = None,
        inline_policy: Policy | None = None,
        custom_roles: Sequence[str] = (),
        expires_at: datetime | None = None,
        member: str | None = None,
    ) -> NewToken:
        """Make a token.

        Raises:
            InvalidRequestError: a member is named: the API makes tokens of the caller's member alone.
        """
        if member is not None:
            raise InvalidRequestError(
                "A personal token made over the REST API is that of the member whose token is used. To "
                "make one of another member takes the machine that has the data."
            )
        body = {
            "name": name,
            "serviceToken": kind is TokenKind.SERVICE,
            "role": None if role is None else role.value,
            "inlineRole": None if inline_policy is None else inline_policy.to_json(),
            "customRoleIds": list(custom_roles) or None,
            "expiry": None if expires_at is None else to_millis(expires_at),
        }
        made = self._connection.post(TokenShape, "tokens", body=body)
        return NewToken(self._read(made), Secret(made.token))

    def list_tokens(self, page: PageRequest) -> Page[AccessToken]:
        """Return tokens, newest first."""
        found = self._connection.get(PageShape[TokenShape], "tokens", query=paging(page))
        return found.to_page(page, self._read)

    def get_token(self, token_id: str) -> AccessToken:
        """Return a token."""
        return self._read(self._connection.get(TokenShape, "tokens", token_id))

    def delete_token(self, token_id: str) -> None:
        """Delete a token."""
        self._connection.delete("tokens", token_id)

    def explain(self, token_id: str, action: str, resource: Resource) -> Explanation:
        """Return why requests with a token may do something, or may not.

        The API has no such question: it is answered here, of what the API tells of the token, its custom
        roles and its member.

        Raises:
            ForbiddenError: what one of the custom roles allows is not this token's to view.
        """
        token = self.get_token(token_id)
        self._roles.require_visible(token.custom_roles)
        principal = find_principal(token, self)
        if principal is None:
            raise NotFoundError(
                f"The member that the token {token.name!r} acts for is gone, or not yours to see."
            )
        return explain(principal, action, resource)

    def find_member(self, member_id: str) -> Member | None:
        """Return the member that a token acts for, if what their custom roles allow is known."""
        member = self._members.find_member(member_id)
        if member is not None:
            self._roles.require_visible(member.custom_roles)
        return member

    def _read(self, shape: TokenShape) -> AccessToken:
        return shape.to_model(self._roles.find_roles)
