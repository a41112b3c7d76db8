# SPDX-License-Identifier: Apache-2.0
"""A machine one of whose files kills whoever reads it.

Rules: the process that reads is really killed.
Not here: what comes of that.
"""

import os
import signal
from dataclasses import dataclass

from host_fixture import RecordingHost

from agent.host.interface import READ_LIMIT

PACKAGES = "/var/lib/dpkg/status"


@dataclass
class DeadlyHost(RecordingHost):
    """A machine one of whose files ends whoever reads it."""

    file: str = PACKAGES
    signal: int = signal.SIGKILL

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Pass on, but for the deadly file."""
        if path == self.file:
            os.kill(os.getpid(), self.signal)
        return super().read(path, limit)
