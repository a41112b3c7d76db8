# SPDX-License-Identifier: Apache-2.0
"""A request in words: what a person reads before they sign it.

Rules: made of the very request that is hashed, and of this release's own catalogue;
each thing that is signed has its line, and nothing else has one; what people typed
stays between marks.
Not here: showing them (`technician/`, `server/commands`), signing (`wire/proofs.py`).
"""

from dataclasses import dataclass

from wire.catalogue import Dataset
from wire.diagnostics import Parameter, ParameterType
from wire.orders import Request
from wire.parameter_words import declared_of, in_words, moment

_GROUP = 4
_SECOND = "needs a second technician's signature"
_KIB, _MIB = 1_024, 1_024 * 1_024


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is signed.

    Attributes:
        name: what it is.
        value: what it says.
        note: a word to it, of the catalogue; empty for none.
    """

    name: str
    value: str
    note: str = ""


def describe(request: Request, dataset: Dataset) -> tuple[Line, ...]:
    """Return a request in words.

    Args:
        request: as it was read.
        dataset: the diagnostic that it names, as this release declares it.
    """
    asked = dataset.diagnostic
    known = declared_of(dataset)
    return (
        Line("Diagnostic", dataset.title, request.diagnostic),
        *([Line("Sensitive", _SECOND)] if asked and asked.sensitive else []),
        *(
            _with(known.get(one.name), one.name, one.value)
            for one in request.parameters
        ),
        Line("On device", grouped(request.device)),
        Line("Its spool", grouped(request.incarnation)),
        Line("Of client", grouped(request.tenant)),
        Line("For", request.purpose.value),
        Line("Under ticket", _marked(request.ticket)),
        Line("Because", _marked(request.reason)),
        Line("Asked by", _marked(request.asked_by)),
        Line("Written", moment(request.issued)),
        Line("May begin until", moment(request.expires)),
        Line("Runs at most", f"{request.seconds} seconds"),
        Line("Tells at most", f"{request.rows} rows, of {size(request.octets)} read"),
        Line("Request", grouped(request.id)),
    )


def grouped(octets: bytes) -> str:
    """Return an id as people compare it."""
    digits = octets.hex()
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))


def size(octets: int) -> str:
    """Return a size in its largest unit that keeps it whole or nearly so."""
    if octets >= _MIB:
        return f"{octets / _MIB:.4g} MiB"
    return f"{octets / _KIB:.4g} KiB" if octets >= _KIB else f"{octets} bytes"


def _with(item: Parameter | None, name: str, value: str) -> Line:
    """Return the line of a parameter; a time that is read as one needs no marks."""
    told = in_words(item, value)
    if item is None or item.type is not ParameterType.MOMENT or told == value:
        told = _marked(told)
    return Line(f"With {name}", told, item.reason if item else "")


def _marked(text: str) -> str:
    return f"“{text}”"
