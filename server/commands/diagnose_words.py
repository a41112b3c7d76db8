# SPDX-License-Identifier: Apache-2.0
"""How `diagnose` shows what can be asked, what is asked, and what became of it.

Rules: states and reasons are told in words; the slugs are in the JSON; what a device
says of itself is printed without control characters.
Not here: the acts (`diagnose.py`).
"""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from server.commands import printing

if TYPE_CHECKING:
    from server.store.orders import OrderFate
    from wire.catalogue import Catalogue, Dataset
    from wire.diagnostics import Parameter

_STATES = {
    "received": "received, waits for its turn",
    "asking": "waits for the consent of the person at the machine",
    "running": "is running",
    "done": "done: read the result",
    "denied": "denied at the machine",
    "refused": "not obeyed",
    "expired": "its time was over before it began",
    "cancelled": "taken back before it was done",
    "failed": "began and came to no result",
}
"""Of a device's word for it."""


def show_catalogue(
    catalogue: "Catalogue", permitted: Collection[str], *, json: bool
) -> None:
    """Show what can be asked, and with what."""
    found = [one for one in catalogue.datasets.values() if one.diagnostic is not None]
    if json:
        printing.show_json([_declared(one, permitted) for one in found])
        return
    for one in found:
        asked = one.diagnostic
        if asked is None:
            continue
        marks = [f"the person at the machine: {asked.consent.value}"]
        if asked.sensitive:
            marks.append("needs a second signature")
        if one.name not in permitted:
            marks.append("not in the policy in force")
        printing.show(f"{one.name}: {one.title}", f"  {'; '.join(marks)}")
        for item in asked.parameters:
            printing.show(f"  {item.name}={_default(item)}: {item.reason}")


def _declared(one: "Dataset", permitted: Collection[str]) -> dict[str, object]:
    asked = one.diagnostic
    return {
        "name": one.name,
        "title": one.title,
        "permitted": one.name in permitted,
        "consent": asked.consent.value if asked else "",
        "sensitive": bool(asked and asked.sensitive),
        "parameters": [
            {"name": item.name, "reason": item.reason, "default": item.default}
            for item in (asked.parameters if asked else ())
        ],
    }


def _default(item: "Parameter") -> str:
    from wire.diagnostics import wanted  # noqa: PLC0415 - heavy
    from wire.parameter_words import in_words  # noqa: PLC0415 - with the above

    if item.default is None:
        return f"({wanted(item)})"
    return in_words(item, item.default)


def show_request(octets: bytes, catalogue: "Catalogue") -> None:
    """Show a request in words, made of the octets that are signed."""
    from wire.asking import diagnostic_of  # noqa: PLC0415 - heavy
    from wire.order_words import describe  # noqa: PLC0415 - with the above
    from wire.orders import read_request  # noqa: PLC0415 - with the above

    request = read_request(octets)
    dataset = diagnostic_of(request, catalogue)
    if dataset is not None:
        printing.show_pairs(
            [
                (line.name, f"{line.value}  ({line.note})" if line.note else line.value)
                for line in describe(request, dataset)
            ],
            indent="",
        )


def show_fates(fates: "Sequence[OrderFate]", now: int, *, json: bool) -> None:
    """Show what became of orders."""
    if json:
        printing.show_json([_fate(fate, now) for fate in fates])
        return
    if not fates:
        printing.show("No order waits; those that ended are shown for a day.")
        return
    printing.show_table(
        ("ORDER", "DEVICE", "SENT", "UNTIL", "STATE"),
        [
            (
                printing.short(fate.order),
                printing.short(fate.device),
                printing.moment(fate.held),
                printing.moment(fate.expires),
                words(fate, now),
            )
            for fate in fates
        ],
    )


def words(fate: "OrderFate", now: int) -> str:
    """Return in words what became of an order."""
    doing = fate.doing
    if doing is None:
        if fate.withdrawn:
            return "taken back before its device spoke of it"
        if fate.expires < now:
            return "its device was not there in time"
        return "waits for its device"
    said = _STATES[doing.state.value]
    if doing.reason:
        from wire.endings import sentence_of  # noqa: PLC0415 - where it is needed

        said += f": {sentence_of(printing.safe(doing.reason))}"
    elif doing.of and not fate.ended:
        said += f" ({doing.done} of at most {doing.of} s)"
    if fate.withdrawn and not fate.ended:
        said += "; taken back, its device is being told"
    return said


def _fate(fate: "OrderFate", now: int) -> dict[str, object]:
    doing = fate.doing
    return {
        "order": fate.order.hex(),
        "device": fate.device.hex(),
        "sent": printing.moment(fate.held),
        "until": printing.moment(fate.expires),
        "state": doing.state.value if doing else "waiting",
        "reason": doing.reason if doing else "",
        "done": doing.done if doing else 0,
        "of": doing.of if doing else 0,
        "changed": printing.moment(fate.changed),
        "cancelled": printing.moment(fate.withdrawn),
        "words": words(fate, now),
    }
