"""The account, its members, its projects and their environments."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, Row, Select, func, insert, select
from sqlalchemy.exc import DBAPIError

from muster.access.roles import BuiltInRole
from muster.accounts.model import AccessToken, Account, Environment, Member, Project
from muster.core.errors import ConflictError, NotFoundError
from muster.core.ids import (
    AccountId,
    EnvironmentId,
    EnvironmentKey,
    MemberId,
    ProjectId,
    ProjectKey,
)
from muster.core.paging import Page, PageRequest
from muster.core.secrets import Secret
from muster.storage.sql import tables
from muster.storage.sql.columns import from_json_list, from_micros, to_json_list, to_micros
from muster.storage.sql.tokens import token_row
from muster.storage.sql.transactions import is_duplicate, reading, writing

_ENVIRONMENTS: Final = select(
    tables.environments,
    tables.projects.c.key.label("project_key"),
    tables.projects.c.tags.label("project_tags"),
).join_from(tables.environments, tables.projects)


class SqlAccountStore:
    """Implements `AccountStore`. Every method may raise `UnavailableError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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
            tables.members: [_member_row(member)],
            tables.projects: [_project_row(project)],
            tables.environments: [_environment_row(one) for one in environments],
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

    def find_project(self, key: str) -> Project | None:
        """Return the project with this key."""
        query = select(tables.projects).where(tables.projects.c.key == key)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _to_project(row)

    def list_projects(self, page: PageRequest) -> Page[Project]:
        """Return projects, ordered by key."""
        query = select(tables.projects).order_by(tables.projects.c.key)
        with reading(self._engine) as connection:
            total = connection.execute(
                select(func.count()).select_from(tables.projects)
            ).scalar_one()
            rows = connection.execute(query.limit(page.limit).offset(page.offset)).all()
        return Page([_to_project(row) for row in rows], total, page)

    def find_environment(self, project_key: str, key: str) -> Environment | None:
        """Return a project's environment by its key."""
        return self._find_environment(
            _ENVIRONMENTS.where(
                tables.projects.c.key == project_key, tables.environments.c.key == key
            )
        )

    def find_environment_by_id(self, environment_id: str) -> Environment | None:
        """Return the environment with this client-side ID."""
        return self._find_environment(
            _ENVIRONMENTS.where(tables.environments.c.id == environment_id)
        )

    def list_environments(self, project_key: str, page: PageRequest) -> Page[Environment]:
        """Return a project's environments, ordered by creation, then by key."""
        found = _ENVIRONMENTS.where(tables.projects.c.key == project_key)
        query = found.order_by(tables.environments.c.created_at, tables.environments.c.key)
        with reading(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(found.subquery()))
            rows = connection.execute(query.limit(page.limit).offset(page.offset)).all()
            return Page([_to_environment(row) for row in rows], total.scalar_one(), page)

    def find_member(self, member_id: MemberId) -> Member | None:
        """Return the member of the account with this id."""
        return self._find_member(tables.members.c.id == member_id)

    def find_member_by_email(self, email: str) -> Member | None:
        """Return the member of the account with this e-mail address (compared without case)."""
        return self._find_member(tables.members.c.folded_email == email.casefold())

    def _find_environment(self, query: Select[Any]) -> Environment | None:
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _to_environment(row)

    def _find_member(self, condition: ColumnElement[bool]) -> Member | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(tables.members).where(condition)).one_or_none()
        return None if row is None else _to_member(row)


def _to_account(row: Row[Any]) -> Account:
    return Account(AccountId(row.id), row.name, from_micros(row.created_at))


def _member_row(member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "email": member.email,
        "folded_email": member.email.casefold(),
        "role": member.role.value,
        "created_at": to_micros(member.created_at),
    }


def _to_member(row: Row[Any]) -> Member:
    return Member(MemberId(row.id), row.email, BuiltInRole(row.role), from_micros(row.created_at))


def _project_row(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "tags": to_json_list(project.tags),
        "created_at": to_micros(project.created_at),
    }


def _to_project(row: Row[Any]) -> Project:
    return Project(
        id=ProjectId(row.id),
        key=ProjectKey(row.key),
        name=row.name,
        tags=from_json_list(row.tags),
        created_at=from_micros(row.created_at),
    )


def _environment_row(environment: Environment) -> dict[str, Any]:
    return {
        "id": environment.id,
        "project_id": environment.project_id,
        "key": environment.key,
        "name": environment.name,
        "color": environment.color,
        "sdk_key": environment.sdk_key.reveal(),
        "mobile_key": environment.mobile_key.reveal(),
        "tags": to_json_list(environment.tags),
        "critical": environment.critical,
        "created_at": to_micros(environment.created_at),
    }


def _to_environment(row: Row[Any]) -> Environment:
    return Environment(
        id=EnvironmentId(row.id),
        project_id=ProjectId(row.project_id),
        project_key=ProjectKey(row.project_key),
        key=EnvironmentKey(row.key),
        name=row.name,
        color=row.color,
        sdk_key=Secret(row.sdk_key),
        mobile_key=Secret(row.mobile_key),
        tags=from_json_list(row.tags),
        critical=row.critical,
        created_at=from_micros(row.created_at),
        project_tags=from_json_list(row.project_tags),
    )
