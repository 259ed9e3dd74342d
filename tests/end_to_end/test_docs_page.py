"""`/docs`: a page that needs nothing from elsewhere."""

import re

import httpx
import pytest

from tests.end_to_end.harness import Muster
from tests.end_to_end.rest import check_error


def read(server: Muster, path: str) -> httpx.Response:
    """Ask as a browser does, which has no token."""
    answer = httpx.get(server.url + path, timeout=60)  # the document is made when it is asked for
    assert answer.status_code == 200, path
    return answer


def test_the_page_is_open_to_everybody_and_lets_nothing_in_from_elsewhere(server: Muster) -> None:
    page = read(server, "/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        part.split(" ", 1) for part in page.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in str(policy)
    assert not re.search(r"https?://|<script>|<style>| style=| on\w+=", page.text)


def test_everything_that_the_page_names_is_there(server: Muster) -> None:
    names = re.findall(r"(?:href|src)=\"([^\"]+)\"", read(server, "/docs").text)
    assert len(names) > 5
    types = {name: read(server, f"/{name}").headers["content-type"] for name in names}
    assert types["docs/swagger-ui-bundle.js"].startswith("text/javascript")
    assert types["docs/page.css"].startswith("text/css")
    assert types["api/v2/openapi.json"] == "application/json"


@pytest.mark.parametrize("path", ["/docs/page.html", "/docs/endpoint.py", "/docs/..%2Frest.py"])
def test_no_other_file_is_given_away(server: Muster, path: str) -> None:
    check_error(httpx.get(server.url + path), 404, "not_found")


def test_without_javascript_the_page_says_where_the_document_is(server: Muster) -> None:
    hint = read(server, "/docs").text.partition("<noscript>")[2].partition("</noscript>")[0]
    assert "api/v2/openapi.json" in hint


@pytest.mark.parametrize(
    "path", ["/api/v2/nothing", "/api/v2/projects/default/nothing", "/nothing"]
)
def test_a_path_that_is_not_there_answers_in_the_standard_way(server: Muster, path: str) -> None:
    check_error(server.client.get(path), 404, "not_found", "There is nothing at this path.")
