# SPDX-License-Identifier: Apache-2.0
"""Peers that stay on a machine, each with a configuration of its own on loopback.

Rules: a peer reads what our metrics read, and sends it away or is asked for it as often
as we read; one that is not installed is named with its package.
Not here: what they cost (`processes.py`), comparing (`footprint.py`).
"""

import random
import socket
import struct
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_EXPORTED = (
    "cpu meminfo filesystem diskstats netdev loadavg processes uname stat vmstat"
)
_KEYS = (
    "system.cpu.util system.cpu.load vm.memory.size[available] vm.memory.size[total] "
    "system.swap.size vfs.fs.size[/,used] vfs.fs.size[/,total] vfs.fs.inode[/,pfree] "
    "net.if.in[lo] net.if.out[lo] proc.num proc.num[,,run] system.uptime "
    "system.users.num vfs.dev.read vfs.dev.write kernel.maxfiles system.hostname "
    "system.uname agent.version net.if.discovery vfs.fs.discovery"
)
_COLLECTD = """
Hostname "x"
BaseDir "{place}"
PIDFile "{place}/collectd.pid"
Interval {every}
LoadPlugin cpu
LoadPlugin memory
LoadPlugin df
LoadPlugin disk
LoadPlugin interface
LoadPlugin load
LoadPlugin processes
LoadPlugin swap
LoadPlugin uptime
LoadPlugin network
<Plugin network>
  <Server "127.0.0.1" "{port}">
    SecurityLevel Encrypt
    Username "u"
    Password "p"
  </Server>
</Plugin>
"""
_ZABBIX = """
PidFile={place}/zabbix.pid
LogType=console
Server=127.0.0.1
ListenIP=127.0.0.1
ListenPort={port}
Hostname=x
ControlSocket={place}/zabbix.sock
PluginSocket={place}/zabbix-plugins.sock
"""


@dataclass(frozen=True)
class Peer:
    """A program that stays.

    Attributes:
        name: of the peer.
        package: that brings it.
        command: the program and its arguments.
        ask: asks it for what it knows; None for one that sends by itself.
    """

    name: str
    package: str
    command: tuple[str, ...]
    ask: Callable[[], object] | None = None


def peers(place: Path, every: int) -> list[Peer]:
    """Return the peers, configured in a folder."""
    return [
        _collectd(place, every),
        _exporter("node_exporter (default)"),
        _exporter("node_exporter (our metrics)", *_exported()),
        _zabbix(place),
        Peer("glances", "glances", _glances(place, every)),
    ]


def _collectd(place: Path, every: int) -> Peer:
    file = place / "collectd.conf"
    file.write_text(_COLLECTD.format(place=place, every=every, port=_port()))
    return Peer("collectd", "collectd-core", ("collectd", "-f", "-C", str(file)))


def _glances(place: Path, every: int) -> tuple[str, ...]:
    kept = "--export", "csv", "--export-csv-file", f"{place}/glances.csv"
    return "glances", "--quiet", "-t", str(every), "--disable-check-update", *kept


def _exporter(name: str, *options: str) -> Peer:
    where = f"127.0.0.1:{_port()}"
    program = "prometheus-node-exporter"
    command = (program, f"--web.listen-address={where}", *options)
    return Peer(name, program, command, lambda: _fetch(f"http://{where}/metrics"))


def _exported() -> tuple[str, ...]:
    only = (f"--collector.{name}" for name in _EXPORTED.split())
    return "--collector.disable-defaults", *only


def _zabbix(place: Path) -> Peer:
    port, file = _port(), place / "zabbix.conf"
    file.write_text(_ZABBIX.format(place=place, port=port))
    command = ("zabbix_agent2", "-f", "-c", str(file))
    return Peer("zabbix-agent2", "zabbix-agent2", command, lambda: _passive(port))


def _passive(port: int) -> None:
    """Ask for each item as a server of Zabbix does."""
    for key in _KEYS.split():
        with socket.create_connection(("127.0.0.1", port), 5) as asking:
            item = key.encode()
            asking.sendall(b"ZBXD\1" + struct.pack("<Q", len(item)) + item)
            while asking.recv(65536):
                pass


def _fetch(url: str) -> bytes:
    answer = urllib.request.urlopen(url, timeout=5)  # noqa: S310 - our own loopback
    with answer:
        return bytes(answer.read())


def _port() -> int:
    """Return a free port of those that Zabbix takes: below 32,768."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - no secret
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
