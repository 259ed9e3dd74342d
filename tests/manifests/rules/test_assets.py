"""Which files the rules about assets look at, and what they say of them."""

import time

from hypothesis import given
from hypothesis import strategies as st

from muster.core.json_text import Position
from muster.core.pointers import Json
from muster.manifests.findings import Finding, Severity
from muster.manifests.folder import IntegrationFolder
from muster.manifests.linter import lint
from muster.manifests.rules.assets import MAX_LOGO_BYTES, MAX_SVG_BYTES
from muster.manifests.rules.examples import folder_of
from muster.manifests.rules.rule import Example

HEAD = '<svg xmlns="http://www.w3.org/2000/svg"'
PATHS = "<path d='M0 0h9v9z' fill='#123'/>" * 50
SQUARE = "assets/square.svg"
WIDE = "assets/horizontal.svg"


def findings(example: Example) -> list[Finding]:
    """Return what is found about the assets of an example."""
    [report] = lint(folder_of(example))
    return [found for found in report.findings if found.rule.startswith("asset/")]


def told(**files: str | bytes) -> list[tuple[str, str]]:
    """Return rule and file of each finding, with some files changed: square, wide, or another."""
    paths = {"square": SQUARE, "wide": WIDE, "other": "docs/other.SVG"}
    found = findings(Example(files={paths[name]: content for name, content in files.items()}))
    return [(finding.rule, finding.file) for finding in found]


def test_what_a_file_can_do_is_an_error_in_every_svg_file() -> None:
    hostile = f'{HEAD} viewBox="0 0 9 9"><script/></svg>'
    assert told(other=hostile) == [("asset/script", "docs/other.SVG")]
    assert told(wide=hostile) == [("asset/script", WIDE)]
    assert told(other="") == [("asset/empty", "docs/other.SVG")]
    assert told(other="\ufeff \n") == [("asset/empty", "docs/other.SVG")]
    assert told(other="<svg>") == [("asset/not-svg", "docs/other.SVG")]


def test_how_a_file_looks_matters_in_logos_alone() -> None:
    image = '<image href="data:image/png;base64,AA"/>'
    ugly = f'{HEAD} width="9" height="8" fill="red">{image}{" " * MAX_LOGO_BYTES}</svg>'
    assert told(other=ugly) == []
    wrong = {"asset/not-grayscale", "asset/raster-image", "asset/too-large", "asset/view-box"}
    assert {rule for rule, _ in told(wide=ugly)} == wrong
    assert {rule for rule, _ in told(square=ugly)} == {*wrong, "asset/not-square"}


def test_a_logo_is_found_by_any_path_that_leads_to_it() -> None:
    icons = {"square": "./assets//brand/../mark", "horizontal": "/assets/mark"}
    found = findings(Example({"icons": icons}, {"assets/brand/x": "", "assets/mark": "{}"}))
    assert [(one.rule, one.file) for one in found] == [("asset/not-svg", "assets/mark")]


def test_one_file_for_both_logos_is_told_once() -> None:
    found = findings(
        Example({"icons": {"horizontal": SQUARE}}, {SQUARE: f'{HEAD} viewBox="0 0 9 8"/>'})
    )
    assert [one.rule for one in found] == ["asset/not-square"]
    assert found[0].message == "The square logo is 9 wide and 8 high."


def test_a_logo_may_be_a_little_out_of_square() -> None:
    for height in ("100", "98", "102", "102.04"):
        assert told(square=f'{HEAD} viewBox="0 0 100 {height}"/>') == []
    for height in ("97.9", "102.1", "1"):
        assert told(square=f'{HEAD} viewBox="0 0 100 {height}"/>') == [("asset/not-square", SQUARE)]


def test_width_and_height_count_where_there_is_no_view_box() -> None:
    view_box = ("asset/view-box", SQUARE)
    not_square = ("asset/not-square", SQUARE)
    for size in ('width="9" height="9px"', 'width="2em" height="2EM"', "", 'width="9"'):
        assert told(square=f"{HEAD} {size}/>") == [view_box]
    for size in ('width="100%" height="50%"', 'width="9" height="9em"', 'width="x" height="1"'):
        assert told(square=f"{HEAD} {size}/>") == [view_box]
    assert set(told(square=f'{HEAD} width="9" height="8"/>')) == {view_box, not_square}


def test_colours_are_told_in_one_finding_where_the_first_stands() -> None:
    paths = "".join(f'\n<path fill="#f0{number}"/>' for number in range(5))
    [found] = findings(Example(files={WIDE: f'{HEAD} viewBox="0 0 9 3">{paths}</svg>'}))
    assert found.message == (
        "This logo is not grayscale: it has the colours #f00, #f01, #f02 and 2 more."
    )
    assert found.severity is Severity.WARNING
    assert (found.file, found.pointer, found.position) == (WIDE, "", Position(2, 1))


def test_what_can_not_be_read_is_told_as_logo_and_as_any_file() -> None:
    found = findings(Example(unreadable=[SQUARE, "notes.txt"]))
    assert [(one.rule, one.severity, one.file) for one in found] == [
        ("asset/unreadable", Severity.ERROR, SQUARE),
        ("asset/passed-over", Severity.WARNING, "notes.txt"),
    ]


def test_of_many_svg_files_some_are_told_to_be_unread_and_never_a_logo() -> None:
    big = f'{HEAD} viewBox="0 0 9 9">{" " * 1_000_000}</svg>'
    others: dict[str, str | bytes | None] = {f"a{number}.svg": big for number in range(9)}
    found = findings(Example(files=others))
    assert {one.rule for one in found} == {"asset/not-svg"}
    assert len(found) == 9 - MAX_SVG_BYTES // 1_000_000
    assert f"more than {MAX_SVG_BYTES:,} bytes" in found[0].message


def test_assets_of_a_manifest_that_names_none_are_read() -> None:
    odd: list[Json] = [None, [], {"square": 7, "horizontal": ["x"]}, {"square": ""}]
    for icons in odd:
        found = findings(Example({"icons": icons}, {"a.svg": "<svg/>"}))
        assert [one.rule for one in found] == ["asset/not-svg"]


@given(st.binary(max_size=200), st.binary(max_size=200), st.text(max_size=20))
def test_whatever_the_files_are_there_is_a_report(logo: bytes, other: bytes, path: str) -> None:
    found = findings(Example({"icons": {"square": path}}, {path: logo, "a.svg": other}))
    assert all(one.message.endswith(".") for one in found)


def test_two_hundred_logos_take_a_moment() -> None:
    [folder] = folder_of(Example())
    drawing = f'{HEAD} viewBox="0 0 9 9">{PATHS}</svg>'.encode()
    files = {**folder.files, SQUARE: drawing, WIDE: drawing}
    folders = [IntegrationFolder(f"a{number}", files) for number in range(100)]
    began = time.process_time()
    lint(folders)
    assert time.process_time() - began < 5
