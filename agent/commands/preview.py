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
from agent.commands._tables import cut, shown, span, table, width
from agent.delivery.tally import Tally
from agent.errors import UsageError
from agent.gathering import METRICS, metrics
from agent.outcome import DISABLED, WORDS
from agent.plan import Plan
from agent.preview import Section, preview
from agent.redaction.engine import Cell
from wire.purposes import RULES, Purpose
from wire.transforms.call import format_call

_DAY = 86_400


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
            "datasets": [_document(section) for section in sections],
        }
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
        return 0
    for line in _lines(found, sections):
        sys.stdout.write(line + "\n")
    if found.plan.disabled and not (options.dataset or options.purpose):
        sys.stdout.write(
            f"\nDisabled, and not read: {', '.join(found.plan.disabled)}\n"
        )
    return 0


def _chosen(found: Context, options: argparse.Namespace) -> Plan:
    """Return the plan, less what was not asked for."""
    purposes = {item.purpose.value for item in found.plan.datasets}
    names = {item.dataset.name for item in found.plan.datasets}
    if options.dataset in found.plan.disabled:
        msg = f"--dataset: {options.dataset} is {WORDS[DISABLED]}"
        raise UsageError(msg)
    for flag, asked, known in (
        ("--purpose", options.purpose, purposes),
        ("--dataset", options.dataset, names),
    ):
        if asked is not None and asked not in known:
            msg = f"{flag}: nothing of that name leaves; use {', '.join(sorted(known))}"
            raise UsageError(msg)
    items = tuple(
        item
        for item in found.plan.datasets
        if options.purpose in {None, item.purpose.value}
        and options.dataset in {None, item.dataset.name}
    )
    return replace(found.plan, datasets=items)


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
    kept = f"every {span(item.every)}, kept at most {-(-item.maximum_age // _DAY)} days"
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
