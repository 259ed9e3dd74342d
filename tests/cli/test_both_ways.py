"""Commands say the same of a data directory and, over the REST API, of the server that has it."""

import json
import re
from typing import Any

import pytest
from typer.testing import Result

from muster.audit.log import AuditFilter
from muster.core.paging import PageRequest
from tests.cli.world import World

POLICY = '[{"effect":"allow","actions":["view*"],"resources":["proj/*"]}]'
NEW = (
    "projects create shop --name Shop --tag eu --tag b2c",
    "environments create qa --project shop --critical --tag x",
    "environments create stage --color 00AA11",
    f"roles create keeper --policy {POLICY} --base reader --description Keeps",
    f"roles create other --policy {POLICY}",
    "roles update other --name Another",
    "members create ada@example.com --role writer --custom-role keeper --first-name Ada",
    "members create bob@example.com --custom-role other --custom-role keeper",
    "token create --name plain --role writer",
    "token create --name custom --custom-role other --custom-role keeper --personal",
    "token create --integration hightouch --expires 90d",
    "token create --name gone",
)
READS = (
    "projects list",
    "projects list --limit 1 --offset 1",
    "projects show shop",
    "environments list",
    "environments list --project shop --reveal",
    "environments show qa --project shop",
    "environments show CLIENT_SIDE_ID --project shop",
    "segments list",
    "segments list -e CLIENT_SIDE_ID",
    "segments show hightouch-a",
    "segments members hightouch-a",
    "segments members hightouch-a --limit 1",
    "segments members hightouch-a --excluded",
    "segments members hightouch-a --search an",
    "roles list",
    "roles show keeper",
    "roles show other",
    "members list",
    "members list --role keeper",
    "members list --search a,b",
    "token list",
    "token list --limit 2",
    "token why TOKEN viewProject proj/shop",
    "token why TOKEN updateIncluded proj/default:env/production:segment/hightouch-a",
    "audit list",
    "audit list --limit 2 --search token",
    "audit list --resource proj/*",
    "audit list --by-token BOOTSTRAP",
    "audit show ENTRY",
)
FAILURES = (
    "projects show nowhere",
    "projects create default",
    "projects create .key",
    "environments show nowhere",
    "environments list --project nowhere",
    "environments create test",
    "environments create qa --color red",
    "segments list -e nowhere",
    "segments list --project nowhere",
    "segments show nowhere",
    "segments members nowhere",
    "segments export nowhere",
    "segments add nowhere ann",
    "segments remove nowhere ann --excluded",
    "segments delete nowhere --yes",
    "roles show nowhere",
    f"roles create k/k --policy {POLICY}",
    "roles delete keeper --yes",
    "roles update nowhere --name n",
    "members create noaddress",
    "members create admin@localhost",
    "members update nobody@example.com --role admin",
    "members delete nobody --yes",
    "token create --name t --custom-role nowhere",
    "token delete nowhere --yes",
    "token why nowhere updateName proj/shop",
    "audit show nowhere",
)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z")


MINUTES = re.compile(r"just now|\d+ (?:second|minute)s? ago|never")
CHANGES_BY_ITSELF = frozenset({"lastUsedAt", "lastSeenAt"})

pytestmark = pytest.mark.parametrize("world", ["remote and local"], indirect=True)


@pytest.fixture
def filled(world: World) -> World:
    """A world with something of everything, made through its server."""
    for command in NEW:
        made = world.run(*command.split())
        assert made.exit_code == 0, (command, made.output)
    world.add_segment(
        "hightouch-a", ["anna", "bob", "ann"], excluded=["eve"], cohort_url="https://example.com/a"
    )
    return world


def run_both(world: World, command: str, *options: str) -> tuple[Result, Result]:
    """Run a command on the server, then on its data directory, which a flag names."""
    world.runtime.asked.clear()
    known = names(world)
    words = [known.get(word, word) for word in command.split()]
    remote = world.run(*words, *options)
    local = world.run(*words, *options, "--data-dir", "any")
    assert [what for what, _ in world.runtime.asked] == ["connect", "open_tools"]
    return remote, local


def names(world: World) -> dict[str, str]:
    """Return what stands for the words in capitals."""
    tokens = {one.name: one.id for one in world.tools.tokens.list_tokens(PageRequest(100)).items}
    qa = world.tools.environments.list_environments(None, "shop", PageRequest()).items[-1]
    [*_, oldest] = world.tools.audit.list_entries(None, AuditFilter(), limit=100)
    return {
        "TOKEN": tokens["custom"],
        "BOOTSTRAP": tokens["bootstrap"],
        "CLIENT_SIDE_ID": qa.id,
        "ENTRY": oldest.id,
    }


def as_told(text: str) -> Any:
    """Return what JSON says, its times cut to the milliseconds that the API tells of them."""

    def cut(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {name: value for name, value in pairs if name not in CHANGES_BY_ITSELF}

    in_millis = MOMENT.sub(lambda one: f"{one[1]}.{(one[2] or '').ljust(6, '0')[:3]}", text)
    return json.loads(in_millis, object_pairs_hook=cut)


def untimed(text: str) -> str:
    """Return a text without what it says of times, and without what is as wide as that."""
    in_millis = re.sub(r"(:\d\d\.\d{3})\d{3}\b", r"\g<1>000", text)
    return re.sub(" +", " ", MINUTES.sub("", in_millis))


def test_what_is_read_is_the_same(filled: World) -> None:
    for command in READS:
        remote, local = run_both(filled, command, "--json")
        assert (remote.exit_code, remote.stderr) == (local.exit_code, local.stderr), command
        assert as_told(remote.stdout) == as_told(local.stdout), command


def test_tables_and_fields_are_the_same(filled: World) -> None:
    for command in READS:
        remote, local = run_both(filled, command)
        assert untimed(remote.output) == untimed(local.output), command
        assert remote.output, command


@pytest.mark.parametrize("flags", ["", " --excluded"])
def test_an_export_is_the_same(filled: World, flags: str) -> None:
    remote, local = run_both(filled, f"segments export hightouch-a{flags}")
    assert (remote.exit_code, remote.stdout, remote.stderr) == (0, local.stdout, local.stderr)
    assert remote.stdout == ("eve\n" if flags else "ann\nanna\nbob\n")


def test_what_fails_says_the_same_and_exits_the_same(filled: World) -> None:
    for command in FAILURES:
        remote, local = run_both(filled, command)
        assert (remote.exit_code, remote.stdout, remote.stderr) == (1, "", local.stderr), command
        assert (local.exit_code, local.stdout) == (1, ""), command
