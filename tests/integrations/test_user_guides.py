"""What `muster integration docs` writes for the bundled integrations says what their READMEs say."""

import json
import re
from pathlib import Path

import pytest

from muster.access.partners import partner_policy
from muster.access.policy import Policy
from muster.core.ids import EnvironmentKey, ProjectKey
from muster.manifests.checklist import ItemState
from muster.manifests.folder import IntegrationFolder
from muster.manifests.submission import check_submission
from muster.manifests.user_guide import write_user_guide
from muster.storage.files.catalog import bundled_integrations, read_catalog
from muster.storage.files.integrations import find_integration_folder
from muster.sync.catalog import Integration
from tests.manifests.rendered import code_blocks

CATALOG = read_catalog([bundled_integrations()]).catalog

integrations = pytest.mark.parametrize(
    "integration", CATALOG.list_integrations(), ids=lambda integration: integration.key
)


def guide(integration: Integration) -> str:
    """Return the page of an integration."""
    return write_user_guide(integration.key, integration.manifest)


def readme(integration: Integration) -> str:
    """Return the README that somebody wrote."""
    return (Path(integration.folder) / "README.md").read_text("utf-8")


def first_cells(text: str, section: str) -> list[str]:
    """Return what stands in the first column of the table of a section."""
    table = text.partition(f"{section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)[1:]


@integrations
def test_the_policy_is_the_same(integration: Integration) -> None:
    written, told = (code_blocks(text, "json")[0] for text in both_pages(integration))
    assert written == told


@integrations
def test_the_policy_is_what_token_create_gives(integration: Integration) -> None:
    policy = json.loads(code_blocks(guide(integration), "json")[0])
    made = partner_policy(ProjectKey("default"), EnvironmentKey("production"), integration.key)
    assert Policy.parse(policy) == made


@integrations
def test_the_command_that_sends_a_request_is_the_same(integration: Integration) -> None:
    written, told = (code_blocks(text, "sh") for text in both_pages(integration))
    assert written[1] == told[0]


@integrations
def test_the_same_has_to_be_entered(integration: Integration) -> None:
    written = first_cells(guide(integration), "## What to enter")
    told = first_cells(readme(integration), "What to enter:\n")
    assert (written[:2], told[:2]) == (["Address", "Access token"],) * 2
    assert written[2].strip("`").endswith(told[2].strip("`"))


@integrations
def test_the_same_statuses_are_explained(integration: Integration) -> None:
    section = "## When something goes wrong"
    told = first_cells(readme(integration), section)
    expected = {status for cell in told for status in cell.split(", ")}
    assert expected
    assert expected <= set(first_cells(guide(integration), section))


@integrations
def test_the_request_is_read(integration: Integration) -> None:
    assert integration.parser is not None
    changes = integration.parser.parse(json.loads(code_blocks(guide(integration), "json")[1]))
    [cohort] = changes.cohorts
    assert cohort.name == "Beta testers"
    assert len(cohort.added) == 2
    assert re.fullmatch("[0-9a-f]{24}", changes.environment_id)


@integrations
def test_the_same_is_answered(integration: Integration) -> None:
    is_templated = integration.response_template is not None
    for text in both_pages(integration):
        assert ("answers `200` with a JSON body" in text) is is_templated
        assert ("answers `204` without a body" in text) is not is_templated


@integrations
def test_a_submission_may_have_the_page_for_its_readme(integration: Integration) -> None:
    folder = find_integration_folder(integration.folder)
    files = {**folder.files, "README.md": guide(integration).encode()}
    shown = check_submission(IntegrationFolder(folder.name, files), [])
    states = {item.id: item.state for item in shown.items}
    assert states["readme"] is ItemState.DONE
    assert states["token-scope"] is ItemState.DONE


def both_pages(integration: Integration) -> tuple[str, str]:
    """Return the page that is written, and the one that somebody wrote."""
    return guide(integration), readme(integration)
