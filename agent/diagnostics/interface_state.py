# SPDX-License-Identifier: Apache-2.0
"""Interface state: is the network cable or the Wi-Fi there, and does it lose packets.

Rules: one row for each interface and each of its addresses; whose packets they are has
no code path; a wireless network's name leaves only where a policy says so.
Not here: connections (`socket_owners.py`), whether others answer (`ping.py`).
Sources: rtnetlink, nl80211, /sys/class/net/*/statistics, /proc/net/wireless; on Windows
psutil's interfaces, the WLAN service.
"""

from collections.abc import Iterator, Mapping

from agent.collectors import wireless_networks
from agent.collectors._shared.declare import (
    SHORT_ADDRESS,
    direct,
    free_text,
    harmless,
    only_linux,
    only_windows,
)
from agent.collectors._shared.gather import interface_name, number, shown, take
from agent.collectors._windows.steps import fields_for
from agent.diagnostics import Case, Reader
from agent.diagnostics._shared.declare import asked_for
from agent.errors import BudgetError, HostError
from agent.host.interface import AddressFacts, Host, InterfaceFacts
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked
from wire.values import Value

TEXT, COUNT = ValueType.TEXT, ValueType.COUNT
_COUNTERS = {
    "errors.receive": "rx_errors",
    "errors.transmit": "tx_errors",
    "dropped.receive": "rx_dropped",
    "dropped.transmit": "tx_dropped",
    "carrier.changes": "carrier_changes",
}
_WIRELESS = ("signal", "ssid", "security", "radio", "channel")

DATASET = asked_for(
    "interface_state",
    "Whether cables and Wi-Fi are connected, how well, and what was lost.",
    (
        free_text("network.interface.name", "Tells the interfaces apart."),
        harmless("up", ValueType.BOOLEAN, "Tells used interfaces from idle ones."),
        only_linux(harmless("state", TEXT, "Shows a cable that is not plugged in.")),
        harmless("mtu", ValueType.BYTES, "A wrong size breaks some connections."),
        harmless("speed", ValueType.MEGABITS_PER_SECOND, "Shows a slow cable."),
        only_linux(harmless("duplex", TEXT, "Shows a switch that disagrees.")),
        direct(
            "host.ip", "ip", "Shows an address of the wrong network.", SHORT_ADDRESS
        ),
        only_linux(harmless("errors.receive", COUNT, "Shows a bad cable.")),
        only_linux(harmless("errors.transmit", COUNT, "Shows a bad cable.")),
        only_linux(harmless("dropped.receive", COUNT, "Shows a machine too busy.")),
        only_linux(harmless("dropped.transmit", COUNT, "Shows a line too slow.")),
        only_linux(harmless("carrier.changes", COUNT, "Shows a loose plug.")),
        harmless("signal", ValueType.INTEGER, "Strength in dBm: finds bad places."),
        direct("ssid", "ssid", "Names the network.", "drop"),
        only_windows(harmless("security", TEXT, "Finds networks that are open.")),
        only_windows(harmless("radio", TEXT, "Finds slow old radio.")),
        harmless("channel", COUNT, "Finds crowded frequencies."),
    ),
)


def _linux_link(host: Host, want: Want, name: str) -> dict[str, Value]:
    """Return what the kernel counts of an interface; its name has no slash."""
    folder = f"/sys/class/net/{name}"
    found: dict[str, Value] = {
        column: shown(host, f"{folder}/{file}")
        for column, file in (("state", "operstate"), ("duplex", "duplex"))
        if column in want
    }
    for column, file in _COUNTERS.items():
        if column in want:
            inner = file if file == "carrier_changes" else f"statistics/{file}"
            found[column] = number(shown(host, f"{folder}/{inner}"))
    return found


def _radio(host: Host, want: Want) -> Mapping[str, Mapping[str, Value]]:
    """Return what is known of each wireless card, by its interface."""
    if not want.any(*_WIRELESS):
        return {}
    try:
        if host.system is System.LINUX:
            rows = wireless_networks.linux_cards(host, want)
        else:
            fields = fields_for(want, {name: name for name in _WIRELESS})
            asked = windows(host).ask(Source.WIRELESS, fields | {"interface"})
            rows = [dict(wireless_networks.describe(row)) for row in asked]
    except BudgetError:
        raise
    except HostError:  # no card, or a service that is shut off from it
        return {}
    return {str(row["network.interface.name"]): row for row in rows}


def _rows(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    radio = _radio(host, want)
    for item in host.interfaces():
        want.check()
        known = interface_name(item.name)
        values: dict[str, Value] = {
            "network.interface.name": known,
            "up": item.up,
            "mtu": item.mtu or None,
            "speed": item.speed or None,
            **radio.get(known, {}),
        }
        if host.system is System.LINUX:
            values |= _linux_link(host, want, item.name)
        addresses = [one.address for one in item.addresses if one.family != "mac"]
        for address in addresses if "host.ip" in want and addresses else (None,):
            yield {**values, "host.ip": address}


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each address, or for each interface without any."""
    del given
    return take(want, _rows(host, want) if want.columns else ())


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_WIRED = InterfaceFacts(
    "eth0",
    up=True,
    mtu=1500,
    speed=100,
    addresses=(
        AddressFacts("ipv4", "192.0.2.2", 24),
        AddressFacts("ipv6", "fd00::2", 64),
        AddressFacts("mac", "02:FC:00:00:00:01", None),
    ),
)
_RADIO = InterfaceFacts("wlan0", up=False, mtu=1500, speed=0, addresses=())
_WIRED_VALUES: Mapping[str, Value] = {
    "network.interface.name": "eth0",
    "up": True,
    "state": "up",
    "mtu": 1500,
    "speed": 100,
    "duplex": "half",
    "errors.receive": 12,
    "carrier.changes": 7,
}

EXAMPLES = (
    Case(
        Example(
            System.LINUX,
            "A cable whose plug is loose, and a wireless card of -51 dBm.",
            rows=(
                {**_WIRED_VALUES, "host.ip": "192.0.2.2"},
                {**_WIRED_VALUES, "host.ip": "fd00::2"},
                {
                    "network.interface.name": "wlan0",
                    "up": False,
                    "mtu": 1500,
                    "signal": -51,
                },
            ),
            files={
                "/sys/class/net/eth0/operstate": b"up\n",
                "/sys/class/net/eth0/duplex": b"half\n",
                "/sys/class/net/eth0/carrier_changes": b"7\n",
                "/sys/class/net/eth0/statistics/rx_errors": b"12\n",
                "/sys/class/net/eth0/statistics/tx_errors": b"junk\n",
                "/proc/net/wireless": b"Inter-\n face\n"
                b" wlan0: 0000   59.  -51.  -256\n",
            },
            facts={"interfaces": (_WIRED, _RADIO)},
        ),
        {},
    ),
    Case(Example(System.LINUX, "No interface.", rows=(), facts={"interfaces": ()}), {}),
    Case(
        Example(
            System.WINDOWS,
            "A wireless card on an open network.",
            rows=(
                {
                    "network.interface.name": "Wi-Fi",
                    "up": True,
                    "mtu": 1500,
                    "speed": 72,
                    "host.ip": "192.0.2.9",
                    "signal": -70,
                    "ssid": "guests",
                    "security": "open",
                    "channel": 6,
                },
            ),
            facts={
                "interfaces": (
                    InterfaceFacts(
                        "Wi-Fi",
                        up=True,
                        mtu=1500,
                        speed=72,
                        addresses=(AddressFacts("ipv4", "192.0.2.9", 24),),
                    ),
                ),
                "wireless": (
                    {
                        "interface": "Wi-Fi",
                        "signal": -70,
                        "ssid": "guests",
                        "security": "open",
                        "channel": 6,
                    },
                ),
            },
        ),
        {},
    ),
    Case(
        Example(System.WINDOWS, "No interface.", rows=(), facts={"interfaces": ()}), {}
    ),
)
