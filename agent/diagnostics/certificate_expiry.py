# SPDX-License-Identifier: Apache-2.0
"""Certificate expiry: which of the machine's own certificates end soon, or have ended.

Rules: no private key, no certificate of a person, as in the passes.
Not here: how certificates are found (`agent/collectors/certificates.py`).
"""

from collections.abc import Mapping

from agent.collectors import certificates
from agent.collectors._shared.declare import harmless
from agent.diagnostics import Reader
from agent.diagnostics._shared.again import columns_of, read_again
from agent.diagnostics._shared.declare import asked_for, whole
from agent.host.interface import Host
from agent.rows import Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked
from wire.values import Value

DATASET = asked_for(
    "certificate_expiry",
    "Certificates of services that end soon or have ended.",
    (
        *columns_of(
            certificates.DATASET,
            "store",
            "subject",
            "issuer",
            "not_after",
            "self_signed",
            "is_authority",
        ),
        harmless("days_left", ValueType.INTEGER, "Says which to renew first."),
    ),
    whole("days", "How many days to look ahead.", 0, 400, 30),
)

_DAY = 86_400


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each certificate that ends within the days."""
    days = given.number("days")

    def choose(values: Mapping[str, Value]) -> Mapping[str, Value] | None:
        end = values.get("not_after")
        left = (end - int(want.now)) // _DAY if isinstance(end, int) else None
        return None if left is None or left > days else {**values, "days_left": left}

    return read_again(
        host,
        want,
        certificates.DATASET,
        certificates.READERS,
        choose,
        frozenset({"not_after"}),
    )


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}
