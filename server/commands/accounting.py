# SPDX-License-Identifier: Apache-2.0
"""`discreet-server accounting`: is all that a device's spool accepted accounted for?

Rules: it shows numbers and reasons, never content; without --verify it opens nothing
and needs no grant; a difference or a loss ends with an exit code of its own, after all
was shown.
Not here: the sum (`server/balance.py`), counting rows (`server/reader/accounting.py`).
"""

import argparse
from typing import TYPE_CHECKING

from server.balance import balance
from server.commands import printing
from server.errors import BalanceError, UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from server.balance import Balance
    from server.commands.arguments import Subparsers
    from server.store.chains import Damaged, Loss
    from server.store.interface import Device

NAME = "accounting"
_GONE = "the device has deleted: restore a newer backup within a day"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="account for every record that a device's spool accepted"
    )
    parser.add_argument(
        *("--device", "-d"), required=True, help="first digits of its id, or its label"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--verify",
        action="store_true",
        help="open the envelopes of --purpose and count their rows; needs a grant",
    )
    parser.add_argument("--purpose", default="", help="with --verify: for which")
    parser.add_argument("--reason", default="", help="with --verify: why")
    parser.add_argument("--ticket", default="", help="with --verify: its number")
    parser.add_argument(
        *("--minutes", "-m"), type=int, default=60, help="with --verify: at most"
    )


def run(options: argparse.Namespace) -> int:
    """Account for a device.

    Raises:
        BalanceError: something is lost or left over.
    """
    if not options.verify and (options.purpose or options.reason or options.ticket):
        msg = "--purpose, --reason and --ticket belong to --verify: give that as well"
        raise UsageError(msg)
    layout = Layout(options.directory)
    device, chains, damaged = _accounts(layout, options.device)
    counted = _counted(layout, options, device) if options.verify else None
    if options.json:
        printing.show_json(_document(device, chains, damaged, counted))
    else:
        _show(device, chains, counted)
        for row in damaged:
            printing.show(f"Not counted: {_damage(row)}")
    _judge(chains, damaged, counted)
    return 0


def _accounts(
    layout: Layout, name: str
) -> "tuple[Device, list[Balance], Sequence[Damaged]]":
    from server import configuration  # noqa: PLC0415 - heavy
    from server.devices import find_in  # noqa: PLC0415 - with the above
    from server.processes import Process  # noqa: PLC0415 - with the above
    from server.storing import open_sealed  # noqa: PLC0415 - with the above

    tenant = configuration.read(layout).tenant
    store = open_sealed(layout, Process.READER)
    try:
        device = find_in(store, tenant, name)
        accounts = store.accounts(tenant, device.device)
        damaged = store.damaged(tenant, device.device)
    finally:
        store.close()
    return device, [balance(account) for account in accounts], damaged


def _damage(row: "Damaged") -> str:
    """Return a sentence on a row that is not what was written."""
    spool = "a spool" if row.incarnation is None else printing.short(row.incarnation)
    number = "a number" if row.sequence is None else f"number {row.sequence}"
    names = ", ".join(row.columns)
    return f"the row of {number} of {spool} in {row.table} is damaged ({names})"


def _counted(
    layout: Layout, options: argparse.Namespace, device: "Device"
) -> "Mapping[str, object]":
    from server.reader.client import ask  # noqa: PLC0415 - heavy

    question = {
        "job": "account",
        "purpose": options.purpose,
        "reason": options.reason,
        "ticket": options.ticket,
        "minutes": options.minutes,
        "devices": [device.device.hex()],
    }
    found: Mapping[str, object] = {}
    for message in ask(layout.socket, question):
        end = message.get("end")
        if isinstance(end, dict):
            found = {"purpose": options.purpose, **end}
    return found


def _judge(
    chains: "Sequence[Balance]",
    damaged: "Sequence[Damaged]",
    counted: "Mapping[str, object] | None",
) -> None:
    """Raise where something is lost, damaged, left over or not as it was signed."""
    if damaged:
        msg = (
            "rows of the store are damaged and are not counted: restore its backup; "
            "docs/howto/account-for-a-device.md says more"
        )
        raise BalanceError(msg)
    if any(one.chain.lost or one.chain.unfillable for one in chains):
        msg = (
            "the store lacks numbers that the device cannot send again: restore a "
            "newer backup of it; docs/howto/account-for-a-device.md says more"
        )
        raise BalanceError(msg)
    if any(one.difference for one in chains):
        msg = (
            "the sums differ and nothing is missing: the store or the device is "
            "not what it was; follow docs/howto/account-for-a-device.md"
        )
        raise BalanceError(msg)
    if counted and (counted.get("wrong") or counted["rows"] != counted["records"]):
        msg = (
            "the store's index or an envelope is not what the device signed: compare "
            "the store with a backup, and find out who could write it"
        )
        raise BalanceError(msg)


def _document(
    device: "Device",
    chains: "Sequence[Balance]",
    damaged: "Sequence[Damaged]",
    counted: "Mapping[str, object] | None",
) -> dict[str, object]:
    document: dict[str, object] = {
        "device": device.device.hex(),
        "chains": [_chain(one) for one in chains],
        "damaged": [_damage(row) for row in damaged],
    }
    if counted is not None:
        document["verified"] = counted
    return document


def _chain(one: "Balance") -> dict[str, object]:
    chain = one.chain
    return {
        "incarnation": chain.incarnation.hex(),
        "heard": printing.moment(chain.said_at),
        "accepted": one.accepted,
        "through": chain.said,
        "visible": one.visible,
        "gap": one.gap,
        "dropped": one.dropped,
        "deleted": one.deleted,
        "under_way": one.under_way,
        "lost_records": one.lost,
        "difference": one.difference,
        "later": one.later,
        "missing": one.missing,
        "unfillable": chain.unfillable,
        "lost": chain.lost,
        "announced": [
            {"purpose": sums.purpose, "retention": sums.retention, **_loss(loss)}
            for sums in one.classes
            for loss in sums.gaps
        ],
        "classes": [
            {
                "purpose": sums.purpose,
                "retention": sums.retention,
                "envelopes": sums.envelopes,
                "visible": sums.records,
                "deleted": sums.deleted,
                "later": sums.later,
                "voids": [_loss(loss) for loss in sums.voids],
            }
            for sums in one.classes
        ],
    }


def _loss(loss: "Loss") -> dict[str, object]:
    return {
        "reason": loss.reason,
        "times": loss.envelopes,
        "records": loss.records,
        "since": printing.moment(loss.since),
        "until": printing.moment(loss.until),
    }


def _show(
    device: "Device",
    chains: "Sequence[Balance]",
    counted: "Mapping[str, object] | None",
) -> None:
    name = printing.short(device.device)
    printing.show(f"Device {name} {printing.safe(device.label)}")
    if not chains:
        printing.show("Nothing was heard of its spool yet.")
    for one in chains:
        printing.show("")
        printing.show(
            f"Spool {printing.short(one.chain.incarnation)}, "
            f"heard {printing.moment(one.chain.said_at)}"
        )
        printing.show_pairs(list(_lines(one)))
        for loss in (loss for sums in one.classes for loss in sums.gaps):
            printing.show(f"  lost before the spool had it: {_words(loss)}")
    if counted is not None:
        printing.show("")
        printing.show_pairs(list(_verified(counted)))


def _lines(one: "Balance") -> "Iterable[tuple[str, str]]":
    """Yield the terms of the sum that are not zero, and its result."""
    if one.accepted is None:
        yield "accepted by the spool", "the device has told no count yet"
    else:
        yield "accepted by the spool", f"{one.accepted}, up to number {one.chain.said}"
    yield "visible", str(one.visible)
    for reason, count in one.gap.items():
        yield "gap", f"{count} ({reason})"
    gone = one.chain.unfillable
    missing = f"{one.under_way}, numbers {printing.spans(one.missing)} have not arrived"
    for term, count, words in (
        ("dropped", one.dropped, f"{one.dropped} (expired before they were sent)"),
        ("deleted", one.deleted, f"{one.deleted} (their time is over)"),
        ("under way", len(one.missing), missing),
        ("of that gone", len(gone), f"numbers {printing.spans(gone)}, which {_GONE}"),
        (
            "lost",
            len(one.chain.lost),
            f"{one.lost}, numbers {printing.spans(one.chain.lost)}",
        ),
        ("came later", one.later, str(one.later)),
    ):
        if count:
            yield term, words
    if one.accepted is not None:
        yield "difference", str(one.difference)


def _words(loss: "Loss") -> str:
    count = "an unknown number of" if loss.records is None else str(loss.records)
    return (
        f"{count} records ({printing.safe(loss.reason)}), "
        f"{printing.moment(loss.since)} to {printing.moment(loss.until)}"
    )


def _verified(counted: "Mapping[str, object]") -> "Iterable[tuple[str, str]]":
    yield "opened for", str(counted["purpose"])
    yield "envelopes", str(counted["envelopes"])
    yield "rows in them", f"{counted['rows']}, by the index {counted['records']}"
    for name, words in (("wrong", "wrong"), ("unopened", "not opened")):
        found = counted.get(name)
        for reason, count in found.items() if isinstance(found, dict) else ():
            yield words, f"{count} x {reason}"
