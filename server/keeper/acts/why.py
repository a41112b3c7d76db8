# SPDX-License-Identifier: Apache-2.0
"""The act `why`: why something of a device, or a record of ours, is still here.

Rules: it opens nothing and changes nothing.
Not here: the answer (`server/keeper/explaining.py`, `server/keeper/own`).
"""

from collections.abc import Generator, Iterator, Mapping

from policies import catalogue
from server.devices import find_in
from server.errors import UsageError
from server.keeper import own
from server.keeper.desk import Desk
from server.keeper.explaining import Asked, Group, explain
from server.keeper.keeping import OPEN_END
from server.own_records import KINDS, LIST
from wire.purposes import Purpose

NAME = "why"
_NOT_HERE = (
    "nothing of that is here: it never came, or its time is over; "
    "discreet-server accounting --device DEVICE counts what was deleted"
)


def answer(
    desk: Desk,
    message: Mapping[str, object],
    user: str,
    now: int,
) -> Generator[dict[str, object], None, None]:
    """Yield what is asked about, by key.

    Args:
        desk: what the keeper works with.
        message: "what" is DEVICE or DEVICE/INCARNATION/SEQUENCE; "purpose", "dataset"
            and "column" narrow it, None for not; where "kind" is one of
            `own_records.KINDS`, "what" names a record of it, and where it is
            `own_records.LIST`, all kinds are counted.
        user: who asks.
        now: the system's time.

    Raises:
        UsageError: there is no such thing here.
    """
    kind = str(message.get("kind") or "")
    if kind == LIST:
        yield {"end": {"kinds": [*_counted(desk)]}}
        return
    if kind:
        own.check(kind)
        groups = own.explain(desk, kind, str(message.get("what", "")))
        yield {"end": {"kept": [_told(group) for group in groups]}}
        return
    asked = _asked(desk, message)
    groups = explain(desk, asked)
    if not groups:
        raise UsageError(_NOT_HERE)
    told = [_told(group) for group in groups]
    yield {"end": {"device": asked.device.hex(), "kept": told}}


def _counted(desk: Desk) -> Iterator[dict[str, object]]:
    """Yield each kind: how many there are, and when the next of them ends."""
    for one in own.counted(desk):
        yield {
            "kind": one.kind,
            "words": KINDS[one.kind].words,
            "count": one.records,
            "next": one.first,
        }


def _asked(desk: Desk, message: Mapping[str, object]) -> Asked:
    name, *place = str(message.get("what", "")).split("/")
    device = find_in(desk.store, desk.tenant, name).device
    purpose, dataset, column = (
        None if message.get(key) is None else str(message[key])
        for key in ("purpose", "dataset", "column")
    )
    declared = catalogue().datasets
    if dataset is not None and dataset not in declared:
        msg = "there is no such dataset; docs/datasets.md lists them"
        raise UsageError(msg)
    if column is not None and (
        dataset is None
        or column not in {item.name for item in declared[dataset].columns}
    ):
        msg = "name the column's dataset with it; docs/datasets.md lists both"
        raise UsageError(msg)
    known = {item.value: item for item in Purpose}
    if purpose is not None and purpose not in known:
        msg = f"there is no such purpose: use one of {', '.join(known)}"
        raise UsageError(msg)
    narrowed = None if purpose is None else known[purpose]
    return Asked(device, _place(place), narrowed, dataset, column)


def _place(parts: list[str]) -> tuple[bytes, int] | None:
    """Return incarnation and sequence of a record; None where none is named."""
    if not parts:
        return None
    try:
        incarnation, sequence = parts
        return bytes.fromhex(incarnation), int(sequence)
    except ValueError:
        msg = "a record is DEVICE/INCARNATION/SEQUENCE: 32 digits and a number"
        raise UsageError(msg) from None


def _told(group: Group) -> dict[str, object]:
    return {
        "what": group.what,
        "purpose": group.purpose,
        "retention": group.retention,
        "key": group.key.hex(),
        "ticket": group.ticket,
        "envelopes": group.envelopes,
        "records": group.records,
        "until": _until(group.until),
        "because": [
            {
                "slug": item.slug,
                "until": _until(item.until),
                "words": item.words,
                "clause": item.clause,
                "least": item.least,
            }
            for item in group.because
        ],
        "columns": {
            f"{dataset}.{column}": _until(until)
            for (dataset, column), until in sorted(group.columns.items())
        },
        "then": group.then,
        "name": group.name,
        "never": group.never,
    }


def _until(moment: int) -> int | None:
    """Return an end; None until somebody ends it."""
    return None if moment == OPEN_END else moment
