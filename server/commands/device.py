# SPDX-License-Identifier: Apache-2.0
"""`discreet-server device`: lists, shows, names and revokes enrolled devices.

Rules: a device is named by the first digits of its id or by its label, and only when
that is one device; what devices say of themselves is printed without control
characters.
Not here: the acts (`server/authority.py`), one device in full (`device_shown.py`).
"""

import argparse
import time
from typing import TYPE_CHECKING

from server.commands import printing
from server.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.commands.arguments import Subparsers
    from server.store.interface import Device

NAME = "device"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="list, show, name or revoke devices")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    every = acts.add_parser("list", help="show all devices")
    every.add_argument("--json", action="store_true", help="print JSON")
    one = acts.add_parser("show", help="show a device's queue and chains")
    one.add_argument("device", help="first digits of its id, or its label")
    one.add_argument("--json", action="store_true", help="print JSON")
    revoke = acts.add_parser("revoke", help="hear a device no more")
    revoke.add_argument("device", help="first digits of its id, or its label")
    label = acts.add_parser("label", help="name a device for people")
    label.add_argument("device", help="first digits of its id, or its label")
    label.add_argument("label", help='the name; "" takes it away')


def run(options: argparse.Namespace) -> int:
    """List, show, name or revoke."""
    if options.act == "show":
        from server.commands import device_shown  # noqa: PLC0415 - heavy

        device_shown.show(Layout(options.directory), options.device, json=options.json)
        return 0
    from server import devices as known  # noqa: PLC0415 - heavy
    from server.authority import open_authority  # noqa: PLC0415 - with the above
    from server.person import user_name  # noqa: PLC0415 - with the above

    now = int(time.time())
    with open_authority(Layout(options.directory)) as authority:
        devices = authority.devices()
        if options.act == "list":
            (_show_json if options.json else _show)(devices)
            return 0
        found = known.find(devices, options.device)
        name = printing.short(found.device)
        if options.act == "label":
            authority.label(found.device, options.label, now, user_name())
            printing.show(f"Device {name} is now called {options.label or 'nothing'}.")
            return 0
        authority.revoke(found.device, now, user_name())
    printing.show(
        f"Device {name} is heard no more. What it sent stays until its time is over;",
        "to bring the machine back, enrol it anew with another token.",
    )
    return 0


def _show(devices: "Sequence[Device]") -> None:
    from server.devices import alarms  # noqa: PLC0415 - heavy

    if not devices:
        printing.show("No device is enrolled; discreet-server token makes a token.")
        return
    printing.show_table(
        (
            *("DEVICE", "LABEL", "STATE", "ALARM"),
            *("ENROLLED", "LAST SEEN", "AGENT", "SYSTEM"),
        ),
        [
            (
                printing.short(device.device),
                device.label or "-",
                device.state.value,
                ",".join(alarms(device)) or "-",
                printing.moment(device.enrolled),
                printing.moment(device.seen),
                device.agent,
                device.system,
            )
            for device in devices
        ],
    )


def _show_json(devices: "Sequence[Device]") -> None:
    from server.devices import alarms  # noqa: PLC0415 - heavy

    printing.show_json(
        [
            {
                "device": device.device.hex(),
                "label": device.label,
                "state": device.state.value,
                "alarms": alarms(device),
                "enrolled": printing.moment(device.enrolled),
                "seen": printing.moment(device.seen),
                "agent": device.agent,
                "system": device.system,
            }
            for device in devices
        ]
    )
