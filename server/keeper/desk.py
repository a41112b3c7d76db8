# SPDX-License-Identifier: Apache-2.0
"""What acts and rounds of the keeper work with.

Rules: whoever ends, holds or erases has `ending`, so that none of these runs beside
another; time to delete by is the clock's alone.
Not here: opening it all (`process.py`), the acts (`acts/`), the rounds (`rounds/`).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from server.configuration import Configuration
from server.keeper.clock import RetentionClock
from server.keyring import Keyring
from server.layout import Layout
from server.ledger import SqliteLedger
from server.register.alerts import AlertRegister
from server.register.database import Register
from server.store.ending import EndingStore
from wire.policy import PolicyStatement


@dataclass(frozen=True, slots=True)
class Desk:
    """What the keeper works with; any thread may use it.

    Attributes:
        layout: the installation.
        tenant: 16 bytes.
        store: the sealed store.
        keyring: the opening keys.
        register: what the keeper must remember.
        ledger: where each act is written down.
        clock: the time to delete by.
        policy: returns the policy in force at a time, its signature checked.
        settings: returns config.toml as it is now.
        alerts: what stands of alerts, and what of it is to be sent.
        ending: held by whoever ends, holds or erases.
        pushing: held by whoever pushes rows: of two at once each would send the same.
        stopping: set when the process is to end: what takes long stops where it is.
    """

    layout: Layout
    tenant: bytes
    store: EndingStore
    keyring: Keyring
    register: Register
    ledger: SqliteLedger
    clock: RetentionClock
    policy: Callable[[int], PolicyStatement]
    settings: Callable[[], Configuration]
    alerts: AlertRegister
    ending: threading.RLock = field(default_factory=threading.RLock)
    stopping: threading.Event = field(default_factory=threading.Event)
    pushing: threading.Lock = field(default_factory=threading.Lock)
