"""What a sandbox is made of; how it runs is tried in `tests/end_to_end/test_sandbox.py`."""

from pathlib import Path

import pytest

from muster.bootstrap.sandbox import SandboxSettings, sample_body
from muster.bootstrap.settings import Settings
from muster.payloads.parser import RequestParser
from muster.storage.files.catalog import bundled_integrations, read_catalog


def test_neither_variables_nor_files_change_a_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("muster.toml").write_text("max_body_bytes = 2048\n")
    monkeypatch.setenv("MUSTER_DATABASE_URL", "postgresql://elsewhere/db")
    monkeypatch.setenv("MUSTER_RECORD_REQUESTS", "100")
    values = {"data_dir": tmp_path, "port": 0}
    assert Settings(**values).max_body_bytes == 2048  # type: ignore[arg-type]
    settings = SandboxSettings.of(**values)
    assert settings.control_store_url.startswith("sqlite:///")
    assert settings.record_requests == 0
    assert settings.max_body_bytes == 16 * 1024 * 1024
    assert (settings.data_dir, settings.port) == (tmp_path, 0)


def test_every_bundled_integration_has_a_sample_that_it_reads() -> None:
    parsers = [one.parser for one in read_catalog([bundled_integrations()]).catalog if one.parser]
    assert len(parsers) == 12
    for parser in parsers:
        changes = parser.parse(sample_body(parser, "0123456789abcdef01234567"))
        assert changes.environment_id == "0123456789abcdef01234567"
        assert [one.added for one in changes.cohorts] == [["user-000001", "user-000002"]]


def test_a_manifest_whose_pointers_clash_has_none() -> None:
    parser = RequestParser.compile(
        {
            "environmentIdPath": "/a",
            "cohortIdPath": "/a/b",
            "cohortNamePath": "/name",
            "memberArrayPath": "/members",
            "memberArrayParser": {"memberIdPath": "/id", "booleanMembershipPath": "/in"},
        }
    )
    assert sample_body(parser, "0123456789abcdef01234567") is None
