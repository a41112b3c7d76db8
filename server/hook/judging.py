# SPDX-License-Identifier: Apache-2.0
"""Whether a message is from the ticket system, decided without I/O.

Rules: HMAC-SHA-256 over the time and the octets as they came, compared in constant
time, before anything in them is looked at; a message counts within five minutes of its
time, once, and for this tenant alone; one from before this process began might have
come to the process before it, and is refused.
Not here: the connection (`process.py`), what is done (`server/keeper/tickets.py`).
"""

import hashlib
import hmac
import json
import re
import threading
from dataclasses import dataclass

from server.hook.bounds import SKEW_SECONDS

SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})\Z", re.ASCII)
"""What stands in the header `Discreet-Signature`."""
OPEN, CLOSED = "open", "closed"
ATTACHED, DETACHED = "attached", "detached"
FORGED, OUT_OF_TIME, REPLAYED = "forged", "out-of-time", "replayed"
OTHER_TENANT, MALFORMED = "other-tenant", "malformed"
OVERSIZED, UNKNOWN_PATH = "oversized", "unknown-path"


class RefusedError(Exception):
    """A message that is not taken.

    Attributes:
        reason: stable kebab-case slug, as it is counted.
        status: of the answer.
    """

    def __init__(self, reason: str, status: int) -> None:
        """Keep both."""
        super().__init__(reason)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True)
class Change:
    """What a ticket system says of a ticket.

    Attributes:
        ticket: its id.
        state: OPEN, CLOSED, ATTACHED or DETACHED.
        seconds: for which it is to be open; of a device that is attached, how old what
            is shown of it may be, 0 for all.
        devices: to which it is bound, by label or first digits, none for all; the one
            that is attached or detached.
    """

    ticket: str
    state: str
    seconds: int
    devices: tuple[str, ...]


class Judge:
    """Judges messages of one ticket system; any thread may use it."""

    def __init__(self, secret: bytes, tenant: bytes, started: int) -> None:
        """Know whose messages count.

        Args:
            secret: shared with the ticket system.
            tenant: 16 bytes.
            started: the second in which this process began.
        """
        self._secret = secret
        self._tenant = tenant.hex()
        self._started = started
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def judge(self, header: str, body: bytes, now: int) -> Change:
        """Return what a message says.

        Args:
            header: its `Discreet-Signature`.
            body: its octets.
            now: seconds since the epoch.

        Raises:
            RefusedError: it does not count.
        """
        found = SIGNATURE.match(header)
        if found is None:
            raise RefusedError(FORGED, 401)
        said, given = found[1], found[2]
        wanted = hmac.new(self._secret, said.encode() + b"." + body, hashlib.sha256)
        if not hmac.compare_digest(wanted.hexdigest(), given):
            raise RefusedError(FORGED, 401)
        time = int(said)
        if abs(now - time) > SKEW_SECONDS or time < self._started:
            raise RefusedError(OUT_OF_TIME, 401)
        self._once(given, time, now)
        return self._read(body)

    def _once(self, given: str, time: int, now: int) -> None:
        with self._lock:
            oldest = now - SKEW_SECONDS
            self._seen = {one: at for one, at in self._seen.items() if at >= oldest}
            if given in self._seen:
                raise RefusedError(REPLAYED, 409)
            self._seen[given] = time

    def _read(self, body: bytes) -> Change:
        """Return what a message says that is from the ticket system."""
        try:
            told: object = json.loads(body)
        except (ValueError, RecursionError):
            told = None
        match told:
            case {"tenant": str(tenant), **rest} if not _has_bool(rest):
                if tenant != self._tenant:
                    raise RefusedError(OTHER_TENANT, 403)
            case _:
                raise RefusedError(MALFORMED, 400)
        found = _change(rest)
        if found is None:
            raise RefusedError(MALFORMED, 400)
        return found


def _change(told: dict[object, object]) -> Change | None:
    """Return what the words of a message mean; None where they are no form of one."""
    match told:
        case {"ticket": str(ticket), "state": "closed", **more} if not more:
            return Change(ticket, CLOSED, 0, ())
        case {
            "ticket": str(ticket),
            "state": "open",
            "seconds": int(seconds),
            "devices": [*devices],
            **more,
        } if not more and all(isinstance(one, str) for one in devices):
            return Change(ticket, OPEN, seconds, tuple(map(str, devices)))
        case {
            "ticket": str(ticket),
            "state": "attached",
            "device": str(device),
            "age": int(age),
            **more,
        } if not more and age >= 0:
            return Change(ticket, ATTACHED, age, (device,))
        case {
            "ticket": str(ticket),
            "state": "detached",
            "device": str(device),
            **more,
        } if not more:
            return Change(ticket, DETACHED, 0, (device,))
    return None


def _has_bool(told: dict[object, object]) -> bool:
    """Tell whether yes or no stands where a number might: Python takes it for one."""
    return any(isinstance(one, bool) for one in told.values())
