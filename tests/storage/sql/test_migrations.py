"""Migrations of databases that hold something."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from muster.storage.sql.engine import open_engine
from muster.storage.sql.schema import MIGRATIONS
from muster.storage.sql.tokens import SqlTokenStore
from muster.storage.sql.transactions import writing

_ROWS = (
    "INSERT INTO members VALUES ('m', 'ada@example.com', 'ada@example.com', 'admin', 1)",
    (
        "INSERT INTO access_tokens (id, token_hash, name, kind, member_id, role, ending, created_at)"
        " VALUES ('t', 'new', 'ci', 'service', 'm', 'writer', 'wxyz', 1)"
    ),
    "INSERT INTO retired_token_secrets VALUES ('old', 't', 2)",
)


def _migrate(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_tokens_and_their_older_secrets_outlive_the_change_of_their_table(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(
            "muster.storage.sql.engine.upgrade", lambda engine: _migrate(engine, "0004")
        )
        older = open_engine(empty_database_url)
    with older.begin() as connection:
        for statement in _ROWS:
            connection.exec_driver_sql(statement)
    older.dispose()
    engine = open_engine(empty_database_url)
    tokens = SqlTokenStore(engine)
    token = tokens.find_token_by_hash("new")
    assert token is not None
    assert token.role == "writer"
    retired = tokens.find_token_by_hash("old")
    assert retired is not None
    assert retired.id == token.id
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.exec_driver_sql("UPDATE access_tokens SET inline_policy = '[]'")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE access_tokens SET role = NULL")
        connection.exec_driver_sql("DELETE FROM members")
        connection.exec_driver_sql("DELETE FROM access_tokens")
    assert tokens.find_token_by_hash("old") is None
    engine.dispose()
