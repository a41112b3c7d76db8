# SPDX-License-Identifier: Apache-2.0
"""Rows of what a probe answers.

Rules: a probe is asked for the wanted columns, and for what they are made of; its
texts become values of their columns' types, and what is none is absent.
Not here: asking (`agent/sidecar/probe_seam.py`).
"""

import time
from collections.abc import Mapping

from agent.budget import PROBE_SECONDS
from agent.collectors._shared.declare import SHORT_ADDRESS, direct, harmless
from agent.collectors._shared.gather import take
from agent.diagnostics._shared.declare import choice
from agent.host.interface import Host, ProbeVerb
from agent.rows import Reading, Want
from wire.catalogue import Column, Storage, ValueType, storage
from wire.diagnostics import Checked, Parameter
from wire.limits import SEQUENCE
from wire.values import Value

TEXT = ValueType.TEXT
FAMILY = choice("family", "Which kind of address.", ("any", "ipv4", "ipv6"), "any")
OUTCOME = harmless("outcome", TEXT, "Says what happened.")
TYPE = harmless("network.type", TEXT, "Tells IPv4 from IPv6.")
DURATION = harmless("duration", ValueType.DOUBLE_SECONDS, "Shows what is slow.")
_TRUTHS = {"True": True, "False": False}


def peer(reason: str) -> Column:
    """Declare the address of the machine that is spoken of."""
    return direct("network.peer.address", "ip", reason, SHORT_ADDRESS)


def read_probe(
    host: Host,
    want: Want,
    verb: ProbeVerb,
    columns: tuple[Column, ...],
    asked: Mapping[str, str],
) -> Reading:
    """Return the rows of a probe's answer.

    Args:
        host: the machine.
        want: columns and bounds.
        verb: what to do.
        columns: the diagnostic's.
        asked: texts by name.
    """
    types = {column.name: column.type for column in columns}
    wanted = want.columns & types.keys()
    if not wanted:
        return Reading([])
    want.check()
    left = min(want.deadline - time.monotonic(), PROBE_SECONDS)
    limited = {**asked, "milliseconds": str(int(left * 1_000))}
    found = host.ask_probe(verb, wanted, limited)
    rows = (
        {name: typed(text, types[name]) for name, text in row.items()}
        for row in found.rows
    )
    reading = take(want, rows)
    return Reading(reading.rows, truncated=reading.truncated or found.truncated)


def typed(text: str, kind: ValueType) -> Value:
    """Return a probe's text as a value of a type; None where it is none."""
    held = storage(kind)
    if held is Storage.UTF8:
        return text or None
    if held is Storage.BOOL:
        return _TRUTHS.get(text)
    try:
        value = float(text) if held is Storage.FLOAT64 else int(text)
    except ValueError:
        return None
    return value if -SEQUENCE <= value <= SEQUENCE else None


def texts(given: Checked, parameters: tuple[Parameter, ...]) -> dict[str, str]:
    """Return all parameters as texts by name."""
    return {item.name: given.text(item.name) for item in parameters}
