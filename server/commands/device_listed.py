# SPDX-License-Identifier: Apache-2.0
"""Shows the devices of a tenant, or those of a site or a tag.

Rules: nothing is opened; what devices say of themselves is printed without control
characters.
Not here: one device in full (`device_shown.py`).
"""

import argparse
from collections.abc import Sequence

from server.commands import printing
from server.spots import Chosen
from server.store.interface import Device
from server.store.queues import alarms


def show(devices: Sequence[Device], options: argparse.Namespace) -> None:
    """Print the devices that the options leave."""
    found = Chosen((), options.site, options.tag).of(devices)
    if options.json:
        printing.show_json([_document(device) for device in found])
    elif found:
        printing.show_table(_HEADINGS, [_row(device) for device in found])
    elif devices:
        printing.show("No device is there; without --site and --tag all are shown.")
    else:
        printing.show("No device is enrolled; discreet-server token makes a token.")


_HEADINGS = (
    *("DEVICE", "LABEL", "SITE", "TAGS", "STATE", "ALARM"),
    *("ENROLLED", "LAST SEEN", "AGENT", "SYSTEM"),
)


def _row(device: Device) -> Sequence[str]:
    return (
        printing.short(device.device),
        device.label or "-",
        device.spot.site or "-",
        ",".join(device.spot.tags) or "-",
        device.state.value,
        ",".join(alarms(device.queue)) or "-",
        printing.moment(device.enrolled),
        printing.moment(device.seen),
        device.agent,
        device.system,
    )


def _document(device: Device) -> dict[str, object]:
    return placed(device) | {"alarms": alarms(device.queue)} | heard(device)


def placed(device: Device) -> dict[str, object]:
    """Return which device it is, where, and whether it is heard, for JSON."""
    return {
        "device": device.device.hex(),
        "label": device.label,
        "site": device.spot.site,
        "tags": device.spot.tags,
        "state": device.state.value,
    }


def heard(device: Device) -> dict[str, object]:
    """Return since when a device is known and what it said of itself, for JSON."""
    return {
        "enrolled": printing.moment(device.enrolled),
        "seen": printing.moment(device.seen),
        "agent": device.agent,
        "system": device.system,
    }
