# SPDX-License-Identifier: Apache-2.0
"""`discreet-server device`: lists, shows, names, places and revokes enrolled devices.

Rules: a device is named by the first digits of its id or by its label, and only when
that is one device; what devices say of themselves is printed without control
characters.
Not here: the acts (`server/authority.py`), one device in full (`device_shown.py`), all
of them (`device_listed.py`), sites and tags (`device_placed.py`).
"""

import argparse
import time
from typing import TYPE_CHECKING

from server.commands import printing
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Parser, Subparsers

NAME = "device"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="list, show, name, place or revoke")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    every = acts.add_parser("list", help="show all devices, or those of a site or tag")
    _filter(every)
    every.add_argument("--json", action="store_true", help="print JSON")
    one = acts.add_parser("show", help="show a device's queue and chains")
    one.add_argument("device", help="first digits of its id, or its label")
    one.add_argument("--json", action="store_true", help="print JSON")
    revoke = acts.add_parser("revoke", help="hear a device no more")
    revoke.add_argument("device", help="first digits of its id, or its label")
    label = acts.add_parser("label", help="name a device for people")
    label.add_argument("device", help="first digits of its id, or its label")
    label.add_argument("label", help='the name; "" takes it away')
    site = acts.add_parser("site", help="put devices into a site")
    site.add_argument("name", metavar="SITE", help='its name; "" takes them out')
    tag = acts.add_parser("tag", help="give devices a tag, or take it away")
    tag.add_argument("name", metavar="TAG", help="its name")
    tag.add_argument("--remove", action="store_true", help="take it away")
    for placed in (site, tag):
        placed.add_argument(
            "devices",
            nargs="*",
            metavar="DEVICE",
            help="first digits of ids, or labels; none for all of --site or --tag",
        )
        _filter(placed)


def _filter(parser: "Parser") -> None:
    parser.add_argument("--site", default="", help="only devices of this site")
    parser.add_argument("--tag", default="", help="only devices with this tag")


def run(options: argparse.Namespace) -> int:
    """List, show, name, place or revoke."""
    if options.act == "show":
        from server.commands import device_shown  # noqa: PLC0415 - heavy

        device_shown.show(Layout(options.directory), options.device, json=options.json)
        return 0
    from server import devices as known  # noqa: PLC0415 - heavy
    from server.authority import open_authority  # noqa: PLC0415 - with the above
    from server.commands import device_listed, device_placed  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above

    now = int(time.time())
    with open_authority(Layout(options.directory)) as authority:
        if options.act == "list":
            device_listed.show(authority.devices(), options)
            return 0
        if options.act in device_placed.ACTS:
            device_placed.place(authority, options, now, user_name())
            return 0
        found = known.find(authority.devices(), options.device)
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
