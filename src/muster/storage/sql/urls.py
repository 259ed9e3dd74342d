"""The URL of the control store: what it may be, and what the drivers make of it."""

import ssl
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from muster.core.errors import ConfigurationError

_POSTGRESQL: Final = frozenset({"postgres", "postgresql", "postgresql+pg8000"})
_KNOWN_PARAMETERS: Final = frozenset({"sslmode", "sslrootcert", "application_name"})
_WITHOUT_TLS: Final = frozenset({"disable", "allow", "prefer"})
_WITH_TLS: Final = frozenset({"require", "verify-ca", "verify-full"})
_FORMS: Final = "Write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or sqlite:////PATH."


def parse_database_url(text: str) -> tuple[URL, dict[str, Any]]:
    """Return the URL that SQLAlchemy takes, and the arguments of the driver's `connect`.

    Args:
        text: `sqlite:////path`, or `postgresql://` (also `postgres://`) with the parameters `sslmode`,
            `sslrootcert` and `application_name` of libpq.

    Raises:
        ConfigurationError: it is neither, or has parameters that can't be used. The message does not
            repeat the URL, for its password.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise ConfigurationError(f"The database URL can't be read. {_FORMS}") from None
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        return _check_sqlite(url), {}
    if url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+pg8000", query={}), _postgresql_arguments(url)
    raise ConfigurationError(
        f"A database of the kind {url.drivername!r} is not supported. {_FORMS}"
    )


def display_url(url: URL) -> str:
    """Return the URL without user, password and driver, for messages."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database or url.username}"


def _check_sqlite(url: URL) -> URL:
    if not url.database or url.database == ":memory:":
        raise ConfigurationError(f"The SQLite URL names no file. {_FORMS}")
    if url.host or url.query:
        raise ConfigurationError(f"A SQLite URL has a path and nothing else. {_FORMS}")
    return url


def _postgresql_arguments(url: URL) -> dict[str, Any]:
    if not url.username:
        raise ConfigurationError(f"The database URL names no user. {_FORMS}")
    unknown = sorted(set(url.query) - _KNOWN_PARAMETERS)
    if unknown:
        raise ConfigurationError(
            f"The database URL has the parameter {unknown[0]!r}; those that can be used are "
            f"{', '.join(sorted(_KNOWN_PARAMETERS))}."
        )
    context = _tls_context(_single(url, "sslmode") or "prefer", _single(url, "sslrootcert"))
    arguments: dict[str, Any] = {"application_name": _single(url, "application_name") or "muster"}
    return arguments if context is None else arguments | {"ssl_context": context}


def _single(url: URL, name: str) -> str | None:
    value = url.query.get(name)
    if value is None or isinstance(value, str):
        return value
    raise ConfigurationError(f"The database URL has the parameter {name!r} more than once.")


def _tls_context(mode: str, root_certificate: str | None) -> ssl.SSLContext | None:
    """Return what libpq's modes ask for; `allow` and `prefer` do not insist on TLS, so none is used."""
    if mode in _WITHOUT_TLS:
        return None
    if mode not in _WITH_TLS:
        raise ConfigurationError(
            f"The database URL has sslmode={mode!r}; it is one of "
            f"{', '.join(sorted(_WITHOUT_TLS | _WITH_TLS))}."
        )
    if root_certificate is not None and not Path(root_certificate).is_file():
        raise ConfigurationError(f"sslrootcert names {root_certificate}, which is not a file.")
    try:
        context = ssl.create_default_context(cafile=root_certificate)
    except ssl.SSLError:
        raise ConfigurationError(
            f"sslrootcert names {root_certificate}, which holds no PEM certificate."
        ) from None
    context.check_hostname = mode == "verify-full"
    if mode == "require" and root_certificate is None:
        context.verify_mode = ssl.CERT_NONE
    return context
