# SPDX-License-Identifier: Apache-2.0
"""What this agent says of itself in every poll: its release, the system's version.

Rules: this, and the signature, is all that leaves without a valid policy.
Not here: inventory (`agent/collectors`).
"""

from agent.delivery.polling import About
from agent.host import this_host
from wire.release import __version__


def about() -> About:
    """Return what this agent says of itself."""
    kernel = this_host().kernel()
    return About(f"discreet-agent {__version__}", f"{kernel.system} {kernel.release}")
