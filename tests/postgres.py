"""A real PostgreSQL server for the tests, on a free port of 127.0.0.1."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from muster.storage.sql.engine import open_engine

_USER = "muster"
_TEMPLATE = "muster_template"
_START_SECONDS = 60.0
# Nothing here has to survive a crash.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresServer:
    """A server that runs. Each database that it gives is new."""

    def __init__(self, port: int, password: str) -> None:
        self.port = port
        self.password = password

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://{_USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """Give the URL of a new database, with the control store's schema or empty; drop it then."""
        name = f"test_{secrets.token_hex(6)}"
        template = _TEMPLATE if migrated else "template0"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Run a statement as the superuser, outside a transaction."""
        engine = create_engine(
            self.url("postgres").replace("postgresql://", "postgresql+pg8000://"),
            isolation_level="AUTOCOMMIT",
        )
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()

    def make_template(self) -> None:
        """Make the database that migrated ones are copied from."""
        self.execute(f"CREATE DATABASE {_TEMPLATE}")
        open_engine(self.url(_TEMPLATE)).dispose()


def find_postgres() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs, or None where none is installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(installed, key=lambda program: int(program.parts[-3]), default=None)
    return newest and newest.parent


@contextmanager
def run_postgres(programs: Path) -> Iterator[PostgresServer]:
    """Run a server in a folder of its own; stop it and remove the folder at the end."""
    folder = Path(tempfile.mkdtemp(prefix="muster-postgres-"))
    try:
        owner = _unprivileged_user(folder)
        data = folder / "data"
        password = secrets.token_urlsafe(16)
        _initialize(programs, folder, data, password, owner)
        port = _free_port()
        settings = _FAST | {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder)}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    programs / "postgres",
                    *("-D", data, "-p", str(port)),
                    *(f"--{name}={value}" for name, value in settings.items()),
                ],
                stdout=log,
                stderr=log,
                cwd=folder,
                **owner,
            )
        try:
            server = PostgresServer(port, password)
            _wait_until_ready(server, process, folder / "log")
            server.make_template()
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # its fast shutdown: open connections are ended
            process.wait(timeout=_START_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user(folder: Path) -> Mapping[str, Any]:
    """Return how to start a program as a user whom PostgreSQL accepts: it refuses root."""
    if os.geteuid() != 0:
        return {}
    users = {user.pw_name: user for user in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _initialize(
    programs: Path, folder: Path, data: Path, password: str, owner: Mapping[str, Any]
) -> None:
    password_file = folder / "password"
    password_file.write_text(password)
    password_file.chmod(0o644)  # the folder itself is closed to others
    arguments = ["-U", _USER, "--auth=password", f"--pwfile={password_file}"]
    subprocess.run(
        [programs / "initdb", "-D", data, *arguments, "-E", "UTF8", "--locale=C.UTF-8", "-N"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        **owner,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.execute("SELECT 1")
        except DBAPIError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.05)
        else:
            return
