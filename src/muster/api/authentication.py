"""Who makes a REST request."""

from typing import Annotated

from fastapi import Request, Security
from fastapi.security import APIKeyHeader

from muster.access.principal import Principal
from muster.accounts.authentication import Authenticator

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
