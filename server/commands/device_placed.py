# SPDX-License-Identifier: Apache-2.0
"""Puts the devices that a person means into a site, or under a tag.

Rules: who names no device and no site or tag to choose by means none, not all; what was
done is said by number.
Not here: names and which devices are meant (`server/spots.py`).
"""

import argparse

from server.authority import Authority
from server.commands import printing
from server.errors import UsageError
from server.spots import Chosen, moved, tagged
from server.store.interface import Device, Spot

ACTS = frozenset({"site", "tag"})


def place(authority: Authority, options: argparse.Namespace, now: int, by: str) -> None:
    """Put devices where the options say.

    Raises:
        UsageError: a name is unfit, or no device is meant.
    """
    chosen = Chosen(options.devices, options.site, options.tag)
    if chosen.nothing:
        msg = "name devices, or choose them by --site or --tag"
        raise UsageError(msg)
    found = chosen.of(authority.devices())
    if not found:
        msg = "no device is there: discreet-server device list shows sites and tags"
        raise UsageError(msg)
    spots = [(device, _to(options, device)) for device in found]
    changed = authority.placing().place(spots, now, by)
    printing.show(f"{printing.count(len(changed), 'device')} {_said(options)}.")
    if len(changed) < len(found):
        left = printing.count(len(found) - len(changed), "device")
        printing.show(f"Nothing to do for {left}.")


def _to(options: argparse.Namespace, device: Device) -> Spot:
    if options.act == "site":
        return moved(device.spot, options.name)
    names = {options.name}
    if options.remove:
        return tagged(device.spot, (), names)
    return tagged(device.spot, names, ())


def _said(options: argparse.Namespace) -> str:
    if options.act == "tag":
        verb = "lost" if options.remove else "got"
        return f"{verb} the tag {options.name}"
    return f"put into the site {options.name}" if options.name else "taken out of sites"
