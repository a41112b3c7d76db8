# SPDX-License-Identifier: Apache-2.0
"""Good policies, and the form of a policy that is wrong in one way.

Rules: each good policy compiles; a refusal is one edit of it.
Not here: the refusals (`refusal_form.py`, `refusal_terms.py`, `refusal_columns.py`),
the tests (`test_policy_refusals.py`).
"""

from dataclasses import dataclass

GOOD = """\
format = 1
name = "acme"

[purpose.support]
instruction = "service agreement"
readers = ["technician"]

[purpose.support.retention.tickets]
keep = "30d"

[purpose.support.dataset.event_logs]
retention = "tickets"
every = "15m"
only_events = ["sshd/*", "kernel/*"]
[purpose.support.dataset.event_logs.columns]
timestamp = "keep"
"host.name" = "pseudonymise"
message = "scrub"
"""
TWO = (
    GOOD
    + """
[purpose.support.dataset.processes]
retention = "tickets"
every = "6h"
[purpose.support.dataset.processes.columns]
"process.executable.name" = "keep"
"""
)
SITE = (
    GOOD
    + """
[purpose.support.dataset.discovered_hosts]
retention = "tickets"
every = "6h"
only_on_networks = ["10.1.0.0/24 via 00:11:22:33:44:55"]
[purpose.support.dataset.discovered_hosts.columns]
vendor = "keep"
"""
)
ASKED = (
    GOOD
    + """
[purpose.support.dataset.interface_state]
retention = "tickets"
[purpose.support.dataset.interface_state.columns]
up = "keep"
"""
)
ANONYMOUS = """\
format = 1
name = "trends"

[purpose.improvement]
lawful_basis = "GDPR 6(1)(f)"
readers = ["aggregator"]

[purpose.improvement.retention.trends]
keep = "90d"

[purpose.improvement.dataset.devices]
retention = "trends"
every = "1d"
[purpose.improvement.dataset.devices.columns]
"device.model.name" = "keep"
"""
NETWORK = """\
format = 1
name = "network"

[purpose.administration]
instruction = "service agreement"
readers = ["technician"]

[purpose.administration.retention.inventory]
keep = "400d"

[purpose.administration.dataset.network_interfaces]
retention = "inventory"
every = "1d"
[purpose.administration.dataset.network_interfaces.columns]
"host.ip" = "shorten_address(24,48)"
"""
SIGN_INS = """\
format = 1
name = "sign-ins"

[purpose.administration]
instruction = "service agreement"
readers = ["technician"]

[purpose.administration.retention.inventory]
keep = "400d"

[purpose.administration.dataset.sessions]
retention = "inventory"
every = "1d"
[purpose.administration.dataset.sessions.columns]
"user.name" = "pseudonymise"
start_time = "bucket(900)"
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One edit of a good policy and the line that refuses it.

    Attributes:
        name: what is wrong, as the test's id.
        old: text that is replaced.
        new: what stands there instead.
        line: line that the answer names.
        reason: the answer, whole.
        good: the policy that is edited.
        also: what follows from it, as whole lines of the answer.
    """

    name: str
    old: str
    new: str
    line: int
    reason: str
    good: str = GOOD
    also: tuple[str, ...] = ()

    def source(self) -> bytes:
        """Return the edited policy; a surrogate stands for a byte that is no UTF-8."""
        return self.good.replace(self.old, self.new).encode(errors="surrogateescape")
