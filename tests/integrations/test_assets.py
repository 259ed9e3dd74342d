"""What a partner's user sees of an integration: its logos and its README."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from muster.storage.files.catalog import bundled_integrations, read_catalog
from muster.sync.catalog import Integration

CATALOG = read_catalog([bundled_integrations()]).catalog
HEX_COLOUR = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})\Z")
HARMLESS_ELEMENTS = {"svg", "title", "rect", "circle", "text"}

integrations = pytest.mark.parametrize(
    "integration", CATALOG.list_integrations(), ids=lambda integration: integration.key
)


def icons(integration: Integration) -> tuple[Path, Path]:
    """Return the paths of the square and of the horizontal logo."""
    folder = Path(integration.folder)
    declared = integration.manifest.icons
    return folder / declared.square, folder / declared.horizontal


def size(icon: Path) -> tuple[float, float]:
    """Return width and height of an SVG's viewBox."""
    _, _, width, height = ET.parse(icon).getroot().attrib["viewBox"].split()  # noqa: S314 - our own
    return float(width), float(height)


@integrations
def test_logos_have_the_proportions_they_are_named_for(integration: Integration) -> None:
    square, horizontal = map(size, icons(integration))
    assert square[0] == square[1]
    assert horizontal[0] > 2 * horizontal[1]


@integrations
def test_logos_hold_plain_shapes_and_nothing_active(integration: Integration) -> None:
    for icon in icons(integration):
        for element in ET.parse(icon).getroot().iter():  # noqa: S314 - our own files
            assert element.tag.removeprefix("{http://www.w3.org/2000/svg}") in HARMLESS_ELEMENTS
            assert not [name for name in element.attrib if name.startswith("on") or "href" in name]


@integrations
def test_logos_are_grayscale(integration: Integration) -> None:
    for icon in icons(integration):
        for element in ET.parse(icon).getroot().iter():  # noqa: S314 - our own files
            assert "style" not in element.attrib
            assert "stroke" not in element.attrib
            if "fill" in element.attrib:
                colour = HEX_COLOUR.match(element.attrib["fill"])
                assert colour is not None
                assert len(set(colour.groups())) == 1


def test_every_mark_is_another() -> None:
    marks = {
        re.sub("<title>.*</title>", "", icons(integration)[0].read_text("utf-8"))
        for integration in CATALOG
    }
    assert len(marks) == len(CATALOG)


def readme(integration: Integration) -> str:
    """Return the README of an integration."""
    return (Path(integration.folder) / "README.md").read_text("utf-8")


def json_blocks(text: str) -> list[object]:
    """Return the JSON documents that a Markdown text shows, in order."""
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


@integrations
def test_a_readme_shows_the_narrowest_policy(integration: Integration) -> None:
    assert json_blocks(readme(integration))[0] == [
        {
            "effect": "allow",
            "actions": ["createSegment", "updateIncluded"],
            "resources": [f"proj/default:env/production:segment/{integration.key}-*"],
        }
    ]


@integrations
def test_a_readme_shows_a_request_that_is_read(integration: Integration) -> None:
    assert integration.parser is not None
    changes = integration.parser.parse(json_blocks(readme(integration))[1])
    [cohort] = changes.cohorts
    assert (cohort.cohort_id, cohort.name) == ("c1", "Beta testers")
    assert re.fullmatch("[0-9a-f]{24}", changes.environment_id)
    assert cohort.added[0] == "ada"


@integrations
def test_a_readme_explains_where_to_send_and_every_refusal(integration: Integration) -> None:
    text = readme(integration)
    assert f"https://muster.example.com/api/v2/segment-targets/{integration.key}" in text
    for status in (400, 401, 403, 404, 408, 409, 413, 415):
        assert f"| {status} |" in text
