# SPDX-License-Identifier: Apache-2.0
"""The look of the local page: light and dark by the person's wish, from 360 pixels.

Rules: nothing is fetched; the page's own policy allows this one style by its digest.
Not here: the page (`page.py`).
"""

import base64
import hashlib

STYLE = r"""
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f6, #141816);
  --card: light-dark(#fff, #1d2320);
  --ink: light-dark(#1a211e, #e7ece9);
  --soft: light-dark(#56615c, #a3b0aa);
  --line: light-dark(#d5dcd8, #38423d);
  --main: light-dark(#1f6f5c, #6fceb3);
  --ask: light-dark(#8a4b00, #f2b35f);
  font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); }
a { color: var(--main); }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .25rem .5rem; }
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; }
h2 { font-size: 1.2rem; margin: 0 0 .6rem; }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .3rem; }
h4 { font-size: 1rem; margin: 1rem 0 .4rem; }
p { margin: .3rem 0 .6rem; max-width: 46rem; overflow-wrap: anywhere; }
nav ul { list-style: none; margin: .5rem 0 0; padding: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
nav a { display: inline-block; padding: .25rem 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
section { padding: 1rem; margin: 0 0 1rem; }
.ask { border: 2px solid var(--ask); }
.soft, footer { color: var(--soft); font-size: .92rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dl { margin: .3rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.all { border: 0; margin-top: .4rem; }
.all > summary { color: var(--main); font-weight: 500; }
details { border-top: 1px solid var(--line); }
summary { cursor: pointer; padding: .5rem 0; }
summary .soft { display: block; padding-left: 1.05rem; }
details > :not(summary) { margin-left: 1.05rem; }
table { border-collapse: collapse; width: calc(100% - 1.05rem); margin-bottom: .8rem; }
th, td { text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
th, td { padding: .4rem .75rem .4rem 0; overflow-wrap: anywhere; }
thead th { border: 0; color: var(--soft); font-weight: 500; font-size: .92rem; }
tbody th { font-weight: 500; width: 26%; }
td:last-child { width: 34%; }
ol { list-style: none; padding: 0; margin: 0; }
li.one { border-top: 1px solid var(--line); padding: .8rem 0; }
li.one > p { margin: 0 0 .3rem; }
li.one:first-child { border: 0; padding-top: .2rem; }
.state { font-weight: 600; }
code { background: var(--ground); border-radius: 4px; padding: .1rem .35rem; }
code { overflow-wrap: anywhere; user-select: all; }
pre { background: var(--ground); border-radius: 6px; padding: .5rem .7rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0; }
pre code { padding: 0; }
@media (max-width: 40rem) {
  header, main, footer { padding: .75rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .4rem; }
  table, tbody, tr, th, td { display: block; width: auto !important; border: 0; }
  thead { position: absolute; left: -999rem; }
  tr { border-top: 1px solid var(--line); padding: .4rem 0; }
  th, td { padding: .05rem 0; }
  td:last-child { color: var(--soft); }
  td:last-child::before { content: "\2192\a0" / ""; }
}
@media print { details::details-content { content-visibility: visible; } }
"""


def source() -> str:
    """Return the one source of styles that the page allows."""
    digest = hashlib.sha256(STYLE.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
