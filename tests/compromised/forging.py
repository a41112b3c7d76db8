# SPDX-License-Identifier: Apache-2.0
"""What a captured collector offers a device that nobody has asked for in words.

Rules: each way has a name and the checks it aims at, by the slugs that they answer
with; whoever forges has what technicians truly signed and carries it where they did
not mean it, and has no key of theirs.
Not here: the ways (`ways.py`, `encoding.py`, `situations.py`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random

from tests.compromised import people
from tests.vectors.order_world import ticket_key
from wire import orders
from wire.crypto.signing import SigningKey
from wire.errors import WireError
from wire.orders import Order, Request

DAY = 86_400
UNHEARD = "not-taken"
"""It was refused before it was remembered: it does not open, or is no order."""
KNOWN = "known"
"""Its id was known: nothing new was heard."""
SEALED = "sealed"


@dataclass(frozen=True)
class Target:
    """What a captured collector knows of a device.

    Attributes:
        tenant: its own.
        device: its own.
        incarnation: of its spool.
        sealing: to which orders are sealed.
        now: the time.
        done: the order that was shown in words, signed, and has run.
        online: the keys of the collector, by role.
    """

    tenant: bytes
    device: bytes
    incarnation: bytes
    sealing: bytes
    now: int
    done: bytes
    online: Mapping[str, SigningKey]

    def wish(self, **changes: object) -> Request:
        """Return what ana might ask of it, with changes."""
        whole = people.wish(self.tenant, self.device, self.incarnation, self.now)
        return replace(whole, **changes)  # type: ignore[arg-type]  # its fields

    def seal(self, order: bytes) -> bytes:
        """Return an order as an answer brings it."""
        order = self.with_key(order)
        return orders.seal_order(order, self.sealing, self.tenant, self.device)

    def with_key(self, order: bytes) -> bytes:
        """Put a true key of its ticket beside an order: who has the server has that."""
        try:
            held, asked = orders.read_order(order)
        except WireError:
            return order
        if held.key is not None:
            return order
        key = ticket_key(asked, self.online["keys"])
        return orders.ORDER.encode(replace(held, key=key))


Forge = Callable[[Target, Random], bytes]


@dataclass(frozen=True)
class Way:
    """One way to have something run that nobody agreed to.

    Attributes:
        name: of it.
        aims: the slugs of the checks that it is to reach, one of which must answer.
        forge: makes an encoded order, or a sealed one where `sealed` says so.
        sealed: whether what is made is what the answer brings.
    """

    name: str
    aims: frozenset[str]
    forge: Forge
    sealed: bool = False


def way(name: str, aims: str, forge: Forge, *, sealed: bool = False) -> Way:
    """Return a way; its aims are slugs with spaces between."""
    return Way(name, frozenset(aims.split()), forge, sealed=sealed)


def genuine(by: Iterable[str] = ("ana",), **changes: object) -> Forge:
    """Return how technicians sign what no device of theirs may obey."""
    people_who = tuple(by)

    def forge(target: Target, _: Random) -> bytes:
        return people.signed(target.wish(**changes), people_who)

    return forge


def timed(issued: int, expires: int) -> Forge:
    """Return how technicians sign for another time than now."""

    def forge(target: Target, _: Random) -> bytes:
        now = target.now
        return people.signed(target.wish(issued=now + issued, expires=now + expires))

    return forge


def altered(change: Callable[[Request, Random], Mapping[str, object]]) -> Forge:
    """Return how a request is altered after ana signed it, her proof kept."""

    def forge(target: Target, draw: Random) -> bytes:
        held, asked = orders.read_order(people.signed(target.wish()))
        changed = replace(asked, **change(asked, draw))  # type: ignore[arg-type]  # its fields
        return orders.ORDER.encode(Order(orders.REQUEST.encode(changed), held.proofs))

    return forge
