# SPDX-License-Identifier: Apache-2.0
"""Requests that wait for their signatures, in memory.

Rules: an order is taken for a draft whose very octets it carries, and for nothing else;
no proof is looked at here; each person has few, and the oldest give way; what is over
is forgotten, and a restart forgets all.
Not here: who may sign and send (`server/office`), pages (`diagnostic.py`).
Source: docs/adr/0045-an-order-travels-by-the-technicians-browser.md.
"""

import threading
from dataclasses import dataclass, replace

from server.console.bounds import DRAFT_SECONDS, DRAFTS, DRAFTS_OF_ONE
from wire.errors import WireError
from wire.orders import Request, read_order, read_request

Line = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A request that was drafted.

    Attributes:
        octets: of the request, which are signed.
        person: who asks, as the register knows them.
        title: of the diagnostic.
        sensitive: whether a second technician must sign.
        lines: the request in words.
        sign_at: origin of the asker's own program.
        order: signed; empty before that.
        proofs: how many signatures it has.
        sent: whether it is at the gate.
    """

    octets: bytes
    person: str
    title: str
    sensitive: bool
    lines: tuple[Line, ...]
    sign_at: str
    order: bytes = b""
    proofs: int = 0
    sent: bool = False

    @property
    def request(self) -> Request:
        """Return what is asked."""
        return read_request(self.octets)

    @property
    def whole(self) -> bool:
        """Tell whether nobody else has to sign."""
        return self.proofs > int(self.sensitive)

    @property
    def waits(self) -> bool:
        """Tell whether a second technician has to sign."""
        return self.proofs > 0 and not self.whole


class Drafts:
    """All drafts; any thread may use it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._kept: dict[str, Draft] = {}

    def keep(self, draft: Draft, now: int) -> str:
        """Keep a draft; return its order's id."""
        with self._lock:
            self._forget(now)
            mine = [
                name for name, one in self._kept.items() if one.person == draft.person
            ]
            for name in mine[: max(0, len(mine) + 1 - DRAFTS_OF_ONE)]:
                del self._kept[name]
            while len(self._kept) >= DRAFTS:
                del self._kept[next(iter(self._kept))]
            name = draft.request.id.hex()
            self._kept[name] = draft
            return name

    def find(self, name: str) -> Draft | None:
        """Return the draft of an order's id; None where there is none."""
        with self._lock:
            return self._kept.get(name)

    def waiting(self, now: int) -> list[tuple[str, Draft]]:
        """Return what was not sent, the newest first."""
        with self._lock:
            self._forget(now)
            found = [(name, one) for name, one in self._kept.items() if not one.sent]
        return found[::-1]

    def put(self, octets: bytes) -> str:
        """Take a signed order; return its id, or nothing where no draft waits for it.

        What comes replaces what came before: a worthless order is signed anew.
        """
        try:
            order, request = read_order(octets)
        except WireError:
            return ""
        name = request.id.hex()
        with self._lock:
            draft = self._kept.get(name)
            if draft is None or draft.sent or draft.octets != order.request:
                return ""
            proofs = len(order.proofs)
            self._kept[name] = replace(draft, order=octets, proofs=proofs)
        return name

    def unsign(self, name: str) -> None:
        """Forget the signatures of a draft: they did not count."""
        self._change(name, order=b"", proofs=0)

    def note_sent(self, name: str) -> None:
        """Note that an order is at the gate."""
        self._change(name, sent=True)

    def drop(self, name: str) -> None:
        """Forget a draft."""
        with self._lock:
            self._kept.pop(name, None)

    def _change(self, name: str, **changes: object) -> None:
        with self._lock:
            if (draft := self._kept.get(name)) is not None:
                self._kept[name] = replace(draft, **changes)  # type: ignore[arg-type]  # its fields

    def _forget(self, now: int) -> None:
        """Forget what nobody can want any more; a result is read a day at most."""
        for name, one in list(self._kept.items()):
            until = one.request.expires + (DRAFT_SECONDS if one.sent else 0)
            if until < now:
                del self._kept[name]
