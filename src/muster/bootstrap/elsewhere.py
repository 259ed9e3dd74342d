"""The tools of commands that work on a server elsewhere."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from muster.cli.runtime import Tools
from muster.cli.services import SegmentWriter
from muster.core.secrets import Secret
from muster.push.client import Server
from muster.remote.audit import RemoteAudit
from muster.remote.connection import Connection
from muster.remote.members import RemoteMembers
from muster.remote.projects import RemoteEnvironments, RemotePlaces, RemoteProjects
from muster.remote.roles import RemoteRoles, RoleDirectory
from muster.remote.segment_writer import RemoteSegmentWriter
from muster.remote.segments import RemoteSegments
from muster.remote.tokens import RemoteTokens
from muster.remote.webhooks import RemoteWebhooks


@contextmanager
def connect(url: str, token: Secret) -> Iterator[Tools]:
    """Yield the tools; the connection lasts as long as the block.

    Raises:
        InvalidRequestError: that is no address of a server, or no token.
    """
    with closing(Connection(Server.of(url, token.reveal()))) as connection:
        places, roles = RemotePlaces(connection), RemoteRoles(connection)
        directory = RoleDirectory(roles)
        members = RemoteMembers(connection, directory)
        yield Tools(
            accounts=places,
            projects=RemoteProjects(connection, places),
            environments=RemoteEnvironments(connection, places),
            audit=RemoteAudit(connection),
            tokens=RemoteTokens(connection, members, directory),
            roles=roles,
            members=members,
            segments=RemoteSegments(connection, places),
            webhooks=RemoteWebhooks(connection),
        )


@contextmanager
def connect_segment_writer(url: str, token: Secret) -> Iterator[SegmentWriter]:
    """Yield what changes segments; the connection lasts as long as the block.

    Raises:
        InvalidRequestError: that is no address of a server, or no token.
    """
    with closing(Connection(Server.of(url, token.reveal()))) as connection:
        yield RemoteSegmentWriter(connection)
