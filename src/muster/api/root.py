"""Where the API begins, and who is asking."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends

from muster.access.principal import Principal
from muster.accounts.model import TokenKind
from muster.api.authentication import PrincipalDependency
from muster.api.representations import link
from muster.core.ids import AccountId

_ROOT: Final = "/api/v2"
_LINKS: Final = {
    "self": "",
    "auditlog": "/auditlog",
    "caller-identity": "/caller-identity",
    "members": "/members",
    "openapi": "/openapi.json",
    "projects": "/projects",
    "roles": "/roles",
    "tokens": "/tokens",
    "versions": "/versions",
}


def create_router(principal: PrincipalDependency, account_id: AccountId) -> APIRouter:
    """Return the router. Its root and its list of addresses are open to everybody."""
    router = APIRouter(tags=["Other"])

    @router.get(_ROOT, summary="List what the API has")
    async def get_root() -> dict[str, Any]:
        return {"links": {name: link(_ROOT + place) for name, place in _LINKS.items()}}

    @router.get(_ROOT + "/caller-identity", summary="Tell who is asking")
    async def get_caller_identity(
        caller: Annotated[Principal, Depends(principal)],
    ) -> dict[str, Any]:
        shown = {
            "accountId": account_id,
            "authKind": "token",
            "tokenKind": caller.kind,
            "tokenName": caller.name,
            "tokenId": caller.token_id,
            "serviceToken": caller.kind == TokenKind.SERVICE,
        }
        # A service token acts for nobody but itself.
        return shown if shown["serviceToken"] else {**shown, "memberId": caller.member_id}

    @router.get(_ROOT + "/public-ip-list", summary="List the addresses of the service")
    async def get_ips() -> dict[str, Any]:
        # Where Muster runs only its operator knows.
        return {"addresses": [], "outboundAddresses": []}

    return router
