"""`muster integration-configs`: list, show and delete."""

import re

import pytest

from muster.configurations.integrations.model import IntegrationConfiguration
from muster.configurations.integrations.service import ConfigurationDraft
from tests.cli.world import World

VALUES = {"region": "eu", "apiKey": "s3cret"}


@pytest.fixture
def acme(world: World) -> IntegrationConfiguration:
    """A configuration of Acme with a secret."""
    draft = ConfigurationDraft("Acme of marketing", VALUES, tags=("eu", "beta"))
    return world.tools.integration_configurations.create_configuration(None, "acme", draft)


def test_the_list_shows_each_on_a_line(world: World, acme: IntegrationConfiguration) -> None:
    title, row = world.run("integration-configs", "list").stdout.splitlines()
    assert title.split() == ["INTEGRATION", "NAME", "ENABLED", "TAGS", "ID"]
    assert re.split(r"\s{2,}", row) == ["acme", acme.name, "yes", "beta, eu", acme.id]
    [listed] = world.run_json("integration-configs", "list", "--integration", "ACME")["items"]
    assert listed["configValues"] == {"region": "eu", "apiKey": "********"}
    unknown = world.run("integration-configs", "list", "--integration", "nowhere")
    assert unknown.exit_code == 1
    assert "no integration 'nowhere' in the catalog" in unknown.stderr


def test_one_is_shown_without_its_secret(world: World, acme: IntegrationConfiguration) -> None:
    shown = world.run("integration-configs", "show", acme.id).stdout
    assert re.search(r"^Value region\s+eu$", shown, re.MULTILINE)
    assert re.search(r"^Value apiKey\s+\*{8}$", shown, re.MULTILINE)
    as_json = world.run("integration-configs", "show", acme.id, "--json").stdout
    assert "s3cret" not in shown + as_json


@pytest.mark.parametrize(("answer", "deleted"), [("y", True), ("n", False)])
def test_one_is_deleted_where_that_is_answered_with_yes(
    world: World,
    acme: IntegrationConfiguration,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    deleted: bool,
) -> None:
    without_terminal = world.run("integration-configs", "delete", acme.id)
    assert (without_terminal.exit_code, without_terminal.stdout) == (2, "")
    monkeypatch.setattr("muster.cli.confirmation.has_terminal", lambda: True)
    result = world.run("integration-configs", "delete", acme.id, input=f"{answer}\n")
    assert "Delete the configuration Acme of marketing of acme?" in result.stderr
    assert result.exit_code == (0 if deleted else 1)
    assert (world.run_json("integration-configs", "list")["items"] == []) is deleted
