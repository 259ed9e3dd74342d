"""What a request costs before Muster does anything: an empty Starlette route under uvicorn."""

import os

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def answer(request: Request) -> Response:
    """Read the body and answer 204."""
    await request.body()
    return Response(status_code=204)


def main() -> None:
    """Run the app on MUSTER_PORT."""
    app = Starlette(
        routes=[
            Route("/", answer),
            Route("/api/v2/segment-targets/{integration_key}", answer, methods=["POST"]),
        ]
    )
    uvicorn.run(
        app,
        port=int(os.environ["MUSTER_PORT"]),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
    )


if __name__ == "__main__":
    main()
