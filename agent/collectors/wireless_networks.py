# SPDX-License-Identifier: Apache-2.0
"""Wireless networks: the one that each card of the machine is connected to now.

Rules: no key, no list of saved networks or of those in reach; a network's name and its
station tell where somebody is, so they are dropped unless a policy says otherwise.
Not here: addresses (`network_interfaces.py`).
Sources: /proc/net/wireless, which knows no names and is not in newer kernels; nl80211,
which tells everybody; Windows' WLAN service.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from agent.collectors._shared.declare import direct, free_text, harmless
from agent.collectors._shared.gather import interface_name, take, text
from agent.collectors._windows.steps import fields_for, words
from agent.errors import NotFoundError, UnsupportedError
from agent.host.interface import Host, RadioFacts
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Column, Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT


def _only_windows(column: Column) -> Column:
    """Return the column, marked as one that only Windows tells without rights."""
    return replace(column, systems=(System.WINDOWS,))


DATASET = Dataset(
    "wireless_networks",
    Kind.SNAPSHOT,
    "The wireless network that each card is connected to.",
    ("network.interface.name",),
    (
        free_text("network.interface.name", "Tells the cards apart."),
        harmless("signal", ValueType.INTEGER, "Strength in dBm: finds bad places."),
        direct("ssid", "ssid", "Names the network.", "drop"),
        direct("bssid", "mac", "Names the station.", "drop"),
        _only_windows(harmless("security", TEXT, "Finds networks that are open.")),
        _only_windows(harmless("radio", TEXT, "Finds slow old radio.")),
        harmless("channel", ValueType.COUNT, "Finds crowded frequencies."),
    ),
)

_ASKED = ("ssid", "bssid", "channel", "signal")
"""Columns that are fields of `RadioFacts`, too."""
_TABLE = "/proc/net/wireless"
_HEAD_LINES = 2
_FIELDS = 4
_UNKNOWN = -256
_BYTE = 256
_LEVELS = range(-150, 1)
_ABSENT = "0"
"""Link quality of a card that is connected to nothing."""
_WINDOWS_FIELDS = {
    "network.interface.name": "interface",
    "signal": "signal",
    "ssid": "ssid",
    "bssid": "bssid",
    "security": "security",
    "radio": "radio",
    "channel": "channel",
}


def parse_wireless(data: bytes) -> Iterator[dict[str, Value]]:
    """Yield the cards of /proc/net/wireless, with their signal where connected."""
    for raw in data.split(b"\n")[_HEAD_LINES:]:
        name, colon, rest = raw.partition(b":")
        fields = text(rest).split()
        if not colon or not name.strip() or len(fields) < _FIELDS:
            continue
        quality, level = fields[1].rstrip("."), fields[2].rstrip(".")
        yield {
            "network.interface.name": interface_name(text(name.strip())),
            "signal": None if quality == _ABSENT else _level(level),
        }


def _level(field: str) -> int | None:
    """Return dBm; an old driver writes them as a byte, 195 for -61."""
    digits = field.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 3:  # noqa: PLR2004 - digits of 256
        return None
    found = int(field)
    if found > 0:
        found -= _BYTE
    return found if found != _UNKNOWN and found in _LEVELS else None


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each wireless card."""
    if not want.columns:
        return Reading([])
    return take(want, linux_cards(host, want))


def linux_cards(host: Host, want: Want) -> list[dict[str, Value]]:
    """Return what two sources tell of each wireless card.

    Raises:
        UnsupportedError: neither is there.
    """
    found: dict[str, dict[str, Value]] = {}
    table = True
    try:
        data = host.read(_TABLE)
    except NotFoundError:
        table = False
    else:
        for row in parse_wireless(data):
            found[str(row["network.interface.name"])] = row
    for card in _radios(host, want):
        name = interface_name(card.interface)
        row = found.setdefault(name, {"network.interface.name": name})
        told = {field: getattr(card, field) for field in _ASKED if field in want}
        row |= {field: value for field, value in told.items() if value is not None}
    if not table and not found:
        reason = "no-wireless-table"
        raise UnsupportedError(reason)
    return list(found.values())


def _radios(host: Host, want: Want) -> Sequence[RadioFacts]:
    """Return the cards as the kernel has them now; none where it tells nobody."""
    fields = frozenset(field for field in _ASKED if field in want)
    with suppress(UnsupportedError):
        return host.radios(fields)
    return ()


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each wireless card."""
    fields = fields_for(want, _WINDOWS_FIELDS)
    if not fields:
        return Reading([])
    found = windows(host).ask(Source.WIRELESS, fields)
    return take(want, map(describe, found))


def describe(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of a card; a hidden network has no name."""
    return {
        column: words(value) if isinstance(value := row.get(field), str) else value
        for column, field in _WINDOWS_FIELDS.items()
    }


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

_HEAD = (
    b"Inter-| sta-|   Quality        |   Discarded packets               | Missed |"
    b" WE\n face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon"
    b" | 22\n"
)

EXAMPLES = (
    Example(
        System.LINUX,
        "Composed of lines that people published: brcmfmac on Debian 12 at -51 dBm, a "
        "card without a level, one that is idle, an old driver, one named by address.",
        rows=(
            {"network.interface.name": "wlan0", "signal": -51},
            {"network.interface.name": "wlp1s0"},
            {"network.interface.name": "wlan1"},
            {"network.interface.name": "wlan2", "signal": -61},
            {"network.interface.name": "wlx001122", "signal": -40},
        ),
        files={
            _TABLE: _HEAD
            + b" wlan0: 0000   59.  -51.  -256        0      0      0   1077      0\n"
            b" wlp1s0: 0000   70. -256.  -256     0      0      0      0      1\n"
            b"wlan1: 0000    0.  -110.  -256        0      0      0      0      0\n"
            b" wlan2: 0000  100   195     0        0      0      0      0      0\n"
            b"wlx001122334455: 0000   70.  -40.  -256        0      0      0     24\n"
        },
    ),
    Example(
        System.LINUX,
        "Composed: a newer kernel without the table; a network at home, an idle card.",
        rows=(
            {
                "network.interface.name": "wlp1s0",
                "signal": -58,
                "ssid": "Ada's home",
                "bssid": "00:1b:21:aa:bb:cc",
                "channel": 36,
            },
            {"network.interface.name": "wlx001122"},
        ),
        facts={
            "radios": (
                RadioFacts("wlp1s0", "Ada's home", "00:1b:21:aa:bb:cc", 36, -58),
                RadioFacts("wlx001122334455"),
            )
        },
    ),
    Example(
        System.LINUX,
        "Composed: cut lines and junk.",
        rows=({"network.interface.name": "\ufffd"},),
        files={_TABLE: _HEAD + b"\xff: 0 1 +-9 x\n: 1 2 3 4\nwlan0: 0000   5"},
    ),
    Example(System.LINUX, "Composed: no card.", rows=(), files={_TABLE: _HEAD}),
    Example(
        System.WINDOWS,
        "Composed: a network at home, and a card that is connected to nothing.",
        rows=(
            {
                "network.interface.name": "WLAN",
                "signal": -58,
                "ssid": "Ada's home",
                "bssid": "00:1b:21:aa:bb:cc",
                "security": "wpa3-personal",
                "radio": "802.11ax",
                "channel": 36,
            },
            {"network.interface.name": "WLAN 2"},
        ),
        facts={
            "wireless": (
                {
                    "interface": "WLAN",
                    "signal": -58,
                    "ssid": "Ada's home",
                    "bssid": "00:1b:21:aa:bb:cc",
                    "security": "wpa3-personal",
                    "radio": "802.11ax",
                    "channel": 36,
                },
                {"interface": "WLAN 2"},
            )
        },
    ),
    Example(System.WINDOWS, "Composed: no card.", rows=()),
)
