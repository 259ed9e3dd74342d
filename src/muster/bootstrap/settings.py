"""Settings: flags, then `MUSTER_*` variables, then a TOML file, then defaults that work."""

import os
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from muster.core.errors import ConfigurationError
from muster.limits.model import MAX_LIMIT, RouteLimit, read_route_limits

CONFIG_FILE_VARIABLE: Final = "MUSTER_CONFIG"
_DEFAULT_CONFIG_FILE: Final = "muster.toml"


class Settings(BaseSettings):
    """Everything that can be set. Each field is `MUSTER_` and its name in capitals as a variable."""

    model_config = SettingsConfigDict(env_prefix="MUSTER_", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 for any free one.")
    data_dir: Path = Field(Path("data"), description="Folder of the embedded stores.")
    database_url: str | None = Field(
        None, description="PostgreSQL for the control store; default: SQLite in the data folder."
    )
    catalog: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="Further folders of integrations, laid over the bundled ones; as a variable "
        "separated by colons.",
    )
    bootstrap_token: SecretStr | None = Field(
        None, description="The admin access token that the first start creates."
    )
    public_url: str | None = Field(
        None, description="Address that users reach Muster at; default: what the client asked for."
    )
    max_body_bytes: int = Field(
        16 * 1024 * 1024, ge=1024, description="Largest request body, decompressed, in bytes."
    )
    max_import_bytes: int = Field(
        1024 * 1024 * 1024, ge=1024, description="Largest CSV file of an import, in bytes."
    )
    body_timeout_seconds: float = Field(
        30, gt=0, description="How long a request body may take to arrive; of an import, each part."
    )
    shutdown_timeout_seconds: int = Field(
        30, ge=1, description="How long requests may take to finish after SIGTERM."
    )
    rate_limit_global: int = Field(
        0, ge=0, le=MAX_LIMIT, description="Requests in 10 seconds, all together; 0 for any number."
    )
    rate_limit_token: int = Field(
        0, ge=0, le=MAX_LIMIT, description="Requests in 10 seconds of each access token."
    )
    rate_limit_route: int = Field(
        0, ge=0, le=MAX_LIMIT, description="Requests in 10 seconds of each route: verb and path."
    )
    rate_limit_routes: Annotated[tuple[RouteLimit, ...], NoDecode] = Field(
        (),
        description="Limits of single routes in place of that: 'GET /api/v2/tokens/{id}=20, ...'; "
        "0 for any number.",
    )
    rate_limit_store: SecretStr | None = Field(
        None, description="Redis that counts for several servers; default: each counts for itself."
    )
    sync_log_days: float = Field(7, gt=0, description="How long the sync log keeps its rows.")
    context_days: float = Field(
        30, gt=0, description="How long a context is kept that is not evaluated again."
    )
    record_requests: int = Field(
        0,
        ge=0,
        le=100_000,
        description="How many of the last sync requests are kept with their bodies; 0 for none.",
    )
    record_member_ids: bool = Field(
        False, description="Keep members' ids in recorded bodies as they are, not hashed."
    )
    revision_log_days: float = Field(
        7, gt=0, description="How long the revision log keeps an environment's changes."
    )
    revision_log_changes: int = Field(
        2_000_000, ge=1, description="How many member changes it keeps of each environment."
    )
    webhook_private_addresses: bool = Field(
        False, description="Send webhooks also to addresses that are not of the public internet."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="JSON lines, or lines for people; auto: for people on a terminal."
    )

    @field_validator("catalog", mode="before")
    @classmethod
    def _split_folders(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(Path(part) for part in value.split(os.pathsep) if part)
        return value

    @field_validator("rate_limit_routes", mode="before")
    @classmethod
    def _read_route_limits(cls, value: Any) -> Any:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = ",".join(value)  # as the TOML file may have them
        return tuple(read_route_limits(value)) if isinstance(value, str) else value

    @field_validator("rate_limit_routes")
    @classmethod
    def _check_route_limits(cls, value: tuple[RouteLimit, ...]) -> tuple[RouteLimit, ...]:
        names = [one.route for one in value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice} has two limits; give it one")
        return value

    @field_validator("public_url")
    @classmethod
    def _trim_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("it must begin with http:// or https://")
        return value.rstrip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings names it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let flags overrule variables, and variables the TOML file."""
        named = os.environ.get(CONFIG_FILE_VARIABLE)
        file = TomlConfigSettingsSource(settings_cls, Path(named or _DEFAULT_CONFIG_FILE))
        return init_settings, env_settings, file

    @property
    def control_store_url(self) -> str:
        """The URL of the control store: PostgreSQL's, or that of the SQLite file."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'muster.db').absolute()}"

    @property
    def recordings_path(self) -> Path:
        """The folder of recorded requests."""
        return self.data_dir / "recordings"

    @property
    def transfers_path(self) -> Path:
        """The folder of CSV files that are imported or exported."""
        return self.data_dir / "transfers"

    @property
    def memberships_path(self) -> Path:
        """The folder of the membership store."""
        return self.data_dir / "memberships"


def load_settings(**flags: Any) -> Settings:
    """Read the settings.

    Args:
        flags: settings by name that overrule all else.

    Raises:
        ConfigurationError: a value can't be used, or the TOML file is missing or broken.
    """
    named = os.environ.get(CONFIG_FILE_VARIABLE)
    if named and not Path(named).is_file():
        raise ConfigurationError(f"{CONFIG_FILE_VARIABLE} names {named}, which is not a file.")
    try:
        return Settings(**flags)
    except ValidationError as error:
        raise ConfigurationError(_describe(error)) from None
    except ValueError as error:
        file = named or _DEFAULT_CONFIG_FILE
        raise ConfigurationError(f"{file} can't be read: {error}") from error


def _describe(error: ValidationError) -> str:
    lines = []
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(one["loc"][0]) if one["loc"] else "settings"
        lines.append(f"{name} (MUSTER_{name.upper()}): {one['msg']}")
    return "Settings that can't be used:\n" + "\n".join(f"  {line}" for line in lines)
