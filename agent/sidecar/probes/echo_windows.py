# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Echo requests by Windows' own interface, which needs no administrator.

Rules: its handle is opened before the rights are gone; one request, one reply, with a
time; the reply's buffer is as large as the interface asks for.
Not here: what is made of replies (`echoes.py`), their octets (`echo.py`).
Stated limit: seen at work under Wine, which has no IPv6 of it.
Source: IcmpCreateFile, IcmpSendEcho, Icmp6CreateFile and Icmp6SendEcho2 of icmpapi.h.
"""

import ctypes
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial

from agent.host.interface import ProbeVerb
from agent.sidecar.probe_question import Probe
from agent.sidecar.probes import echoes
from agent.sidecar.probes.echo import Reply, parse, parse6
from agent.sidecar.probes.echoes import Question
from agent.sidecar.probes.target import Target, targets
from agent.sidecar.question import Answer

if sys.platform != "win32":
    reason = "agent.sidecar.probes.echo_windows is for Windows"
    raise ImportError(reason)

Handles = Mapping[socket.AddressFamily, int]
_NONE = ctypes.c_void_p(-1).value
"""INVALID_HANDLE_VALUE."""
_REPLY_BYTES, _BESIDE = 64, 256
"""A reply of either family, and what the interface wants for an error and a status."""
_WHOLE = 0x2
"""IP_FLAG_DF."""
_SOCKADDR6 = struct.Struct("<HHI16sI")
_AF_INET6 = 23
"""Of Windows' own numbers."""


class _Options(ctypes.Structure):
    """IP_OPTION_INFORMATION."""

    _fields_ = (
        ("hops", ctypes.c_ubyte),
        ("service", ctypes.c_ubyte),
        ("flags", ctypes.c_ubyte),
        ("size", ctypes.c_ubyte),
        ("data", ctypes.c_void_p),
    )


@cache
def _library() -> ctypes.CDLL:
    """Return the interface, which keeps its error until it is asked for."""
    return ctypes.WinDLL("iphlpapi", use_last_error=True)


def open_handles() -> Handles:
    """Return a handle for each family that this machine has."""
    library = _library()
    found: dict[socket.AddressFamily, int] = {}
    for family, make in (
        (socket.AF_INET, library.IcmpCreateFile),
        (socket.AF_INET6, library.Icmp6CreateFile),
    ):
        make.restype = ctypes.c_void_p
        handle = make()
        if handle not in {None, _NONE}:
            found[family] = handle
    return found


def answer(probe: Probe, opened: Handles) -> Answer:
    """Return a probe's rows.

    Args:
        probe: what to do.
        opened: by family, from before the rights were gone.
    """
    found, reason = targets(probe.host, probe.family)
    fit = [one for one in found if one.family in opened]
    if probe.verb is ProbeVerb.PATH_MTU:  # a sender breaks its own packets of IPv6
        fit = [one for one in fit if one.family is socket.AF_INET]
    if not fit:
        return Answer(({"outcome": reason or "no-such-family"},))
    target = fit[0]
    ask = partial(_ask, opened[target.family], target)
    if probe.verb is ProbeVerb.PING:
        return echoes.ping(probe, target, ask)
    if probe.verb is ProbeVerb.TRACE:
        return echoes.trace(probe, target, ask)
    return echoes.path_mtu(target, ask)


def _ask(handle: int, target: Target, question: Question) -> Reply:
    """Ask once; return the reply, or the error in its place."""
    send = _send if target.family is socket.AF_INET else _send6
    options = _Options(question.hops, 0, _WHOLE if question.whole else 0, 0, None)
    size = _REPLY_BYTES + question.size + _BESIDE
    buffer = ctypes.create_string_buffer(size)
    given = bytes(question.size), question.size, ctypes.byref(options), buffer, size
    count = send(handle, target, (*given, round(question.seconds * 1_000)))
    if not count:
        return Reply(ctypes.get_last_error())
    if target.family is socket.AF_INET:
        return parse(buffer.raw, ctypes.sizeof(ctypes.c_void_p))
    return parse6(buffer.raw)


def _send(handle: int, target: Target, given: tuple[object, ...]) -> int:
    library: Callable[..., int] = _library().IcmpSendEcho
    (address,) = struct.unpack("<I", socket.inet_aton(target.address))
    data, size, *rest = given
    return library(ctypes.c_void_p(handle), ctypes.c_uint32(address), data, size, *rest)


def _send6(handle: int, target: Target, given: tuple[object, ...]) -> int:
    library: Callable[..., int] = _library().Icmp6SendEcho2
    octets = socket.inet_pton(socket.AF_INET6, target.address)
    source = _SOCKADDR6.pack(_AF_INET6, 0, 0, bytes(16), 0)
    whom = _SOCKADDR6.pack(_AF_INET6, 0, 0, octets, 0)
    none = ctypes.c_void_p()
    return library(ctypes.c_void_p(handle), none, none, none, source, whom, *given)
