# SPDX-License-Identifier: Apache-2.0
"""`discreet-server incident look`: what a key, a device or a person touched.

Rules: it reads the ledger, what was signed and the store's index; it opens nothing and
needs no key.
Not here: the answer (`server/incidents.py`), the record of an incident (`incident.py`).
"""

import argparse
import time
from typing import TYPE_CHECKING

from server.commands import printing
from server.commands.arguments import duration
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.incidents import Touched
    from server.ledger import Act
    from wire.keys import PurposeKey
    from wire.policy import PolicyStatement

_PREFIX_CHARS = 4
"""Fewer digits name a key by accident."""


def add(look: argparse.ArgumentParser) -> None:
    """Declare what is looked for."""
    about = look.add_mutually_exclusive_group(required=True)
    about.add_argument("--key", metavar="ID", help="first digits of a purpose key's id")
    about.add_argument("--device", metavar="DEVICE", help="first digits, or its label")
    about.add_argument(
        "--person", metavar="USER", help="user of this machine, or technician"
    )
    look.add_argument(
        "--since",
        type=duration,
        metavar="TIME",
        help="no further back than that, such as 30d (default: all there is)",
    )
    look.add_argument("--json", action="store_true", help="print JSON")


def look(options: argparse.Namespace) -> None:
    """Look and tell."""
    from contextlib import ExitStack  # noqa: PLC0415 - with the next

    from server import configuration, incidents  # noqa: PLC0415 - heavy
    from server.devices import find_in  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy
    from server.processes import Process  # noqa: PLC0415 - heavy
    from server.statements import Statements  # noqa: PLC0415 - heavy
    from server.storing import open_sealed  # noqa: PLC0415 - heavy

    layout = Layout(options.directory)
    tenant = configuration.read(layout).tenant
    since = int(time.time()) - options.since if options.since else 0
    with ExitStack() as stack:
        ledger = SqliteLedger(layout.ledger)
        stack.callback(ledger.close)
        statements = Statements(layout.authority / "statements.sqlite")
        stack.callback(statements.close)
        store = open_sealed(layout, Process.READER)
        stack.callback(store.close)
        policies = statements.policies(tenant)
        keys, key, device = statements.purpose_keys(tenant), None, None
        if options.key is not None:
            key = _key(keys, options.key)
        elif options.device is not None:
            device = find_in(store, tenant, options.device)
        question = incidents.Question(
            None if key is None else key.id,
            None if device is None else device.device,
            options.person,
            since,
        )
        found = incidents.touched(ledger.entries(), policies, question)
        if key is not None:
            _add_sealed(found, policies, key, incidents.sealed_to(store, tenant, key))
        if device is not None:
            found.stand_ins = incidents.stand_ins(keys.values(), device.enrolled)
        if found.every:
            found.subjects |= {one.device for one in store.devices(tenant)}
    if options.json:
        printing.show_json(_plain(found))
    else:
        _show(found)


def _key(keys: "Mapping[bytes, PurposeKey]", digits: str) -> "PurposeKey":
    """Return the one key that a person means."""
    found = [
        key for number, key in keys.items() if number.hex().startswith(digits.lower())
    ]
    if len(digits) < _PREFIX_CHARS or len(found) != 1:
        msg = "there is no such key, or more than one: give more digits of its id"
        raise UsageError(msg)
    return found[0]


def _add_sealed(
    found: "Touched",
    policies: "Sequence[PolicyStatement]",
    key: "PurposeKey",
    devices: set[bytes],
) -> None:
    """Count what lies sealed to a key as touched: whoever has the key opens it."""
    from server import incidents  # noqa: PLC0415 - heavy

    found.subjects |= devices
    for dataset, columns in incidents.sealed_columns(policies, key).items():
        found.columns.setdefault(dataset, set()).update(columns)


def _plain(found: "Touched") -> dict[str, object]:
    return {
        "acts": [
            {
                "number": one.index,
                "time": printing.moment(one.time),
                "act": one.act,
                "who": _who(one),
                "purpose": _word(one, "purpose"),
                "reason": _word(one, "reason"),
            }
            for one in found.acts
        ],
        "devices": sorted(one.hex() for one in found.subjects),
        "every": found.every,
        "columns": {
            name: sorted(found.columns[name]) for name in sorted(found.columns)
        },
        "recipients": sorted(found.recipients),
        "releases": sorted(one.hex() for one in found.releases),
        "untold": found.untold,
        "stand_ins": {
            name: [*map(printing.moment, span)]
            for name, span in sorted(found.stand_ins.items())
        },
    }


def _show(found: "Touched") -> None:
    printing.show_table(
        ("NUMBER", "TIME", "ACT", "WHO", "PURPOSE", "REASON"),
        [
            (
                str(one.index),
                printing.moment(one.time),
                one.act,
                *(_who(one), _word(one, "purpose"), _word(one, "reason")),
            )
            for one in found.acts
        ],
    )
    count = len(found.subjects)
    printing.show(
        "", f"devices ({count}):", *sorted(one.hex() for one in found.subjects)
    )
    if found.every:
        printing.show("A line stands for every device that there was.")
    printing.show("", "columns:")
    for dataset in sorted(found.columns):
        printing.show(f"{dataset}: {', '.join(sorted(found.columns[dataset]))}")
    printing.show("", f"recipients: {', '.join(sorted(found.recipients)) or 'none'}")
    if found.stand_ins:
        spans = (
            f"{name} {printing.moment(start)[:10]} to {printing.moment(end)[:10]}"
            for name, (start, end) in sorted(found.stand_ins.items())
        )
        printing.show(f"its own keys make stand-ins of: {', '.join(spans)}")
    if found.untold:
        printing.show(
            f"{len(found.untold)} lines of that time say no more what they touched: "
            "their days were over."
        )


def _who(entry: "Act") -> str:
    return _word(entry, "user") or _word(entry, "by")


def _word(entry: "Act", name: str) -> str:
    word = (entry.body or {}).get(name)
    return word if isinstance(word, str) else ""
