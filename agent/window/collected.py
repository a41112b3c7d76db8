# SPDX-License-Identifier: Apache-2.0
"""The part of the local page that says what is read, for what, and how it leaves.

Rules: it is the plan of this machine, column for column, purpose by purpose in the
statement's order; what is declared and not read is named too.
Not here: the page (`page.py`), the plan (`agent/plan.py`).
"""

from collections.abc import Sequence

from agent.orders.consent import Consents
from agent.plan import PlannedDataset
from agent.window.facts import Signed
from agent.window.html import Pen, facts_list, table, text
from wire.diagnostics import Consent
from wire.policy import PurposeRules
from wire.purposes import RULES, Purpose
from wire.transforms.call import Call, format_call

_DAY = 86_400


def collected(pen: Pen, signed: Signed) -> str:
    """Return what each purpose gets."""
    parts = [f"<p>{pen.word('seldom')}</p>"]
    for purpose in Purpose:
        rules = signed.policy.rules(purpose)
        read = [one for one in signed.plan.datasets if one.purpose is purpose]
        asked = [one for one in signed.plan.on_request if one.purpose is purpose]
        if rules is not None and (read or asked):
            parts.append(_purpose(pen, rules, read))
            if asked:
                parts.append(_asked(pen, signed.consents, asked))
    return "".join(parts)


def _purpose(pen: Pen, rules: PurposeRules, read: Sequence[PlannedDataset]) -> str:
    name = rules.purpose.value
    clause = RULES[rules.purpose].clause
    basis = pen.said.shown(rules.basis)
    others = ", ".join(map(text, rules.recipients)) or pen.word("nobody")
    told = facts_list(
        (
            (pen.word("readers"), ", ".join(map(text, rules.readers))),
            (pen.word("recipients"), others),
        )
    )
    return (
        f'<h3 id="purpose-{name}">{pen.word(f"purpose.{name}")}</h3>'
        f"<p>{pen.word('clause', clause=clause, basis=basis)}</p>{told}"
        + _folded(
            pen.word("kinds", count=len(read)),
            "".join(_dataset(pen, one, _pace(pen, one)) for one in read),
        )
    )


def _asked(pen: Pen, settled: Consents, asked: Sequence[PlannedDataset]) -> str:
    listed = "".join(_dataset(pen, one, _consent(pen, settled, one)) for one in asked)
    lead = f"<p>{pen.word('on-request-lead')}</p>"
    return _folded(pen.word("on-request", count=len(asked)), lead + listed)


def _folded(summary: str, inner: str) -> str:
    return f'<details class="all"><summary>{summary}</summary>{inner}</details>'


def _pace(pen: Pen, item: PlannedDataset) -> str:
    return pen.word("every", time="{time}").replace("{time}", pen.span(item.every or 0))


def _consent(pen: Pen, settled: Consents, item: PlannedDataset) -> str:
    """Return what a person at the machine has to do with a diagnostic."""
    asked = item.dataset.diagnostic
    declared = asked.consent if asked else Consent.NEVER
    consent = settled.named.get(item.dataset.name) or settled.default or declared
    words = pen.word(f"consent.{consent.value}")
    sensitive = asked is not None and asked.sensitive
    return f"{words}; {pen.word('two-sign')}" if sensitive else words


def _dataset(pen: Pen, item: PlannedDataset, when: str) -> str:
    days = pen.word("days", count=-(-item.maximum_age // _DAY))
    rows = (
        (_broken(one.name), pen.declared(one.reason), _how(pen, item.calls[one.name]))
        for one in item.columns
    )
    heads = [pen.word(f"head-{name}") for name in ("what", "why", "how")]
    return (
        f"<details><summary>{pen.declared(item.dataset.title)}"
        f'<span class="soft">{when} · {pen.word("kept").lower()} {days}</span>'
        f"</summary>{table(heads, rows)}{_bounds(pen, item)}</details>"
    )


def _broken(name: str) -> str:
    """Return a column's name that may go on in the next line after a dot."""
    return text(name).replace(".", ".<wbr>")


def _bounds(pen: Pen, item: PlannedDataset) -> str:
    """Return what else narrows a dataset, and which of its columns are not read."""
    read = {one.name for one in item.columns}
    lists = (
        ("only-events", item.events),
        ("only-on", item.networks),
        ("left-out", [c.name for c in item.dataset.columns if c.name not in read]),
    )
    return "".join(
        f'<p class="soft">{pen.word(name, names=", ".join(found))}</p>'
        for name, found in lists
        if found
    )


def _how(pen: Pen, call: Call) -> str:
    """Return how a value leaves, and in the policy's words where there are numbers."""
    words = pen.word(f"how.{call.name}")
    if not call.arguments:
        return words
    return f"{words} <code>{text(format_call(call))}</code>"
