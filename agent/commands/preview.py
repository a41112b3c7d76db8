# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent preview`: what would leave this machine, before it ever does.

Rules: raw values go to a terminal only; elsewhere and with `--json` only redacted
values, reasons and counts are printed.
Not here: reading and redacting (`agent/preview.py`).
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

from agent.commands._context import Context, add_policy_option, context
from agent.commands._tables import cut, often, shown, table, width
from agent.delivery.tally import Tally
from agent.errors import UsageError
from agent.gathering import METRICS, metrics
from agent.outcome import DISABLED, WORDS
from agent.plan import Plan, PlannedDataset
from agent.preview import Section, preview
from agent.redaction.engine import Cell
from wire.diagnostics import Consent
from wire.purposes import RULES, Purpose
from wire.transforms.call import format_call

_DAY = 86_400
CONSENTS = {
    Consent.ALLOW: "(runs at once)",
    Consent.NOTIFY: "(you are told)",
    Consent.ASK: "(you are asked)",
    Consent.NEVER: "(never)",
}
"""What the person at the machine has to do with a run, unless local.toml says else."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_policy_option(parser)
    parser.add_argument("--purpose", help="only this purpose")
    parser.add_argument("--dataset", help="only this dataset")
    parser.add_argument(
        "--rows", type=int, default=2, help="rows shown of each dataset (2)"
    )
    parser.add_argument(
        "--json", action="store_true", help="redacted values and reasons, as JSON"
    )


def run(options: argparse.Namespace) -> int:
    """Show the preview.

    Raises:
        UsageError: a purpose, dataset or number that there is not.
    """
    if options.rows < 0:
        msg = "--rows must be 0 or more"
        raise UsageError(msg)
    found = context(options)
    plan = _chosen(found, options)
    asked = any(item.dataset.name == METRICS for item in plan.datasets)
    own = metrics(Tally().figures(), found.now, found.queue) if asked else None
    sections = preview(plan, found.host, found.now, found.keys, options.rows, own)
    if options.json:
        document = {
            "policy": found.origin,
            "disabled": list(found.plan.disabled),
            "on_request": [_asked(item) for item in plan.on_request],
            "datasets": [_document(section) for section in sections],
        }
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
        return 0
    for line in (*_lines(found, sections), *_on_request(plan)):
        sys.stdout.write(line + "\n")
    if found.plan.disabled and not (options.dataset or options.purpose):
        sys.stdout.write(
            f"\nDisabled, and not read: {', '.join(found.plan.disabled)}\n"
        )
    return 0


def _chosen(found: Context, options: argparse.Namespace) -> Plan:
    """Return the plan, less what was not asked for."""
    known = (*found.plan.datasets, *found.plan.on_request)
    purposes = {item.purpose.value for item in known}
    names = {item.dataset.name for item in known}
    if options.dataset in found.plan.disabled:
        msg = f"--dataset: {options.dataset} is {WORDS[DISABLED]}"
        raise UsageError(msg)
    for flag, asked, fit in (
        ("--purpose", options.purpose, purposes),
        ("--dataset", options.dataset, names),
    ):
        if asked is not None and asked not in fit:
            msg = f"{flag}: nothing of that name leaves; use {', '.join(sorted(fit))}"
            raise UsageError(msg)

    def chosen(items: Iterable[PlannedDataset]) -> tuple[PlannedDataset, ...]:
        return tuple(
            item
            for item in items
            if options.purpose in {None, item.purpose.value}
            and options.dataset in {None, item.dataset.name}
        )

    return replace(
        found.plan,
        datasets=chosen(found.plan.datasets),
        on_request=chosen(found.plan.on_request),
    )


def _lines(found: Context, sections: Iterable[Section]) -> Iterator[str]:
    raw = sys.stdout.isatty()
    yield f"What would leave this machine, under the {found.origin}."
    if not found.keys:
        yield "Pseudonyms are of a key made for this preview; real ones differ."
    if not raw:
        yield "Raw values are shown on a terminal only."
    listed: dict[Purpose, list[Section]] = {}
    for section in sections:
        listed.setdefault(section.item.purpose, []).append(section)
    for purpose in sorted(listed, key=lambda item: RULES[item].clause):
        rules = found.policy.rules(purpose)
        about = RULES[purpose]
        yield ""
        yield f"{purpose.value}: {about.title} (clause {about.clause})"
        if rules is not None:
            yield f"  basis: {rules.basis}"
            yield f"  may be read by: {', '.join(rules.readers)}"
        for section in listed[purpose]:
            yield from _section(section, raw=raw)


def _section(section: Section, *, raw: bool) -> Iterator[str]:
    item, outcome = section.item, section.outcome
    told = outcome.told()
    kept = f"{often(item.every)}, kept at most {-(-item.maximum_age // _DAY)} days"
    yield ""
    yield f"  {item.dataset.name}: {told}; {kept}"
    if item.networks is not None:
        yield f"    only on: {', '.join(item.networks)}"
    if item.events is not None:
        yield cut(f"    only these events: {', '.join(item.events)}", width())
    for row in section.rows:
        yield from _row(section, row, raw=raw)
    for found in section.withheld:
        column = found.column or "columns that are not declared"
        yield f"    withheld {found.count} times: {column} ({found.reason.value})"
    if section.unread:
        yield cut(f"    not read: {', '.join(section.unread)}", width())


def _on_request(plan: Plan) -> Iterator[str]:
    """Yield what technicians may ask for, and what this machine's people are asked."""
    if plan.on_request:
        yield ""
        yield "On request only, each time technicians sign for it, and not read now:"
    for item in plan.on_request:
        asked = item.dataset.diagnostic
        if asked is None:
            continue
        words = CONSENTS[asked.consent]
        more = "; two technicians sign" if asked.sensitive else ""
        yield cut(f"  {item.dataset.name}: {item.dataset.title} {words}{more}", width())


def _asked(item: PlannedDataset) -> dict[str, object]:
    """Return what an order may ask for."""
    asked = item.dataset.diagnostic
    return {
        "diagnostic": item.dataset.name,
        "purpose": item.purpose.value,
        "consent": asked.consent.value if asked else "",
        "sensitive": bool(asked and asked.sensitive),
        "transforms": {name: format_call(call) for name, call in item.calls.items()},
    }


def _row(section: Section, row: tuple[Cell, ...], *, raw: bool) -> list[str]:
    heads = ["column", "leaves as", "how"]
    if raw:
        heads.insert(1, "on this machine")
    most = (width() - 24) // (3 if raw else 2)
    types = {column.name: column.type for column in section.item.columns}
    lines: list[tuple[str, ...]] = []
    for cell in row:
        how = format_call(section.item.calls[cell.column])
        kind = types[cell.column]
        leaves = shown(cell.redacted, kind, most)
        if cell.reason is not None:
            how, leaves = f"withheld: {cell.reason.value}", "-"
        cells = [cell.column, leaves, how]
        if raw:
            cells.insert(1, shown(cell.raw, kind, most))
        lines.append(tuple(cells))
    return table(heads, lines, "    ")


def _document(section: Section) -> dict[str, object]:
    """Return a section without any raw value."""
    item = section.item
    return {
        "purpose": item.purpose.value,
        "clause": RULES[item.purpose].clause,
        "dataset": item.dataset.name,
        "outcome": section.outcome.outcome,
        "reason": section.outcome.reason,
        "every": item.every,
        "maximum_age": item.maximum_age,
        "networks": None if item.networks is None else list(item.networks),
        "count": section.count,
        "only_events": None if item.events is None else list(item.events),
        "transforms": {name: format_call(call) for name, call in item.calls.items()},
        "not_read": list(section.unread),
        "rows": [{cell.column: cell.redacted for cell in row} for row in section.rows],
        "withheld": [
            {"column": found.column, "reason": found.reason.value, "count": found.count}
            for found in section.withheld
        ],
    }
