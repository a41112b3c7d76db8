# SPDX-License-Identifier: Apache-2.0
"""What a device of these tests knows when it judges: two diagnostics, three people.

Rules: all of it is good for `order_world.request()`, and nothing of it is random.
Not here: what is made wrong (`forge.py`).
"""

from functools import cache

from agent.orders.judging import Standing
from tests.vectors import order_world, world
from tests.vectors.order_world import ANA, BEN, EVE
from wire.catalogue import Column, Dataset, Kind, Sensitivity, ValueType
from wire.diagnostics import Caps, Consent, Diagnostic, Parameter, ParameterType

SENSITIVE = "capture"
_PARAMETERS = (
    Parameter("host", ParameterType.HOST, "Whom to reach.", identity="host"),
    Parameter(
        "port",
        ParameterType.INTEGER,
        "Where.",
        minimum=1,
        maximum=65_535,
        default="443",
    ),
)
_CAPS = Caps(30, 10, 200, 1_000_000)
_COLUMN = Column("time", ValueType.TIMESTAMP, Sensitivity.HARMLESS, "When.", "keep")


def _dataset(name: str, consent: Consent, *, sensitive: bool) -> Dataset:
    asked = Diagnostic(_PARAMETERS, _CAPS, consent, sensitive)
    kind = Kind.DIAGNOSTIC
    return Dataset(name, kind, "What is found.", (), (_COLUMN,), diagnostic=asked)


DATASETS = {
    "connectivity": _dataset("connectivity", Consent.NOTIFY, sensitive=False),
    SENSITIVE: _dataset(SENSITIVE, Consent.ASK, sensitive=True),
}


@cache
def standing() -> Standing:
    """Return what the device knows: nothing is removed, seen or settled."""
    return Standing(
        *(world.TENANT, order_world.DEVICE, world.INCARNATION, DATASETS),
        permitted=frozenset(DATASETS),
        technicians=(ANA, BEN, EVE),
        publishers=(world.signing("keys").public,),
        removed=frozenset(),
        cancelled=frozenset(),
        fresh=True,
        seen=frozenset(),
        since=0,
        consents={},
        consent=None,
        now=order_world.NOW,
    )
