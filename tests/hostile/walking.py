# SPDX-License-Identifier: Apache-2.0
"""A browser on every page of the console, while hostile texts are in the collector.

Rules: the pages are those of the OpenAPI document, each with all that a page may be
asked for; nothing of a text runs, is markup, or leads elsewhere; whatever would run
calls `fired`, which is there.
Not here: files and terminals (`looking.py`).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from browser_fixture import Visitor
from playwright.sync_api import Download, Error

from server.console.openapi import HTML, document
from server.console.site import COOKIE
from tests.hostile.sender import Hostile

FOUND = """() => {
  const wrong = [];
  for (const one of document.querySelectorAll("*")) {
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on")) wrong.push(`${one.localName} ${name}`);
      if (["href", "src", "action", "formaction"].includes(name)) {
        const to = new URL(value, location.href);
        if (to.origin !== location.origin) wrong.push(`${one.localName} ${to.href}`);
      }
    }
    if (["iframe", "base", "object", "embed", "style"].includes(one.localName))
      wrong.push(one.localName);
    if (one.localName === "script" && !one.src) wrong.push("script");
    one.dispatchEvent(new Event("mouseover"));
    if (one.focus) one.focus();
  }
  return wrong;
}"""
SENDS = """([path, fields]) => {
  const form = document.createElement("form");
  Object.assign(form, { action: path, method: "post" });
  for (const [name, value] of Object.entries(fields))
    form.append(Object.assign(document.createElement("input"), { name, value }));
  document.body.append(form);
  form.submit();
}"""


MARKED = re.compile(r"h[0-9]{5}h")
_SETTLE = 500
"""Milliseconds."""
_NAMES = ("device", "dataset", "purpose", "reason", "ticket", "to", "order", "sql")


@dataclass(frozen=True)
class Session:
    """Somebody's session: its secret, and what its pages send."""

    secret: str
    token: str


@dataclass
class Walk:
    """What a browser has met.

    Attributes:
        pages: how many it has seen.
        shown: marks of the texts that stood on them, as text.
        fired: what has run.
        faults: what else is wrong, in words.
    """

    pages: int = 0
    shown: set[str] = field(default_factory=set)
    fired: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def walk(visitor: Visitor, session: Session, agent: Hostile, most: int) -> Walk:
    """Open every page.

    Args:
        visitor: with a browser.
        session: of who looks.
        agent: whose texts are there.
        most: datasets to ask a page that reads for.
    """
    found, page = Walk(), visitor.page

    def fired(text: str) -> None:
        found.fired.append(text)

    visitor.context.expose_function("fired", fired)
    page.on("dialog", lambda dialog: (found.fired.append("dialog"), dialog.dismiss()))
    downloads: list[Download] = []

    def downloaded(file: Download) -> None:
        downloads.append(file)

    page.on("download", downloaded)
    cookie = {"name": COOKIE, "value": session.secret, "url": visitor.origin}
    visitor.context.add_cookies([{**cookie, "secure": True, "sameSite": "Strict"}])
    for method, path, reads in _pages():
        for wished in _wishes(agent, most if reads else 0):
            try:
                if method == "GET":
                    page.goto(f"{visitor.origin}{path}?{urlencode(wished)}")
                else:
                    with page.expect_navigation():
                        page.evaluate(SENDS, [path, wished | {"token": session.token}])
            except Error as error:
                page.wait_for_timeout(_SETTLE)  # a file is told of a moment later
                if downloads:
                    downloads.clear()
                else:
                    found.faults.append(f"{path}: {error.message.splitlines()[0]}")
                continue
            found.pages += 1
            found.faults += (f"{method} {path}: {one}" for one in page.evaluate(FOUND))
            found.shown.update(MARKED.findall(page.inner_text("body")))
    found.faults += (f"asked {url}" for url in visitor.elsewhere)
    return found


def _pages() -> Iterator[tuple[str, str, bool]]:
    """Yield method and path of each page, and whether it may read what devices said."""
    for path, methods in json.loads(document())["paths"].items():
        for method, described in methods.items():
            html = HTML in described["responses"]["200"]["content"]
            reads = described.get("x-purpose", "none") != "none"
            if html and (method == "get" or reads):
                yield method.upper(), path, reads


def _wishes(agent: Hostile, most: int) -> Iterator[dict[str, str]]:
    """Yield what a page is asked for: a device and datasets, and nonsense."""
    device = {"device": agent.stranger.device.hex()}
    yield device
    yield dict.fromkeys(_NAMES, f"{agent.told[0]}<script>fired('asked')</script>")
    for (purpose, dataset), _ in [*agent.sent.items()][:most]:
        yield device | {
            "purpose": purpose.value,
            "dataset": dataset,
            "diagnostic": dataset,
            "reason": "looking",
            "ticket": "T-1",
            "sql": f'SELECT * FROM "{dataset}"',  # noqa: S608 - of our catalogue
        }
