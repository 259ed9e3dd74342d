"""The server of a container that a test has opened, in a thread of the test's own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from muster.bootstrap.app import create_faces
from muster.bootstrap.container import Container
from muster.bootstrap.server import listen

_SECONDS = 30


@contextmanager
def serving(container: Container) -> Iterator[str]:
    """Yield the address of a server that answers as `muster serve` does, over HTTP."""
    faces, started = create_faces(container), threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: object = None) -> None:
            await super().startup(sockets)  # type: ignore[arg-type]
            started.set()

    config = uvicorn.Config(
        faces.app, http=faces.protocol, ws="none", lifespan="on", log_config=None
    )
    server = Server(config)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert started.wait(_SECONDS)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_SECONDS)
