# SPDX-License-Identifier: Apache-2.0
"""Shows one device: what it says of its queue, and what is missing of its chains.

Rules: nothing is opened; what a device says is told as its word, apart from what the
store has seen.
Not here: whether the records add up (`accounting.py`), the list (`device.py`).
"""

import time
from collections.abc import Iterator, Sequence

from server import configuration
from server.commands import printing
from server.commands.device_listed import heard, placed
from server.devices import find_in
from server.layout import Layout
from server.processes import Process
from server.store.bounds import DAY_SECONDS
from server.store.chains import Chain
from server.store.interface import Device
from server.store.queues import alarms, queue_of
from server.storing import open_sealed


def show(layout: Layout, name: str, *, json: bool) -> None:
    """Print a device.

    Args:
        layout: the installation.
        name: first digits of its id, or its label.
        json: print JSON instead of text.

    Raises:
        UsageError: the name means none, or more than one.
    """
    tenant = configuration.read(layout).tenant
    store = open_sealed(layout, Process.OFFICE)
    try:
        device = find_in(store, tenant, name)
        chains = store.holes(tenant, device.device)
        today = int(time.time()) // DAY_SECONDS
        used = store.used(tenant, device.device, today)
    finally:
        store.close()
    if json:
        printing.show_json(_document(device, chains, used))
        return
    printing.show(f"Device {device.device.hex()}")
    printing.show_pairs(list(_lines(device, used)))
    for chain in chains:
        printing.show("")
        printing.show(f"Spool {printing.short(chain.incarnation)}")
        printing.show_pairs(list(_chain_lines(chain)))


def _lines(device: Device, used: int) -> Iterator[tuple[str, str]]:
    yield "label", device.label or "-"
    yield "site", device.spot.site or "-"
    yield "tags", ", ".join(device.spot.tags) or "-"
    yield "state", device.state.value
    yield "enrolled", printing.moment(device.enrolled)
    yield "last seen", printing.moment(device.seen)
    yield "agent", device.agent
    yield "system", device.system
    yield "stored today", f"{used} bytes"
    queue = queue_of(device.queue)
    if queue is None:
        yield "queue", "it tells none: it holds no valid policy, or has not polled"
        return
    yield "queue", f"{queue.waiting} envelopes wait, {queue.octets} bytes in all"
    yield "oldest waiting", f"{queue.age} seconds" if queue.waiting else "-"
    yield "records dropped", str(queue.dropped)
    yield "losses announced", str(queue.gaps)
    yield "alarms", ", ".join(queue.alarms) or "none"


def _chain_lines(chain: Chain) -> Iterator[tuple[str, str]]:
    yield "whole up to number", str(chain.end)
    yield "highest that arrived", str(chain.highest)
    yield "marked up to", str(chain.marked)
    yield "used by the device", f"{chain.said}, told {printing.moment(chain.said_at)}"
    yield "holes", printing.spans(chain.holes) or "none"
    if chain.unfillable:
        yield "cannot be sent again", printing.spans(chain.unfillable)
    if chain.lost:
        yield "lost by the collector", printing.spans(chain.lost)


def _document(device: Device, chains: Sequence[Chain], used: int) -> dict[str, object]:
    queue = queue_of(device.queue)
    return {
        **placed(device),
        **heard(device),
        "stored_today": used,
        "alarms": alarms(device.queue),
        "queue": queue
        and {
            "waiting": queue.waiting,
            "octets": queue.octets,
            "age": queue.age,
            "dropped": queue.dropped,
            "gaps": queue.gaps,
        },
        "chains": [
            {
                "incarnation": chain.incarnation.hex(),
                "end": chain.end,
                "highest": chain.highest,
                "marked": chain.marked,
                "used": chain.said,
                "heard": printing.moment(chain.said_at),
                "holes": chain.holes,
                "unfillable": chain.unfillable,
                "lost": chain.lost,
            }
            for chain in chains
        ],
    }
