# SPDX-License-Identifier: Apache-2.0
"""What a browser meets on a page: which texts, where, and whether anything of one runs.

Rules: whatever would run calls `fired`, which is there; a breach of the content policy,
a dialog, a request to elsewhere and an error of a script are each kept; a text counts
where it is in the page as it was built, folded away or not.
Not here: which pages (`walking.py`), files and terminals (`looking.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from browser_fixture import Visitor

from server.console.site import COOKIE
from tests.hostile.corpus import found_in

LOOKS = """() => {
  const wrong = [], values = [];
  for (const one of document.querySelectorAll("*")) {
    for (const { name, value } of one.attributes) {
      values.push(value);
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
  return {
    wrong,
    text: document.body.textContent,
    attributes: values.join("\\n"),
    rows: document.querySelectorAll("table.read tbody tr").length,
  };
}"""
REPORTS = """document.addEventListener("securitypolicyviolation", one =>
  broken(`${one.violatedDirective} ${one.blockedURI}`));"""
_LOADED = "Failed to load resource"
"""What a browser says of each answer that refuses; each is looked at by itself."""
PLACES = "text", "attribute", "csv", "jsonl", "parquet"


@dataclass
class Walk:
    """What a browser has met.

    Attributes:
        pages: how many it has seen.
        said: marks of the texts that could be met.
        met: marks of those that were, by place.
        fired: what has run.
        faults: what else is wrong, in words.
        tell: is told how far it is.
        files: how many a browser was given where a page was asked for.
    """

    pages: int = 0
    said: set[str] = field(default_factory=set)
    met: dict[str, set[str]] = field(
        default_factory=lambda: {place: set() for place in PLACES}
    )
    fired: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    tell: Callable[[str], None] = print
    files: int = 0

    def filed(self, file: object) -> None:
        """Note that a browser was given a file."""
        del file
        self.files += 1

    @property
    def shown(self) -> set[str]:
        """Return the marks that stood on pages, of those that could."""
        return (self.met["text"] | self.met["attribute"]) & self.said

    @property
    def share(self) -> float:
        """Return which part of the texts stood on pages, of 1."""
        return len(self.shown) / max(1, len(self.said))


def enter(visitor: Visitor, secret: str, found: Walk) -> None:
    """Come in with a session, and listen to all that a page could do."""
    context, page = visitor.context, visitor.page
    context.expose_function("fired", lambda text: found.fired.append(str(text)))
    context.expose_function(
        "broken", lambda text: found.faults.append(f"content policy: {text}")
    )
    context.add_init_script(REPORTS)
    page.on("dialog", lambda one: (found.fired.append("dialog"), one.dismiss()))
    page.on("download", found.filed)
    context.on("page", lambda _: found.fired.append("window"))
    cookie = {"name": COOKIE, "value": secret, "url": visitor.origin}
    context.add_cookies([{**cookie, "secure": True, "sameSite": "Strict"}])


def look(visitor: Visitor, found: Walk, where: str) -> int:
    """Look at the page that is open; return how many rows it has of what was read."""
    seen = visitor.page.evaluate(LOOKS)
    found.pages += 1
    found.faults += (f"{where}: {one}" for one in seen["wrong"])
    found.met["text"] |= found_in(seen["text"])
    found.met["attribute"] |= found_in(seen["attributes"])
    return int(seen["rows"])


def leave(visitor: Visitor, found: Walk) -> None:
    """Note what was asked elsewhere, and what the browser complained of."""
    found.faults += (f"asked {url}" for url in visitor.elsewhere)
    found.faults += (
        f"browser: {said}" for said in visitor.complaints if _LOADED not in said
    )
