# SPDX-License-Identifier: Apache-2.0
"""`diagnose run`: drafts, shows, signs with a key file, sends, waits and shows.

Rules: the words are shown before the key is used, and are made of the octets that it
signs; the result is read under an ordinary grant, once the store has all that the
device says it wrote; whoever stops waiting stops nothing.
Not here: the steps (`server/orders`), the reading (`query.py`).
"""

import argparse
import sys
import time
from typing import TYPE_CHECKING

from server.commands import deciding, diagnose_words, printing
from server.errors import DeniedError, LimitError, UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from server.orders.desk import Desk
    from server.orders.drafting import Wish
    from server.store.orders import OrderFate

WAIT_SECONDS = 300
"""The longest that a person at the machine is asked, and what runs after it."""
LOOK_SECONDS = 0.1
"""Between two looks at what the device said: a person sees no tenth of a second."""
ARRIVAL_SECONDS = 30.0
"""For what was found to arrive, after the device has said that it has ended."""
_MINUTES = 5


def wish_of(options: argparse.Namespace) -> "Wish":
    """Return what a person typed."""
    from server.orders.drafting import Wish  # noqa: PLC0415 - heavy

    return Wish(
        options.device,
        options.diagnostic,
        options.parameter,
        options.ticket,
        options.reason,
        options.asked_by,
        options.expires,
    )


def run(options: argparse.Namespace) -> int:
    """Do all of it."""
    from server.orders.desk import open_desk  # noqa: PLC0415 - heavy

    with open_desk(Layout(options.directory)) as desk:
        order, device = _ordered(options, desk)
        fate = _followed(options, desk, order)
        if fate.doing is None or fate.doing.state.value != "done":
            told = diagnose_words.words(fate, int(time.time()))
            reason = fate.doing.state.value if fate.doing else "unheard"
            raise DeniedError(reason, f"there is no result: {told}")
        _arrived(desk, device)
    return _shown(options, order, device)


def _ordered(options: argparse.Namespace, desk: "Desk") -> tuple[bytes, bytes]:
    """Draft, show, sign and send; return the ids of order and device."""
    from server.orders import drafting, sending  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above
    from server.person_keys import read_person_key  # noqa: PLC0415 - with the above
    from wire.locked_key import TECHNICIAN  # noqa: PLC0415 - heavy
    from wire.orders import challenge, write_order  # noqa: PLC0415 - heavy
    from wire.proofs import sign_request  # noqa: PLC0415 - with the above

    octets = drafting.draft(desk, wish_of(options), int(time.time()))
    diagnose_words.show_request(octets, desk.catalogue)
    sys.stdout.flush()
    passphrase = deciding.passphrase_of(options)
    key = read_person_key(options.key, passphrase, TECHNICIAN)
    if not options.yes and not _agreed():
        reason = "not-signed"
        raise DeniedError(reason, "you said no: nothing was signed or sent")
    order = write_order(octets, [sign_request(key, challenge(octets))])
    request = sending.send(desk, [order], int(time.time()), user_name())
    printing.hint(f"order {printing.short(request.id)} is sent")
    return request.id, request.device


def _agreed() -> bool:
    if not sys.stdin.isatty():
        msg = "nobody is there to say yes: give --yes"
        raise UsageError(msg)
    return input("Sign and send this? Type yes: ").strip() == deciding.YES


def _followed(options: argparse.Namespace, desk: "Desk", order: bytes) -> "OrderFate":
    """Tell each state of an order as it comes; return its last one.

    Raises:
        LimitError: it has not ended in the time that the person waits.
    """
    from server.orders import sending  # noqa: PLC0415 - heavy

    until, said = time.monotonic() + options.wait, ""
    while time.monotonic() < until:
        now = int(time.time())
        fate = sending.find(desk, order.hex())
        told = diagnose_words.words(fate, now)
        if told != said:
            printing.hint(told)
            said = told
        if fate.ended or fate.expires < now:
            sending.note_ends(desk, now)
            return fate
        time.sleep(LOOK_SECONDS)
    msg = (
        "it has not ended yet and goes on: discreet-server diagnose status "
        f"{printing.short(order)} tells the rest"
    )
    raise LimitError(msg)


def _arrived(desk: "Desk", device: bytes) -> None:
    """Wait until the store has all that a device said it wrote."""
    until = time.monotonic() + ARRIVAL_SECONDS
    while time.monotonic() < until:
        chains = desk.store.holes(desk.tenant, device)
        newest = max(chains, key=lambda one: one.said_at)
        if newest.end >= newest.said:
            return
        time.sleep(LOOK_SECONDS)
    printing.hint("not all has arrived yet: read again in a while")


def _shown(options: argparse.Namespace, order: bytes, device: bytes) -> int:
    """Read what was found, as `query` does."""
    from server.commands import query  # noqa: PLC0415 - heavy

    # one device answered one request, so these would say the same in each row
    columns = "* EXCLUDE (device, device_label, request)"
    which = f"{options.diagnostic} WHERE request = '{order.hex()}'"
    sql = f"SELECT {columns} FROM {which}"  # noqa: S608 - a declared name and digits
    return query.run(
        argparse.Namespace(
            directory=options.directory,
            purpose="support",
            reason=options.reason,
            ticket=options.ticket,
            minutes=_MINUTES,
            device=[device.hex()],
            dataset=[options.diagnostic],
            since=None,
            until=None,
            format="table",
            out=None,
            sql=sql,
        )
    )
