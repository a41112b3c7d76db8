# SPDX-License-Identifier: Apache-2.0
"""Promises of pages that list: nothing is left out, whoever reads it.

Rules: the sections are what pages are made of; a page is made by its template.
Not here: what each page lists (its own tests).
"""

import re

import pytest

from server.console.listed import ROWS, Section, section
from server.console.pages import Look, Pages
from server.console.site import Asked

NAME = "subjects.requests"
HEADS = ["subjects.head.case"]
EVERY = [(f"case {number}",) for number in range(2 * ROWS + 3)]


def page_of(count: int, **query: str) -> Section:
    """Return a section of so many rows as somebody opens it."""
    asked = Asked(0, None, "en", query=query)
    return section(asked, NAME, HEADS, EVERY[:count])


def shown(found: Section) -> str:
    """Return the page that has a section."""
    values = {"page": "subjects", "sections": [found], "runs": lambda _: False}
    return Pages().page("listed", Look("en", token="t"), **values)


def test_every_row_is_on_one_of_the_pages() -> None:
    """Whoever follows the links from the first page sees each row once, in order."""
    seen, query = [], ""
    for _ in range(3):
        given = dict(part.split("=") for part in query.split("&") if part)
        found = page_of(len(EVERY), **given)
        seen += found.rows
        text = shown(found)
        link = re.search(
            r'href="/subjects\?([^"#]+)#subjects-requests" rel="next"', text
        )
        query = link[1] if link else ""
    assert seen == EVERY
    assert query == ""
    assert f"Rows {2 * ROWS + 1} to {len(EVERY)} of {len(EVERY)}" in text


def test_one_page_has_no_pager() -> None:
    """As many rows as fit are shown without a word of pages."""
    assert 'rel="next"' not in shown(page_of(ROWS))
    assert "Rows 1 to" not in shown(page_of(ROWS))


@pytest.mark.parametrize("said", ["0", "-1", "999", "x", "²", "9" * 5_000, ""])
def test_a_page_that_is_none_is_one_that_there_is(said: str) -> None:
    """Whatever stands in the address, rows are shown and nothing breaks."""
    assert len(page_of(ROWS + 1, **{NAME: said}).rows) in {ROWS, 1}


def test_what_else_stands_in_the_address_stays() -> None:
    """Another section's page, or whom the page is about, is kept by a link."""
    found = page_of(ROWS + 1, device="a&b")
    assert found.after == "device=a%26b&subjects.requests=2"
