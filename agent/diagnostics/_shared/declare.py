# SPDX-License-Identifier: Apache-2.0
"""Short words for declaring a diagnostic and its parameters.

Rules: every diagnostic has the column by which the rows of one order are found;
parameters stand in the order of their names.
Not here: columns (`agent/collectors/_shared`), types (`wire/diagnostics.py`).
"""

from agent.collectors._shared.declare import harmless
from agent.diagnostics import REQUEST
from wire.catalogue import Column, Dataset, Kind, ValueType
from wire.diagnostics import (
    AT_ONCE,
    Caps,
    Consent,
    Diagnostic,
    Parameter,
    ParameterType,
)
from wire.limits import MIB, PARAMETER_CHARS

ROWS = 1_000
"""Rows of one result: a technician reads no more of a table."""
OCTETS = 64 * MIB
"""Bytes one run may take: as one collector may."""
_LATEST = 253_402_300_799
"""The last second of the year 9999."""
_REQUEST = harmless(REQUEST, ValueType.TEXT, "Finds what one order brought.")


def asked_for(  # noqa: PLR0913 - by keyword: each is a part of the declaration
    name: str,
    title: str,
    columns: tuple[Column, ...],
    *parameters: Parameter,
    seconds: int = 20,
    processor: int = 10,
    rows: int = ROWS,
    octets: int = OCTETS,
    consent: Consent = Consent.NOTIFY,
    sensitive: bool = False,
) -> Dataset:
    """Return the dataset of a diagnostic.

    Args:
        name: of its file.
        title: what it answers, one line a client understands.
        columns: what comes back, beside the order's id.
        parameters: what a request chooses.
        seconds: most wall time.
        processor: most seconds of processor time.
        rows: most rows.
        octets: most bytes taken of sources.
        consent: what the person at the machine has to say.
        sensitive: whether a second technician has to sign.
    """
    caps = Caps(seconds, processor, rows, octets)
    ordered = tuple(sorted(parameters, key=lambda item: item.name))
    asked = Diagnostic(ordered, caps, consent, sensitive)
    return Dataset(
        name, Kind.DIAGNOSTIC, title, (), (_REQUEST, *columns), diagnostic=asked
    )


def whole(
    name: str, reason: str, minimum: int, maximum: int, default: int
) -> Parameter:
    """Declare a whole number within bounds."""
    return Parameter(
        name,
        ParameterType.INTEGER,
        reason,
        minimum=minimum,
        maximum=maximum,
        default=str(default),
    )


def moment(name: str, reason: str) -> Parameter:
    """Declare a moment of the calendar; unless said, when it runs."""
    return Parameter(
        name, ParameterType.MOMENT, reason, maximum=_LATEST, default=AT_ONCE
    )


def choice(name: str, reason: str, choices: tuple[str, ...], default: str) -> Parameter:
    """Declare one of a list."""
    return Parameter(
        name, ParameterType.CHOICE, reason, choices=choices, default=default
    )


def host(reason: str) -> Parameter:
    """Declare the machine that a probe is sent to."""
    return Parameter(
        "host", ParameterType.HOST, reason, longest=PARAMETER_CHARS, identity="host"
    )
