"""Access tokens."""

from datetime import datetime
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from muster.access.policy import Policy
from muster.access.principal import Principal
from muster.access.roles import BuiltInRole
from muster.accounts.model import AccessToken, TokenKind
from muster.accounts.tokens import NewToken, TokenChanges, TokenService
from muster.api.access import with_access
from muster.api.authentication import PrincipalDependency
from muster.api.documents.answers import answers
from muster.api.documents.patches import JsonPatch
from muster.api.documents.policies import Statements
from muster.api.documents.tokens import Token, Tokens
from muster.api.fields import Fields, changed_fields, read_fields
from muster.api.parameters import Expand, Expiry, Limit, Offset
from muster.api.patches import apply_json_patch
from muster.api.queries import read_expand
from muster.api.representations import collection, link, path
from muster.core.clock import LATEST_MILLIS, from_millis, to_millis
from muster.core.paging import PageRequest
from muster.core.pointers import Json

API_VERSION: Final = 20240415
_TOKENS: Final = "/api/v2/tokens"
_NAMES: Final = {
    "name": "name",
    "description": "description",
    "role": "role",
    "inlineRole": "inline_policy",
    "customRoleIds": "custom_roles",
    "expiry": "expires_at",
}
"""What can be changed of a token: as the API calls it, and as Muster does."""
_NO_ABILITIES: Final[TokenChanges] = {"role": None, "inline_policy": None, "custom_roles": ()}
_Id = Annotated[str, Path(description="The token's id.", examples=["66b0c1a2d3e4f5a6b7c8da21"])]
_WITH_SECRET: Final = "The token with its secret, which is never shown again."
_Millis = Annotated[int, Field(ge=0, le=LATEST_MILLIS)]


class TokenPost(BaseModel):
    """A token to be made. Exactly one of `role`, `inlineRole` and `customRoleIds` is given.

    `customRoleIds` are ids or keys.
    """

    model_config = ConfigDict(
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"name": "ci", "role": "reader"}]},
    )

    name: str = ""
    """What people call it; not empty."""
    description: str = ""
    """What it is for."""
    role: Annotated[BuiltInRole, Field(strict=False)] | None = None
    """A built-in role."""
    inlineRole: Statements | None = None  # noqa: N815 - the API's names
    """A policy of its own."""
    customRoleIds: list[str] | None = None  # noqa: N815
    """Ids or keys of custom roles."""
    serviceToken: bool = False  # noqa: N815
    """Whether it acts for nobody but itself; else it may never do more than its member."""
    expiry: _Millis | None = None
    """When it stops working, in milliseconds since 1970; null for never."""


class _TokenFields(Fields):
    name: str
    description: str = ""
    role: Annotated[BuiltInRole | None, Field(strict=False)] = None
    inlineRole: Any = None  # noqa: N815
    customRoleIds: Annotated[tuple[str, ...], Field(strict=False)] = ()  # noqa: N815
    expiry: _Millis | None = None


def create_router(principal: PrincipalDependency, tokens: TokenService) -> APIRouter:
    """Return the router."""
    router = APIRouter(tags=["Access tokens"])
    Caller = Annotated[Principal, Depends(principal)]  # noqa: N806 - a type

    @router.get(_TOKENS, summary="List access tokens", **answers(Tokens, 400))
    def get_tokens(
        caller: Caller,
        limit: Limit = 25,
        offset: Offset = 0,
        expand: Expand = None,
    ) -> dict[str, Any]:
        """Return a page of one's own access tokens, and of those that the token may delete."""
        page = tokens.list_tokens(PageRequest(limit, offset), principal=caller)
        wanted = read_expand(expand)
        shown = [with_access(_show(one), wanted, caller, one.resource) for one in page.items]
        return collection(shown, page, _TOKENS, {"expand": expand})

    @router.post(
        _TOKENS,
        summary="Create an access token",
        **answers(Token, 400, 403, status=201, description=_WITH_SECRET),
    )
    def post_token(wanted: TokenPost, caller: Caller) -> dict[str, Any]:
        """Make an access token. Nobody can give a token more than they may do themselves."""
        created = tokens.create_token(
            wanted.name,
            TokenKind.SERVICE if wanted.serviceToken else TokenKind.PERSONAL,
            description=wanted.description,
            role=wanted.role,
            inline_policy=_policy(wanted.inlineRole),
            custom_roles=wanted.customRoleIds or (),
            expires_at=_moment(wanted.expiry),
            principal=caller,
        )
        return _show_new(created)

    @router.get(_TOKENS + "/{id:key}", summary="Get an access token", **answers(Token, 400, 404))
    def get_token(
        id: _Id,  # noqa: A002 - the API's name
        caller: Caller,
        expand: Expand = None,
    ) -> dict[str, Any]:
        """Return an access token, without its secret."""
        token = tokens.get_token(id, principal=caller)
        return with_access(_show(token), read_expand(expand), caller, token.resource)

    @router.patch(
        _TOKENS + "/{id:key}",
        summary="Change an access token",
        **answers(Token, 400, 403, 404, 409, 422),
    )
    def patch_token(
        id: _Id,  # noqa: A002
        operations: JsonPatch,
        caller: Caller,
    ) -> dict[str, Any]:
        """Change `name`, `description`, `role`, `inlineRole`, `customRoleIds` or `expiry`.

        To give it one of `role`, `inlineRole` and `customRoleIds` takes the others away.
        """
        shown = _show(tokens.get_token(id, principal=caller))
        patched = apply_json_patch(shown, operations, _NAMES)
        return _show(tokens.update_token(id, _changes(shown, patched), principal=caller))

    @router.post(
        _TOKENS + "/{id:key}/reset",
        summary="Give an access token another secret",
        **answers(Token, 400, 403, 404, description=_WITH_SECRET),
    )
    def reset_token(
        id: _Id,  # noqa: A002
        caller: Caller,
        expiry: Expiry = None,
    ) -> dict[str, Any]:
        """Give an access token another secret.

        The old one stops working within a second, or when `expiry` says.
        """
        return _show_new(tokens.reset_token(id, old_secret_until=_moment(expiry), principal=caller))

    @router.delete(
        _TOKENS + "/{id:key}", summary="Delete an access token", **answers(None, 400, 403, 404)
    )
    def delete_token(id: _Id, caller: Caller) -> None:  # noqa: A002
        """Delete an access token, which stops working within a second."""
        tokens.delete_token(id, principal=caller)

    return router


def _show_new(created: NewToken) -> dict[str, Any]:
    """Show a token with its secret, this once."""
    return {**_show(created.token), "token": created.secret.reveal()}


def _show(token: AccessToken) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "_links": {
            "parent": link(_TOKENS),
            "self": link(path("tokens", token.id)),
        },
        "_id": token.id,
        "ownerId": token.member_id,
        "memberId": token.member_id,
        "creationDate": to_millis(token.created_at),
        "lastModified": to_millis(token.modified_at or token.created_at),
        "name": token.name,
        "description": token.description,
        "token": token.ending,
        "serviceToken": token.kind is TokenKind.SERVICE,
        "defaultApiVersion": API_VERSION,
    }
    if token.role is not None:
        shown["role"] = token.role.value
    if token.inline_policy is not None:
        shown["inlineRole"] = token.inline_policy.to_json()
    if token.custom_roles:
        shown["customRoleIds"] = [role.id for role in token.custom_roles]
    if token.last_used_at is not None:
        shown["lastUsed"] = to_millis(token.last_used_at)
    if token.expires_at is not None:
        shown["expiry"] = to_millis(token.expires_at)
    return shown


def _changes(shown: dict[str, Json], patched: dict[str, Json]) -> TokenChanges:
    """Return what a patch changes.

    To give a token a role, a policy or custom roles takes away what it has of the other two.
    """
    fields = read_fields(_TokenFields, patched)
    changes = changed_fields(fields, _NAMES, shown, patched)
    if "inline_policy" in changes:
        changes["inline_policy"] = _policy(fields.inlineRole)
    if "expires_at" in changes:
        changes["expires_at"] = _moment(fields.expiry)
    if any(changes.get(name) for name in _NO_ABILITIES):
        changes = {**_NO_ABILITIES, **changes}
    return cast("TokenChanges", changes)


def _policy(statements: Json) -> Policy | None:
    return None if statements is None else Policy.parse(statements, at=("inlineRole",))


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else from_millis(millis)
