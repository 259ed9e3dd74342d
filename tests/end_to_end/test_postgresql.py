"""A server whose control store is PostgreSQL."""

from pathlib import Path

from tests.end_to_end.harness import Muster, run_cli, running
from tests.postgres import PostgresServer


def push_members(server: Muster, *members: str) -> int:
    """Send members of one cohort as RudderStack does; return the status."""
    body = {
        "environmentId": server.environment_id(),
        "cohortId": "c",
        "cohortName": "C",
        "listData": {"add": [{"id": key} for key in members]},
    }
    return server.push("rudderstack", body).status_code


def test_all_is_as_it_was_after_a_restart(postgres: PostgresServer, tmp_path: Path) -> None:
    with postgres.database(migrated=False) as url:
        with running(tmp_path / "data", "--database-url", url) as server:
            assert push_members(server, "ann", "bob") == 204
            assert server.stop() == 0
        with running(tmp_path / "data", "--database-url", url) as server:
            assert server.segments()["rudderstack-c"]["name"] == "C"
            assert push_members(server, "bob", "cleo") == 204
            assert server.count("rudderstack-c") == 3
            listed = server.cli("requests", "list", "--database-url", url, "--json")
            assert "rudderstack-c" in listed.stdout
        assert not (tmp_path / "data" / "muster.db").exists()


def test_a_backup_moves_from_sqlite_to_postgresql_and_back(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with running(tmp_path / "sqlite") as server:
        assert push_members(server, "ann", "bob") == 204
        environments = server.client.get("/api/v2/projects/default/environments").json()
        assert server.cli("backup", str(tmp_path / "one")).returncode == 0
    with postgres.database(migrated=False) as url:
        flags = ("--database-url", url)
        there = run_cli(tmp_path / "pg", "restore", str(tmp_path / "one"), *flags)
        assert there.returncode == 0, there.stderr
        with running(tmp_path / "pg", *flags) as server:
            assert push_members(server, "cleo") == 204
            made = server.cli("backup", str(tmp_path / "two"), *flags)
            assert made.returncode == 0, made.stderr
    back = run_cli(tmp_path / "again", "restore", str(tmp_path / "two"))
    assert back.returncode == 0, back.stderr
    with running(tmp_path / "again") as server:
        assert server.client.get("/api/v2/projects/default/environments").json() == environments
        assert server.count("rudderstack-c") == 3


def test_a_wrong_address_is_explained_without_the_password(tmp_path: Path) -> None:
    done = run_cli(
        tmp_path / "data",
        "serve",
        "--database-url",
        "postgresql://muster:hunter2@127.0.0.1:1/muster",
        "--port",
        "0",
    )
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr
