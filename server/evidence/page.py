# SPDX-License-Identifier: Apache-2.0
"""`index.html` and `about.md`: a package as people read it.

Rules: one page by itself: no script, no picture, nothing from elsewhere, and a policy
in it that forbids them; every text is escaped; it reads well printed, in the dark and
at the width of a telephone.
Not here: what is said (`sections.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from server.evidence.processing import LACKING
from server.evidence.risks import LATE
from server.evidence.sections import ALARMS, OWED, Section

_BAD = frozenset(
    {
        *("failed", "not shown", "pending", "agreement over", "suspended"),
        *("overdue", "told late", "not kept", LATE, *OWED.values()),
    }
)
_GOOD = frozenset({"shown", "final", "in force", "kept"})
_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#dde3ea;--ground:#fff;
--band:#f5f7fa;--accent:#1f5f8b;--good:#17683a;--bad:#a3261c}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--line:#323b47;
--ground:#14181e;--band:#1c222a;--accent:#7db8e0;--good:#74cf98;--bad:#ff9a8f}}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
color:var(--ink);background:var(--ground)}
main{max-width:76rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .4rem}
h2{font-size:1.25rem;margin:2.8rem 0 .3rem;padding-top:.6rem;
border-top:2px solid var(--line)}
p{overflow-wrap:anywhere;max-width:46rem;margin:.3rem 0 .9rem}.soft{color:var(--soft)}
code{font:.86em ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));
gap:.8rem;margin:1.6rem 0;padding:0}
.figures div{background:var(--band);border:1px solid var(--line);border-radius:.5rem;
padding:.8rem 1rem;display:flex;flex-direction:column-reverse;justify-content:flex-end}
.figures dd{margin:0;font-size:1.5rem;font-weight:650;color:var(--accent);
line-height:1.25}.figures dd.bad{color:var(--bad)}
.figures dt{font-size:.85rem;color:var(--soft)}
nav ul{columns:2 18rem;padding-left:1.2rem;margin:.4rem 0}a{color:var(--accent)}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th{text-align:left;color:var(--soft);font-weight:600;white-space:nowrap;
border-bottom:2px solid var(--line)}
th,td{padding:.45rem .9rem .45rem 0;vertical-align:top}
td{border-bottom:1px solid var(--line);overflow-wrap:break-word}
tr{break-inside:avoid}.good{color:var(--good);font-weight:600}
.bad{color:var(--bad);font-weight:600}
@media print{body{font-size:10pt}main{padding:0;max-width:none}nav{display:none}}
"""


def markdown(title: str, words: Sequence[str], sections: Sequence[Section]) -> bytes:
    """Return a page as Markdown."""
    lines = [f"# {title}", ""]
    for one in words:
        lines += [one, ""]
    for section in sections:
        lines += [f"## {section.title}", "", section.words, ""]
        if not section.rows:
            lines += [section.none, ""]
            continue
        lines.append(_row(section.headings))
        lines.append(_row(["---"] * len(section.headings)))
        lines += [_row(row) for row in section.rows]
        lines.append("")
    return ("\n".join(lines).rstrip() + "\n").encode()


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _plain(cell: str) -> str:
    """Return a cell in which nothing ends it, opens a tag or makes a link."""
    text = " ".join(cell.split()).replace("\\", "\\\\").replace("<", "&lt;")
    return text.replace("|", "\\|").replace("[", "\\[").replace("`", "\\`")


def html(
    title: str,
    words: Sequence[str],
    figures: Sequence[tuple[str, str]],
    sections: Sequence[Section],
) -> bytes:
    """Return a page as HTML."""
    titles = [one.title for one in sections]
    return document(
        title,
        [
            *opening(title, words, figures, titles),
            *(
                line
                for number, one in enumerate(sections)
                for line in section(number, one)
            ),
        ],
    )


def document(title: str, body: Iterable[str], style: str = "") -> bytes:
    """Return a page with a body of lines, and what it looks like beside the usual."""
    head = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}{style}</style></head>"
        "<body><main>"
    )
    return "\n".join([head, *body, "</main></body></html>", ""]).encode()


def opening(
    title: str,
    words: Sequence[str],
    figures: Sequence[tuple[str, str]],
    titles: Sequence[str],
) -> Iterator[str]:
    """Yield the head of a page: its title, words, figures and contents."""
    yield f"<h1>{escape(title)}</h1>"
    yield from (f'<p class="soft">{escape(one)}</p>' for one in words)
    yield '<dl class="figures">'
    for figure, what in figures:
        look = ' class="bad"' if what in ALARMS and figure != "0" else ""
        yield f"<div><dt>{escape(what)}</dt><dd{look}>{escape(figure)}</dd></div>"
    yield '</dl><nav aria-label="Contents"><ul>'
    for number, one in enumerate(titles):
        yield f'<li><a href="#s{number}">{escape(one)}</a></li>'
    yield "</ul></nav>"


def heading(number: int, title: str, words: str) -> str:
    """Return the head of a section, and its sentence."""
    return f'<h2 id="s{number}">{escape(title)}</h2><p>{escape(words)}</p>'


def section(number: int, told: Section) -> Iterator[str]:
    """Yield a section with its table."""
    yield f"<section>{heading(number, told.title, told.words)}"
    if told.rows:
        yield from table(told.headings, told.rows)
    else:
        yield f'<p class="soft">{escape(told.none)}</p>'
    yield "</section>"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table of texts."""
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in headings)
    yield f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>'
    for row in rows:
        yield "<tr>" + "".join(map(_cell, row)) + "</tr>"
    yield "</tbody></table></div>"


def _cell(text: str) -> str:
    look = "bad" if text in _BAD or text == LACKING else "good" if text in _GOOD else ""
    inner = f'<span class="{look}">{escape(text)}</span>' if look else escape(text)
    return f"<td>{inner}</td>"
