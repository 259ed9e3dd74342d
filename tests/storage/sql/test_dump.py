"""Dumps: consistent, whole, and from either database into the other."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from muster.contexts.model import seen_kind
from muster.core.errors import ConfigurationError, InvalidRequestError, UnavailableError
from muster.core.ids import EnvironmentId, SegmentId, new_id
from muster.core.secrets import Secret
from muster.storage.sql import dump as dumps
from muster.storage.sql.audit import SqlAuditLog
from muster.storage.sql.big_segment_stores import SqlBigSegmentStoreStore
from muster.storage.sql.context_kinds import SqlContextKindStore
from muster.storage.sql.contexts import SqlContextStore
from muster.storage.sql.dump import dump, load, open_snapshot
from muster.storage.sql.engine import open_engine
from muster.storage.sql.expiring_targets import SqlExpiringTargetStore
from muster.storage.sql.flags import SqlFlagStore
from muster.storage.sql.integration_configurations import SqlIntegrationConfigurationStore
from muster.storage.sql.members import SqlMemberStore
from muster.storage.sql.projects import SqlProjectStore
from muster.storage.sql.relay_proxies import SqlRelayProxyStore
from muster.storage.sql.roles import SqlRoleStore
from muster.storage.sql.segments import SqlSegmentStore
from muster.storage.sql.sync_log import SqlSyncLogStore
from muster.storage.sql.tables import SCHEMA_REVISION, metadata
from muster.storage.sql.tokens import SqlTokenStore
from muster.storage.sql.transfers import SqlTransferStore
from muster.storage.sql.webhooks import SqlWebhookStore
from tests.clock import START
from tests.postgres import PostgresServer
from tests.sqlite import new_control_store
from tests.storage.sql.things import (
    a_big_segment_store,
    a_context,
    a_delivery,
    a_flag,
    a_member,
    a_record,
    a_relay_proxy,
    a_role,
    a_segment,
    a_token,
    a_webhook,
    an_entry,
    an_expiring_target,
    an_export,
    an_import,
    an_integration_configuration,
    install,
)

Edit = Callable[[str], str]
MINUTE = timedelta(minutes=1)


def _fill(engine: Engine) -> None:
    created = install(engine)
    environment = created.environments[0]
    place = environment.id
    store = SqlProjectStore(engine)
    store.replace_sdk_key(place, Secret("sdk-2"), now=START, old_key_until=START + MINUTE)
    admin = SqlMemberStore(engine).find_first_admin()
    assert admin is not None
    tokens = SqlTokenStore(engine)
    token = a_token(admin.id, name='Jürgen\'s "token"\n\\N', expires_at=START)
    tokens.create_token(token, "11" * 32)
    tokens.replace_secret(token, "22" * 32, old_secret_until=START)
    role = a_role("ops", name="Jürgen")
    SqlRoleStore(engine).create_role(role)
    tokens.create_token(a_token(admin.id, role=None, custom_roles=(role,)), "33" * 32)
    SqlMemberStore(engine).create_member(a_member("ada@example.com", custom_roles=(role,)))
    relay, relays = a_relay_proxy(), SqlRelayProxyStore(engine)
    relays.create_configuration(relay, "44" * 32)
    relays.replace_key(relay, "55" * 32, old_key_until=START + MINUTE)
    SqlFlagStore(engine).insert_flag(a_flag(created.project, environment))
    SqlBigSegmentStoreStore(engine).create_store(a_big_segment_store(environment))
    configurations = SqlIntegrationConfigurationStore(engine)
    configurations.create_configuration(an_integration_configuration())
    segments = SqlSegmentStore(engine)
    gone = a_segment(place, "vip", name="\N{PARTY POPPER}\u2028 line")
    segments.save_segments([gone, a_segment(place, "staff", source=None)])
    segments.delete_segment(gone.id)
    segments.save_segments([replace(gone, id=SegmentId(f"{gone.id}x"), generation=2)])
    segments.save_segments([a_segment(EnvironmentId(new_id()), "of a deleted environment")])
    big = a_segment(place, "big", source=None)
    segments.insert_segment(big)
    SqlExpiringTargetStore(engine).save_targets([an_expiring_target(big)], [])
    transfers = SqlTransferStore(engine)
    transfers.create_import(an_import(big))
    transfers.create_export(an_export(big))
    context = a_context(place, "é", attributes={"name": "Jürgen \0", "n": [1.5, None]})
    SqlContextStore(engine).record_contexts([context, a_context(place, "x", application_id="web")])
    SqlContextKindStore(engine).add_kinds([seen_kind(created.project.id, "user", START)])
    SqlSyncLogStore(engine).append_records([a_record(n, status=400 + n) for n in range(12)])
    webhook, webhooks = a_webhook(), SqlWebhookStore(engine)
    webhooks.create_webhook(webhook)
    for name in ("Jürgen", "J."):
        SqlAuditLog(engine).append_entry(an_entry(after={"name": name}))
    [claim] = webhooks.claim(webhook.id, now=START, until=START + MINUTE, limit=1)
    webhooks.settle(a_delivery(claim), None)


def _rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in metadata.sorted_tables
        }


@pytest.fixture(params=["sqlite", "postgresql"])
def other_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A second control store, empty: on each kind of database."""
    if request.param == "sqlite":
        opened = open_engine(new_control_store(tmp_path, "other.db"))
        yield opened
        opened.dispose()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database() as url:
            opened = open_engine(url)
            yield opened
            opened.dispose()


def test_a_dump_of_one_database_fills_the_other(
    engine: Engine, other_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumps, "_ROWS_AT_ONCE", 5)
    _fill(engine)
    dump(engine, tmp_path)
    load(other_engine, tmp_path)
    rows = _rows(engine)
    assert _rows(other_engine) == rows
    assert all(rows.values()), "a table that the test leaves empty proves nothing"


def test_a_dump_of_an_older_schema_leaves_later_tables_empty(
    engine: Engine, other_engine: Engine, tmp_path: Path
) -> None:
    _fill(engine)
    dump(engine, tmp_path)
    later_tables = (
        *("audit_entries", "retired_token_secrets", "retired_sdk_keys", "segment_purges"),
        *("custom_roles", "member_roles", "access_token_roles", "contexts", "context_kinds"),
        *("expiring_targets", "segment_exports", "segment_imports"),
        *("webhooks", "webhook_queue", "webhook_deliveries"),
        *("relay_proxy_configurations", "retired_relay_proxy_keys"),
        *("big_segment_stores", "integration_configurations", "flags", "flag_configurations"),
    )
    later_columns = {
        "access_tokens": ("description", "modified_at"),
        "members": ("first_name", "last_name"),
        "projects": (
            *("include_in_snippet_by_default", "using_environment_id", "using_mobile_key"),
            "flag_defaults",
        ),
        "environments": (
            *("default_ttl_minutes", "secure_mode", "default_track_events"),
            *("require_comments", "confirm_changes"),
        ),
        "segments": ("unbounded", "rules", "targets", "version"),
    }
    manifest = json.loads((tmp_path / "dump.json").read_text())
    for table in later_tables:
        (tmp_path / f"{table}.ndjson").unlink()
        del manifest["rows"][table]
    (tmp_path / "dump.json").write_text(json.dumps({**manifest, "revision": "0001"}))
    for table, columns in later_columns.items():
        file = tmp_path / f"{table}.ndjson"
        rows = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]
        older = [{name: row[name] for name in row.keys() - set(columns)} for row in rows]
        if table == "segments":
            older = [{**row, "kind": "synced"} for row in older]
        file.write_text("".join(f"{json.dumps(row)}\n" for row in older))
    load(other_engine, tmp_path)
    wanted = {**_rows(engine), **{table: [] for table in later_tables}}
    assert _without_targets(_rows(other_engine)) == _without_targets(wanted)


def _without_targets(
    rows: dict[str, list[tuple[object, ...]]],
) -> dict[str, list[tuple[object, ...]]]:
    """Return rows with no targets written one way: a new row has two empty lists, an older one none."""
    empty = '{"included":{},"excluded":{}}'
    return {
        **rows,
        "segments": [
            tuple("{}" if one == empty else one for one in row) for row in rows["segments"]
        ],
    }


def test_a_snapshot_holds_what_was_there_when_it_was_opened(engine: Engine, tmp_path: Path) -> None:
    _fill(engine)
    log = SqlSyncLogStore(engine)
    with open_snapshot(engine) as snapshot:
        log.append_records([a_record(100)])
        log.prune_records(START + timedelta(seconds=10))
        snapshot.write(tmp_path)
    lines = (tmp_path / "sync_records.ndjson").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["status"] for line in lines} == {400 + n for n in range(12)}


def test_secrets_of_tokens_are_in_no_dump(engine: Engine, tmp_path: Path) -> None:
    created = install(engine)
    dump(engine, tmp_path)
    text = "".join(file.read_text(encoding="utf-8") for file in tmp_path.glob("*json"))
    assert created.project.id in text
    assert created.token.reveal() not in text


def test_a_store_that_is_not_empty_is_left_as_it_is(engine: Engine, tmp_path: Path) -> None:
    _fill(engine)
    dump(engine, tmp_path)
    before = _rows(engine)
    with pytest.raises(ConfigurationError, match="not empty"):
        load(engine, tmp_path)
    assert _rows(engine) == before


@pytest.mark.parametrize(
    ("file", "edit", "says"),
    [
        ("dump.json", None, "no whole dump"),
        ("dump.json", lambda text: text[:-3], "no whole dump"),
        ("dump.json", lambda text: text.replace(f'"{SCHEMA_REVISION}"', '"9999"'), "revision 9999"),
        ("segments.ndjson", None, "can't be read"),
        ("segments.ndjson", lambda text: text[: len(text) // 2], "can't be read"),
        ("segments.ndjson", lambda text: text.partition("\n")[2], "3 rows where 4"),
        ("segments.ndjson", lambda text: text.replace('"key"', '"kee"'), "other columns"),
        ("segments.ndjson", lambda text: "[]\n" + text, "can't be read"),
    ],
)
def test_a_dump_that_is_not_whole_is_refused_whole(
    engine: Engine, other_engine: Engine, tmp_path: Path, file: str, edit: Edit | None, says: str
) -> None:
    _fill(engine)
    dump(engine, tmp_path)
    target = tmp_path / file
    if edit is None:
        target.unlink()
    else:
        target.write_text(edit(target.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(InvalidRequestError, match=says):
        load(other_engine, tmp_path)
    assert not any(_rows(other_engine).values())


def test_a_folder_that_can_t_be_written(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="No such file"):
        dump(engine, tmp_path / "nowhere")
