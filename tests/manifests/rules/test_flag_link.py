"""Flag links: what their blocks may name."""

from typing import Any

from muster.manifests.rules.rule import Example
from tests.manifests.rules.findings_of import findings_of

BLOCKS = "/capabilities/flagLink/uiBlocks"


def with_blocks(**blocks: Any) -> Example:
    capability = {
        "header": "Acme item",
        "emptyState": {},
        "metadata": {"owner": {"type": "string"}, "page": {"type": "uri"}},
        "uiBlocks": blocks,
    }
    return Example({"capabilities": {"flagLink": capability}})


def test_blocks_name_the_metadata_and_the_link() -> None:
    elements = [{"text": "By {{metadata.owner}}", "url": "{{{metadata.page}}}"}, {"text": "Open"}]
    assert not findings_of(
        "flag-link/",
        with_blocks(
            image={"sourceUrl": "{{metadata.page}}"},
            title={"elements": elements},
            name="{{deepLink}}",
            description="{{#if metadata.missing}}{{metadata.missing}}{{/if}}",
            context={"elements": elements},
        ),
    )


def test_each_block_is_looked_at() -> None:
    elements = [{"text": "{{a}}", "url": "{{b}}"}]
    findings = findings_of(
        "flag-link/",
        with_blocks(
            image={"sourceUrl": "{{c}}"},
            title={"elements": elements},
            name="{{d}}",
            description="{{e",
            context={"elements": elements},
        ),
    )
    assert sorted(finding.pointer for finding in findings) == [
        f"{BLOCKS}/{place}"
        for place in (
            "context/elements/0/text",
            "context/elements/0/url",
            "description",
            "image/sourceUrl",
            "name",
            "title/elements/0/text",
            "title/elements/0/url",
        )
    ]


def test_metadata_is_named_with_what_holds_it() -> None:
    [finding] = findings_of("flag-link/", with_blocks(name="{{owner}}"))
    assert finding.hint == "Write `metadata.owner`."
    [finding] = findings_of("flag-link/", with_blocks(name="{{metadata.onwer}}"))
    assert finding.hint == "Did you mean 'owner'?"
