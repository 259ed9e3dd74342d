"""`GET /sdk/goals/{clientSideId}`: goals for browser SDKs; partners test a client-side ID with it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from muster.accounts.store import EnvironmentDirectory
from muster.core.errors import NotFoundError


class GoalsEndpoint:
    """Answers 200 for a client-side ID that exists, 404 for any other."""

    def __init__(self, environments: EnvironmentDirectory) -> None:
        self._environments = environments

    def routes(self) -> list[Route]:
        """Return the endpoint's route, for GET and HEAD."""
        return [Route("/sdk/goals/{client_side_id}", self.get, methods=["GET", "HEAD"])]

    async def get(self, request: Request) -> Response:
        """Return the environment's goals: Muster has none."""
        environment = await self._environments.find(request.path_params["client_side_id"])
        if environment is None:
            raise NotFoundError("No environment has this client-side ID.")
        return JSONResponse([], headers={"Access-Control-Allow-Origin": "*"})
