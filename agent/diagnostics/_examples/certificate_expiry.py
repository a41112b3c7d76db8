# SPDX-License-Identifier: Apache-2.0
"""Examples of certificate expiry: machines that are recorded for `certificates`.

Not here: their input (`agent/collectors/_examples`).
"""

from collections.abc import Mapping

from agent.collectors._examples.certificates import EXAMPLES as RECORDED
from agent.diagnostics._examples.again import again
from wire.values import Value

_LEAF: Mapping[str, Value] = {
    "subject": "www.example.test",
    "issuer": "Example Trust",
    "not_after": 1767052800,
    "self_signed": False,
    "is_authority": False,
    "days_left": 35,
}

EXAMPLES = (
    again(
        RECORDED,
        "Composed: an added authority",
        {"store": "services", **_LEAF},
        {"store": "letsencrypt", **_LEAF},
        days="60",
    ),
    again(RECORDED, "Recorded (Debian 12"),
    again(
        RECORDED,
        "Composed: a server's certificate",
        {"store": "machine-personal", **_LEAF},
        days="35",
    ),
    again(RECORDED, "Composed: a server's certificate", days="34"),
)
