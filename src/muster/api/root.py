"""Where the API begins, and who is asking."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends

from muster.access.principal import Principal
from muster.accounts.environment_keys import EnvironmentKeys, KeyOwner
from muster.accounts.model import TokenKind
from muster.api.authentication import CallerDependency, PrincipalDependency
from muster.api.documents.answers import answers, public_answers
from muster.api.documents.root import CallerIdentity, PublicIps, Root
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
    "relay-auto-configs": "/account/relay-auto-configs",
    "roles": "/roles",
    "tags": "/tags",
    "tokens": "/tokens",
    "versions": "/versions",
    "webhooks": "/webhooks",
}


def create_router(
    principal: PrincipalDependency, keys: EnvironmentKeys, account_id: AccountId
) -> APIRouter:
    """Return the router. Its root and its list of addresses are open to everybody."""
    router = APIRouter(tags=["Other"])
    caller_of = CallerDependency(principal, keys)

    @router.get(_ROOT, summary="List what the API has", **public_answers(Root))
    async def get_root() -> dict[str, Any]:
        """Return where the parts of the API are. Open to everybody."""
        return {"links": {name: link(_ROOT + place) for name, place in _LINKS.items()}}

    @router.get(_ROOT + "/caller-identity", summary="Tell who is asking", **answers(CallerIdentity))
    async def get_caller_identity(
        caller: Annotated[Principal | KeyOwner, Depends(caller_of)],
    ) -> dict[str, Any]:
        """Return the token's account, name and kind, and the member that a personal token acts for; or
        what an SDK key or a mobile key is of."""
        shown = _show_key(caller) if isinstance(caller, KeyOwner) else _show_token(caller)
        return {"accountId": account_id, **shown}

    @router.get(
        _ROOT + "/public-ip-list",
        summary="List the addresses of the service",
        **public_answers(PublicIps),
    )
    async def get_ips() -> dict[str, Any]:
        """Return the addresses of the service. Open to everybody."""
        # Where Muster runs only its operator knows.
        return {"addresses": [], "outboundAddresses": []}

    return router


def _show_token(caller: Principal) -> dict[str, Any]:
    shown = {
        "authKind": "token",
        "tokenKind": caller.kind,
        "tokenName": caller.name,
        "tokenId": caller.token_id,
        "serviceToken": caller.kind == TokenKind.SERVICE,
    }
    # A service token acts for nobody but itself.
    return shown if shown["serviceToken"] else {**shown, "memberId": caller.member_id}


def _show_key(owner: KeyOwner) -> dict[str, Any]:
    return {
        "authKind": owner.kind.value,
        "environmentId": owner.environment.id,
        "environmentName": owner.environment.name,
        "projectId": owner.project.id,
        "projectName": owner.project.name,
    }
