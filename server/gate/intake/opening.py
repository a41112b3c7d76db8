# SPDX-License-Identifier: Apache-2.0
"""Opens the buffer before the store, and looks at it before the first device is heard.

Rules: whatever a person has to mend is told at the start, in one sentence; a cluster
that is only away is no reason to hear no device; its libraries are loaded here and
nowhere before.
Not here: what it is used for (`queueing.py`, `emptying.py`).
"""

import asyncio
from importlib.util import find_spec

from server.configuration_intake import IntakeSettings
from server.errors import UsageError
from server.gate.intake.buffer import AwayError, Buffer
from server.gate.intake.credentials import read_credentials
from server.logs import log


def opened(settings: IntakeSettings) -> Buffer:
    """Return the buffer, which was looked at if it is there; not connected.

    Raises:
        UsageError: its library is not here.
        StateError: a file cannot be read, servers refuse us, or the stream is not what
            it should be.
    """
    if find_spec("nats") is None:
        msg = "[intake] needs a library: install discreet[intake]"
        raise UsageError(msg)
    from server.gate.intake.cluster import Cluster  # noqa: PLC0415 - an extra

    buffer = Cluster(settings, read_credentials(settings.credentials))
    asyncio.run(_looked_at(buffer))
    return buffer


async def _looked_at(buffer: Buffer) -> None:
    try:
        await buffer.connect()
    except AwayError as error:
        log("intake-away", why=str(error))
    finally:
        await buffer.close()
