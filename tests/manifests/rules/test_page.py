"""The rules in Markdown."""

import json

from muster.manifests.findings import Severity
from muster.manifests.rules.page import file_text, rule_page, rules_page
from muster.manifests.rules.registry import all_rules
from muster.manifests.rules.rule import Example, Rule
from tests.manifests.rendered import blocks, code_blocks, headings, links, spans

RULES = all_rules()
PAGE = rules_page(RULES)


def rule_with(failing: Example) -> Rule:
    """Return a rule that a folder breaks."""
    return Rule("test/one", Severity.ERROR, "It holds.", "Why it must.", failing, Example())


def test_every_rule_has_its_heading_and_its_explanation() -> None:
    shown = headings(PAGE)
    for rule in RULES:
        assert shown.count(rule.id) == 1
        assert (
            PAGE.count(f"### {rule.id}\n\nSeverity: {rule.severity.value}\n\n{rule.title}\n") == 1
        )
        assert rule.explanation in PAGE


def test_every_link_leads_to_a_heading() -> None:
    """GitHub makes a heading's anchor of its letters, digits, `-` and `_`, in lower case."""
    kept = [
        "".join(one for one in text.lower() if one.isalnum() or one in "-_ ")
        for text in headings(PAGE)
    ]
    anchors = {f"#{text.replace(' ', '-')}" for text in kept}
    assert len(anchors) == len(kept)
    within = {link for link in links(PAGE) if link.startswith("#")}
    assert within <= anchors
    assert len(within) == len(RULES)


def test_rules_of_a_group_stand_together() -> None:
    """Also where the registry has others between them."""
    groups = list(dict.fromkeys(rule.id.partition("/")[0] for rule in RULES))
    assert [text for text in headings(PAGE) if text.startswith("Rules of ")] == [
        f"Rules of {group}" for group in groups
    ]


def test_the_page_holds_no_html_but_the_note_for_editors() -> None:
    assert [block.type for block in blocks(PAGE)].count("html_block") == 1
    assert not [span for span in spans(PAGE) if span.type == "html_inline"]


def test_a_rule_alone_is_the_same_as_on_the_page() -> None:
    for rule in RULES:
        title, _, body = rule_page(rule).partition("\n\n")
        assert title == f"# {rule.id} ({rule.severity.value})"
        assert body in PAGE


def test_an_example_shows_all_that_it_changes() -> None:
    example = Example(
        {"name": None},
        {"assets/square.svg": "<svg>```</svg>\n", "README.md": None},
        beside={"name": "Acme"},
        folder="Acme Cohorts",
        beside_folder="acme",
        unreadable=["assets/horizontal.svg"],
    )
    page = rule_page(rule_with(example))
    assert [json.loads(block) for block in code_blocks(page, "json")] == [
        {"name": None},
        {"name": "Acme"},
    ]
    assert code_blocks(page, "svg") == ["<svg>```</svg>\n"]
    for said in (
        "In a folder of the name `Acme Cohorts`.",
        "Without the file `README.md`.",
        "`assets/horizontal.svg` is there, and can't be read.",
        "Beside it a second integration in a folder of the name `acme`,",
    ):
        assert said in page
    assert page.endswith("**Keeps it:**\n\nA sound integration.\n")


def test_a_file_is_shown_without_what_could_steer_a_terminal_and_not_to_its_end() -> None:
    assert file_text(b"\xff\x1b[2J\n\xc3\xa9") == "\\xff\\u001b[2J\né"
    assert len(file_text("x" * 100_000)) < 3000
