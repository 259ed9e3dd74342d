"""Who makes a REST request."""

from typing import Annotated

from fastapi import Request, Security
from fastapi.security import APIKeyHeader

from muster.access.principal import Principal
from muster.accounts.authentication import Authenticator
from muster.accounts.environment_keys import EnvironmentKeys, KeyOwner

_scheme = APIKeyHeader(
    name="Authorization",
    scheme_name="ApiKey",
    description="An access token, bare: no `Bearer` before it.",
    auto_error=False,
)


class PrincipalDependency:
    """A FastAPI dependency: the principal of the token that the request carries."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    async def __call__(
        self, request: Request, _: Annotated[str | None, Security(_scheme)]
    ) -> Principal:
        """Return the principal.

        Raises:
            UnauthenticatedError: there is no token, or nobody is known by it.
        """
        return await self._authenticator.authenticate(request.headers.get("authorization"))


class CallerDependency:
    """A FastAPI dependency: whoever is asking, be it with a token, an SDK key or a mobile key."""

    def __init__(self, principal: PrincipalDependency, keys: EnvironmentKeys) -> None:
        self._principal = principal
        self._keys = keys

    async def __call__(
        self, request: Request, credential: Annotated[str | None, Security(_scheme)]
    ) -> Principal | KeyOwner:
        """Return the principal, or what the key is of.

        Raises:
            UnauthenticatedError: nobody is known by what was sent; the same for a key as where no key
                is taken.
        """
        owner = await self._keys.find(credential or "")
        return await self._principal(request, credential) if owner is None else owner
