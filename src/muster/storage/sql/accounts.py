"""The account, and what an installation begins with."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.exc import DBAPIError

from muster.accounts.model import AccessToken, Account, Environment, Member, Project
from muster.core.errors import ConflictError, NotFoundError
from muster.core.ids import AccountId
from muster.storage.sql import tables
from muster.storage.sql.columns import from_micros, to_micros
from muster.storage.sql.members import member_row
from muster.storage.sql.projects import SqlProjectStore, environment_row, project_row
from muster.storage.sql.tokens import token_row
from muster.storage.sql.transactions import is_duplicate, reading, writing


class SqlAccountStore(SqlProjectStore):
    """Implements `AccountStore`. Every method may raise `UnavailableError`."""

    def get_account(self) -> Account:
        """Return the installation's account.

        Raises:
            NotFoundError: there is none before the first start.
        """
        account = self.find_account()
        if account is None:
            raise NotFoundError("This installation has no account yet: start it once.")
        return account

    def find_account(self) -> Account | None:
        """Return the installation's account, or None before the first start."""
        with reading(self._engine) as connection:
            row = connection.execute(select(tables.accounts)).one_or_none()
        return None if row is None else _to_account(row)

    def create_account(
        self,
        account: Account,
        member: Member,
        project: Project,
        environments: Collection[Environment],
        token: AccessToken,
        token_hash: str,
    ) -> None:
        """Create all that a new installation starts with, in one transaction.

        Raises:
            ConflictError: the installation has an account already; nothing is created.
        """
        rows = {
            tables.accounts: [
                {
                    "id": account.id,
                    "name": account.name,
                    "created_at": to_micros(account.created_at),
                }
            ],
            tables.members: [member_row(member)],
            tables.projects: [project_row(project)],
            tables.environments: [environment_row(one) for one in environments],
            tables.access_tokens: [token_row(token, token_hash)],
        }
        with writing(self._engine) as connection:
            try:
                for table, its_rows in rows.items():
                    connection.execute(insert(table), its_rows)
            except DBAPIError as error:
                if is_duplicate(error):
                    raise ConflictError("The installation has an account already.") from error
                raise


def _to_account(row: Row[Any]) -> Account:
    return Account(AccountId(row.id), row.name, from_micros(row.created_at))
