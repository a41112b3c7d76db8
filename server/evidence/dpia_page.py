# SPDX-License-Identifier: Apache-2.0
"""`dpia.html`: the annex to an impact assessment as people read and print it.

Rules: as the page of a package: by itself, without script; colours only repeat what
words say; a table's head is on each sheet of paper.
Not here: what is said (`dpia.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from policies.risks import LEVELS
from server.evidence import page, sections
from server.evidence.dpia import KEEP
from wire.purposes import Purpose

Plain = Mapping[str, Any]
_CLASSES = {
    "direct": "names a person, account, device or address",
    "quasi": "identifies in combination, or shows behaviour",
    "free_text": "free text: may hold anything",
    "harmless": "says nothing about a person",
}
_WORDS = {"free_text": "text"}
_STYLE = """
.chip{display:inline-block;border:1px solid var(--line);border-left-width:.35rem;
border-radius:.25rem;padding:.02rem .4rem;margin:.1rem .2rem .1rem 0;font-size:.8rem;
white-space:nowrap}.direct{border-left-color:#b3402f}.quasi{border-left-color:#c98a1b}
.free_text{border-left-color:#7a56a8}.harmless{border-left-color:#7d8a99}
.matrix td,.matrix th{border-right:1px solid var(--line);padding-left:.6rem}
.matrix th[scope=row]{font-weight:600;color:var(--ink);white-space:normal}
.matrix tbody th{border-bottom:1px solid var(--line)}
.matrix td:last-child,.matrix th:last-child{border-right:0}.none{color:var(--soft)}
h3{font-size:1rem;margin:1.8rem 0 .2rem}h3+p{margin-top:0}
.grid{width:auto;margin:.6rem 0 1.2rem}.grid td{width:9rem;height:3rem;
vertical-align:middle;text-align:center;border:1px solid var(--line);padding:.3rem}
.grid th{padding:.3rem .8rem;border:0;vertical-align:middle}
.grid caption{text-align:left;color:var(--soft);font-size:.85rem;padding-bottom:.4rem}
.r0{background:rgba(23,104,58,.10)}.r1{background:rgba(201,138,27,.14)}
.r2{background:rgba(201,84,27,.18)}.r3{background:rgba(163,38,28,.24)}
.figures{grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr))}
.figures dd{white-space:nowrap;font-size:1.35rem}
.legend span.soft{margin-right:1rem}.legend{max-width:none}
li{max-width:46rem;margin:.25rem 0}
@page{size:A4 landscape;margin:12mm}
@media print{thead{display:table-header-group}
h2,h3,h2+p,h3+p,.legend{break-after:avoid}a{color:inherit;text-decoration:none}
table{font-size:8pt}.chip{font-size:7pt;padding:0 .3rem}
.grid,.figures{break-inside:avoid}*{print-color-adjust:exact}
h2{margin-top:1.6rem}td,th{padding:.25rem .5rem .25rem 0}}
"""


def html(client: str, words: Sequence[str], annex: Plain) -> bytes:
    """Return the annex as HTML.

    Args:
        client: the tenant's name.
        words: as of when, and how it is verified.
        annex: as `dpia.annex` returns it.
    """
    title = f"Impact assessment, annex for {client}"
    titles = [one for one, _, _ in _PARTS]
    body = [*page.opening(title, words, _figures(annex), titles)]
    for number, (name, sentence, lines) in enumerate(_PARTS):
        body.append(f"<section>{page.heading(number, name, sentence)}")
        body += [*lines(annex), "</section>"]
    return page.document(title, body, _STYLE)


def _figures(annex: Plain) -> list[tuple[str, str]]:
    found = annex["figures"]
    return [
        (
            f"{found['datasets']} of {found['datasets declared']}",
            "datasets are collected",
        ),
        (f"{found['columns']} of {found['columns declared']}", "columns are collected"),
        (str(found["identifiers never"]), "columns that name somebody, never taken"),
        (
            str(found["identifiers blunted everywhere"]),
            "of them taken under stand-ins or blunted",
        ),
        (str(found["identifiers as they are"]), "of them taken as they are"),
        (str(len(annex["risks"])), "risks that are left"),
        (str(annex["findings"]["overdue"]), sections.LATE_FINDINGS),
    ]


def _purposes(annex: Plain) -> Iterator[str]:
    yield from page.table(
        ("Purpose", "Basis", "About whom", "Datasets", "Kept at most", "Read by"),
        [
            (
                f"{one['purpose']} ({one['clause']})",
                one["basis"],
                "; ".join(one["data subjects"]) or "nobody",
                str(len(one["categories of data"])),
                sections.times(one),
                ", ".join(one["readers"]) or "nobody",
            )
            for one in sorted(annex["purposes"], key=_clause)
        ],
    )


def _clause(one: Plain) -> str:
    return str(one["clause"])


def _matrix(annex: Plain) -> Iterator[str]:
    yield (
        '<p class="legend">'
        + "".join(
            f'<span class="chip {name}">{_WORDS.get(name, name)}</span> '
            f'<span class="soft">{escape(words)}</span> '
            for name, words in _CLASSES.items()
        )
        + "</p>"
    )
    taken = {name for one in annex["matrix"].values() for name in one["purposes"]}
    purposes = [one.value for one in Purpose if one.value in taken]
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in purposes)
    yield '<div class="wide"><table class="matrix"><thead><tr><th scope="col">'
    yield f"Dataset</th>{heads}</tr></thead><tbody>"
    for name, one in annex["matrix"].items():
        cells = "".join(f"<td>{_cell(one['purposes'].get(it))}</td>" for it in purposes)
        link = f'<a href="#d-{escape(name)}">{escape(name)}</a>'
        yield f'<tr><th scope="row">{link}</th>{cells}</tr>'
    yield "</tbody></table></div>"
    left = ", ".join(annex["not collected"]) or "none"
    yield f'<p class="soft">Not collected at all: {escape(left)}.</p>'


def _cell(found: Plain | None) -> str:
    if found is None:
        return '<span class="none">-</span>'
    chips = "".join(
        f'<span class="chip {name}">{counts["columns"]} {_WORDS.get(name, name)}'
        f"{_as_they_are(name, counts['as they are'])}</span>"
        for name, counts in found["classes"].items()
    )
    asked = ", on request alone" if found["every"] is None else ""
    return f'{chips}<br><span class="soft">{found["days"]} days{asked}</span>'


def _as_they_are(name: str, count: int) -> str:
    return f", {count} as is" if count and name != "harmless" else ""


def _recipients(annex: Plain) -> Iterator[str]:
    countries = {one["recipient"]: one for one in annex["transfers to third countries"]}
    rows = [
        (
            one["name"],
            one["role"],
            ", ".join(one["purposes"]),
            one["country"],
            countries[one["name"]]["safeguard"] if one["name"] in countries else "-",
        )
        for one in annex["recipients"]
    ]
    heads = ("Name", "Role", "Purposes", "Country", "Safeguard of a transfer")
    if rows:
        yield from page.table(heads, rows)
    else:
        yield '<p class="soft">Nobody is registered.</p>'


def _risks(annex: Plain) -> Iterator[str]:
    found = annex["risks"]
    yield '<table class="grid"><caption>Numbers are those of the table below.</caption>'
    yield "<thead><tr><th>severity &#8595; likelihood &#8594;</th>"
    yield "".join(f'<th scope="col">{level}</th>' for level in LEVELS) + "</tr></thead>"
    yield "<tbody>"
    for height, severity in reversed([*enumerate(LEVELS)]):
        cells = "".join(
            f'<td class="r{min(3, max(0, height + width - 1))}">'
            f"{_numbers(found, likelihood, severity)}</td>"
            for width, likelihood in enumerate(LEVELS)
        )
        yield f'<tr><th scope="row">{severity}</th>{cells}</tr>'
    yield "</tbody></table>"
    yield from page.table(
        ("No.", "Risk", "What limits it", "What is left", "Likely", "Severe"),
        [
            (
                *(str(number), one["risk"], one["limits"], one["residual"]),
                *(one["likelihood"], one["severity"]),
            )
            for number, one in enumerate(found, 1)
        ],
    )


def _numbers(found: Sequence[Plain], likelihood: str, severity: str) -> str:
    return ", ".join(
        str(number)
        for number, one in enumerate(found, 1)
        if (one["likelihood"], one["severity"]) == (likelihood, severity)
    )


def _open(annex: Plain) -> Iterator[str]:
    yield from page.table(
        ("What", "Open", "Overdue"),
        [
            (name, str(annex[name]["open"]), str(annex[name]["overdue"]))
            for name in ("findings", "incidents")
        ],
    )


def _left(annex: Plain) -> Iterator[str]:
    yield "<ul>"
    yield from (f"<li>{escape(one)}</li>" for one in annex["left to people"])
    yield "</ul>"


def _columns(annex: Plain) -> Iterator[str]:
    for name, one in annex["matrix"].items():
        purposes = sorted(one["purposes"], key=[it.value for it in Purpose].index)
        yield f'<h3 id="d-{escape(name)}">{escape(name)}</h3>'
        yield f"<p>{escape(one['title'])}</p>"
        yield from page.table(
            ("Column", "What for", "Class", *purposes),
            [
                (
                    column,
                    about["reason"],
                    _WORDS.get(about["sensitivity"], about["sensitivity"]),
                    *(
                        _leaves(one["purposes"][purpose]["transforms"].get(column))
                        for purpose in purposes
                    ),
                )
                for column, about in one["columns"].items()
            ],
        )


def _leaves(transform: str | None) -> str:
    if transform is None:
        return "-"
    return "as it is" if transform == KEEP else transform


_PURPOSES = "From the signed policy: why, on what basis, who reads it and for how long."
_COLLECTED = (
    "For each dataset and purpose: how many columns of each class, how many of those "
    "that concern people leave as they are, and for how many days they stay."
)
_RECEIVERS = (
    "Who is registered, for which purposes, and where; a release needs a grant."
)
_LEVELS = (
    "What is left when all that the product does is done, in the makers' view, on the "
    "four levels of the CNIL's guide; tests of each limit are in dpia.json."
)
_STATE = "From the register: what tests and audits found, and breaches."
_PEOPLE = "This annex has facts. The assessment is made by people, who add:"
_DETAIL = (
    "Of each dataset all columns that exist: what each is for, and what leaves for "
    "which purpose; a dash where it does not."
)
_PARTS: Sequence[tuple[str, str, Callable[[Plain], Iterator[str]]]] = (
    ("Purposes", _PURPOSES, _purposes),
    ("What is collected for what", _COLLECTED, _matrix),
    ("Who gets data", _RECEIVERS, _recipients),
    ("Risks", _LEVELS, _risks),
    ("What is open now", _STATE, _open),
    ("What is left to people", _PEOPLE, _left),
    ("Column by column", _DETAIL, _columns),
)
"""Title, sentence and lines of each section, in their order."""
