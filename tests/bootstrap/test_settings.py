"""Settings: where they come from, and which wins."""

from pathlib import Path

import pytest

from muster.bootstrap.settings import Settings, load_settings
from muster.core.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _empty_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MUSTER_{name.upper()}", raising=False)
    monkeypatch.delenv("MUSTER_CONFIG", raising=False)


def test_nothing_set_works() -> None:
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.control_store_url.endswith("/data/muster.db")


def test_flags_overrule_variables_and_variables_overrule_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "muster.toml").write_text('host = "file"\nport = 1\ndata_dir = "file"\n')
    monkeypatch.setenv("MUSTER_HOST", "variable")
    monkeypatch.setenv("MUSTER_PORT", "2")

    settings = load_settings(host="flag")

    assert (settings.host, settings.port, settings.data_dir) == ("flag", 2, Path("file"))


def test_a_named_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text("port = 99\n")
    monkeypatch.setenv("MUSTER_CONFIG", "other.toml")
    assert load_settings().port == 99
    monkeypatch.setenv("MUSTER_CONFIG", "missing.toml")
    with pytest.raises(ConfigurationError, match=r"missing\.toml"):
        load_settings()


def test_folders_are_separated_by_colons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_CATALOG", "/one:two/three:")
    assert load_settings().catalog == (Path("/one"), Path("two/three"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "http"),
        ("port", "70000"),
        ("public_url", "muster.example.com"),
        ("max_body_bytes", "0"),
        ("log_format", "xml"),
        ("rate_limit_token", "-1"),
        ("rate_limit_routes", "tokens=5"),
        ("rate_limit_routes", "GET /api/v2/tokens/{id}=5,GET /api/v2/tokens/{key}=6"),
    ],
)
def test_a_wrong_value_names_its_setting(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"MUSTER_{name.upper()}", value)
    with pytest.raises(ConfigurationError, match=f"MUSTER_{name.upper()}"):
        load_settings()


def test_limits_of_routes_come_as_a_text_or_as_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = "GET /api/v2/tokens/{id}=20", "POST /api/v2/tokens=5"
    (tmp_path / "muster.toml").write_text(f'rate_limit_routes = ["{one}", "{other}"]\n')
    of_file = load_settings().rate_limit_routes
    monkeypatch.setenv("MUSTER_RATE_LIMIT_ROUTES", f"{one}, {other}")
    assert load_settings().rate_limit_routes == of_file
    assert of_file == (("GET /api/v2/tokens/{}", 20), ("POST /api/v2/tokens", 5))


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "muster.toml").write_text("port = \n")
    with pytest.raises(ConfigurationError, match=r"muster\.toml"):
        load_settings()


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_BOOTSTRAP_TOKEN", "api-a-secret-of-mine")
    monkeypatch.setenv("MUSTER_RATE_LIMIT_STORE", "redis://:a-secret-of-mine@redis.example.com")
    assert "a-secret-of-mine" not in repr(load_settings())
