"""Access tokens. Of their secrets only hashes are stored."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from muster.access.policy import Policy
from muster.access.roles import BuiltInRole
from muster.accounts.model import AccessToken, CustomRole, TokenKind
from muster.core.errors import ConflictError
from muster.core.ids import MemberId, TokenId
from muster.core.paging import Page, PageRequest
from muster.storage.sql.columns import (
    from_micros,
    from_micros_or_none,
    to_micros,
    to_micros_or_none,
)
from muster.storage.sql.roles import read_roles, write_roles
from muster.storage.sql.tables import access_token_roles, access_tokens, retired_token_secrets
from muster.storage.sql.transactions import is_duplicate, reading, writing


class SqlTokenStore:
    """Implements `TokenStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_token(self, token: AccessToken, token_hash: str) -> None:
        """Store a new token.

        Raises:
            ConflictError: a token with this hash exists, or one of its roles is gone.
        """
        with writing(self._engine) as connection:
            try:
                connection.execute(insert(access_tokens), token_row(token, token_hash))
            except DBAPIError as error:
                if is_duplicate(error):
                    raise ConflictError("A token with this secret or this id exists.") from error
                raise
            write_roles(connection, access_token_roles, token.id, token.custom_roles)

    def find_token_by_hash(self, token_hash: str) -> AccessToken | None:
        """Return the token whose secret has this SHA-256 hash, also when it has expired.

        By a secret that it had before it was reset, it expires when that secret does.
        """
        return self._find(access_tokens.c.token_hash == token_hash) or self._find_by_retired(
            token_hash
        )

    def find_token(self, token_id: str) -> AccessToken | None:
        """Return the token with this id."""
        return self._find(access_tokens.c.id == token_id)

    def list_tokens(self, page: PageRequest) -> Page[AccessToken]:
        """Return tokens, newest first."""
        query = select(access_tokens).order_by(
            access_tokens.c.created_at.desc(), access_tokens.c.id.desc()
        )
        with reading(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(access_tokens))
            rows = connection.execute(query.limit(page.limit).offset(page.offset)).all()
            return Page(_to_tokens(connection, rows), total.scalar_one(), page)

    def list_personal_tokens(self, member_id: MemberId) -> Sequence[AccessToken]:
        """Return all tokens that act for a member."""
        query = select(access_tokens).where(
            access_tokens.c.member_id == member_id,
            access_tokens.c.kind == TokenKind.PERSONAL.value,
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(access_tokens.c.id)).all()
            return _to_tokens(connection, rows)

    def update_token(self, token: AccessToken) -> bool:
        """Store what has changed of a token but for its secret; tell whether it is still there.

        Raises:
            ConflictError: one of its roles is gone.
        """
        with writing(self._engine) as connection:
            return _update(connection, token)

    def replace_secret(
        self, token: AccessToken, token_hash: str, *, old_secret_until: datetime | None
    ) -> bool:
        """Give a token another secret, and store what has changed; tell whether it is still there."""
        with writing(self._engine) as connection:
            place = access_tokens.c.id == token.id
            old_hash = connection.execute(
                select(access_tokens.c.token_hash).where(place)
            ).scalar_one_or_none()
            if old_hash is None:
                return False
            retired = retired_token_secrets
            connection.execute(delete(retired).where(retired.c.token_id == token.id))
            if old_secret_until is not None:
                connection.execute(
                    insert(retired).values(
                        token_hash=old_hash,
                        token_id=token.id,
                        expires_at=to_micros(old_secret_until),
                    )
                )
            connection.execute(update(access_tokens).where(place).values(token_hash=token_hash))
            return _update(connection, token)

    def delete_token(self, token_id: TokenId) -> bool:
        """Delete a token; tell whether there was one."""
        with writing(self._engine) as connection:
            deleted = connection.execute(
                delete(access_tokens).where(access_tokens.c.id == token_id)
            )
            return deleted.rowcount > 0

    def record_token_use(self, used_at: Mapping[TokenId, datetime]) -> None:
        """Set when each of these tokens was last used; ids that are gone are passed over.

        A later use that another node has written stays.
        """
        used = access_tokens.c.last_used_at
        with writing(self._engine) as connection:
            # In one order on all nodes, so that two of them never wait for each other.
            for token_id, moment in sorted(used_at.items()):
                micros = to_micros(moment)
                connection.execute(
                    update(access_tokens)
                    .where(access_tokens.c.id == token_id, or_(used.is_(None), used < micros))
                    .values(last_used_at=micros)
                )

    def _find_by_retired(self, token_hash: str) -> AccessToken | None:
        retired = retired_token_secrets.c
        query = (
            select(access_tokens, retired.expires_at.label("retired_at"))
            .join(retired_token_secrets, retired.token_id == access_tokens.c.id)
            .where(retired.token_hash == token_hash)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            [token] = _to_tokens(connection, [row])
        retired_at = from_micros(row.retired_at)
        return replace(token, expires_at=min(token.expires_at or retired_at, retired_at))

    def _find(self, condition: ColumnElement[bool]) -> AccessToken | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(access_tokens).where(condition)).one_or_none()
            return None if row is None else _to_tokens(connection, [row])[0]


def _update(connection: Connection, token: AccessToken) -> bool:
    row = token_row(token, "")
    kept = ("id", "token_hash", "created_at", "last_used_at")
    values = {name: value for name, value in row.items() if name not in kept}
    updated = connection.execute(
        update(access_tokens).where(access_tokens.c.id == token.id).values(**values)
    )
    if updated.rowcount == 0:
        return False
    write_roles(connection, access_token_roles, token.id, token.custom_roles)
    return True


def token_row(token: AccessToken, token_hash: str) -> dict[str, Any]:
    """Return the row of a token."""
    policy = token.inline_policy
    return {
        "id": token.id,
        "token_hash": token_hash,
        "name": token.name,
        "kind": token.kind.value,
        "member_id": token.member_id,
        "role": None if token.role is None else token.role.value,
        "inline_policy": None if policy is None else json.dumps(policy.to_json()),
        "ending": token.ending,
        "created_at": to_micros(token.created_at),
        "expires_at": to_micros_or_none(token.expires_at),
        "last_used_at": to_micros_or_none(token.last_used_at),
        "description": token.description,
        "modified_at": to_micros_or_none(token.modified_at),
    }


def _to_tokens(connection: Connection, rows: Sequence[Row[Any]]) -> list[AccessToken]:
    with_roles = [row.id for row in rows if row.role is None and row.inline_policy is None]
    roles = read_roles(connection, access_token_roles, with_roles)
    return [_to_token(row, roles[row.id]) for row in rows]


def _to_token(row: Row[Any], roles: tuple[CustomRole, ...]) -> AccessToken:
    policy = row.inline_policy
    return AccessToken(
        id=TokenId(row.id),
        name=row.name,
        kind=TokenKind(row.kind),
        member_id=MemberId(row.member_id),
        role=None if row.role is None else BuiltInRole(row.role),
        inline_policy=None if policy is None else Policy.parse(json.loads(policy)),
        ending=row.ending,
        created_at=from_micros(row.created_at),
        expires_at=from_micros_or_none(row.expires_at),
        last_used_at=from_micros_or_none(row.last_used_at),
        description=row.description,
        modified_at=from_micros_or_none(row.modified_at),
        custom_roles=roles,
    )
