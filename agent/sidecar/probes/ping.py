# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Does a machine answer, and how fast: echo requests of ICMP, one a second.

Rules: a socket of the kernel's own pings where it is allowed, which sees no packet of
others; else a raw one, opened before the rights are gone, of which only answers to our
own questions are taken.
Stated limit: Linux alone; Windows is asked by its own interface (`echo_windows.py`).
Sources: icmp(7), RFC 792, RFC 4443.
"""

import secrets
import socket
import struct
import sys
import time

from agent.errors import DeniedError
from agent.sidecar.probe_question import Probe
from agent.sidecar.probes.connect import seconds_since
from agent.sidecar.probes.target import FAMILIES, Target, outcome_of, targets
from agent.sidecar.question import NEEDS_RAW, Answer

if sys.platform == "win32":
    reason = "agent.sidecar.probes.ping is for Linux"
    raise ImportError(reason)

_EVERY, _WAIT = 1.0, 2.0
"""Seconds between questions, and for the last answer."""
_PROTOCOLS = {
    socket.AF_INET: socket.IPPROTO_ICMP,
    socket.AF_INET6: socket.IPPROTO_ICMPV6,
}
_ASK = {socket.AF_INET: 8, socket.AF_INET6: 128}
_ANSWER = {socket.AF_INET: 0, socket.AF_INET6: 129}
_HEAD = struct.Struct(">BBHHH")
_MARK = 8
"""Octets drawn for this run, by which its answers are known."""
_RECEIVE_TTL = {socket.AF_INET: (0, 12), socket.AF_INET6: (41, 51)}
"""Level and option: IP_RECVTTL, IPV6_RECVHOPLIMIT."""
_TTL = {(0, 2), (41, 52)}
"""What they come as: IP_TTL, IPV6_HOPLIMIT."""
_LARGEST, _BESIDE = 2_048, 256


def open_sockets(family: str) -> dict[int, socket.socket]:
    """Return a socket for each family that is asked for.

    Raises:
        DeniedError: they are not ours to open.
    """
    wanted = [k for k in _PROTOCOLS if FAMILIES[family] in {k, socket.AF_UNSPEC}]
    found: dict[int, socket.socket] = {}
    denied = False
    for kind in wanted:
        for how in (socket.SOCK_DGRAM, socket.SOCK_RAW):
            try:
                made = socket.socket(kind, how, _PROTOCOLS[kind])
                made.setsockopt(*_RECEIVE_TTL[kind], 1)
            except PermissionError:
                denied = True
                continue
            except OSError:  # a kernel without this family
                break
            found[kind] = made
            break
    if not found and denied:
        raise DeniedError(NEEDS_RAW)
    return found


def answer(probe: Probe, opened: dict[int, socket.socket]) -> Answer:
    """Return one row for each question that was asked.

    Args:
        probe: what to do.
        opened: the sockets, by family.
    """
    found, reason = targets(probe.host, probe.family)
    fit = [target for target in found if target.family in opened]
    if not fit:
        return Answer(({"outcome": reason or "no-such-family"},))
    target = fit[0]
    run = _Run(target, opened[target.family], probe.size)
    rows = []
    for number in range(1, probe.count + 1):
        began = time.monotonic()
        rows.append(run.once(number))
        left = began + _EVERY - time.monotonic()
        if number < probe.count and left > 0:
            time.sleep(left)
    return Answer(tuple(rows))


class _Run:
    """One run of questions to one address."""

    def __init__(self, target: Target, made: socket.socket, size: int) -> None:
        self._target = target
        self._socket = made
        self._mark = secrets.token_bytes(_MARK)
        self._filling = bytes(max(0, size - _MARK))

    def once(self, number: int) -> dict[str, str]:
        """Ask once; return the row."""
        began = time.monotonic()
        row = {"sequence": str(number)}
        try:
            self._socket.sendto(self._question(number), (self._target.address, 0))
            ttl = self._wait(number, began + _WAIT)
        except OSError as error:
            return {**self._target.row(outcome_of(error)), **row}
        row["duration"] = seconds_since(began)
        return {**self._target.row("answered"), **row, **({"ttl": ttl} if ttl else {})}

    def _question(self, number: int) -> bytes:
        kind = self._target.family
        identity = int.from_bytes(self._mark[:2], "big")
        rest = self._mark + self._filling
        plain = _HEAD.pack(_ASK[kind], 0, 0, identity, number) + rest
        return _HEAD.pack(_ASK[kind], 0, checksum(plain), identity, number) + rest

    def _wait(self, number: int, end: float) -> str:
        """Return the time to live of the answer; empty where it is not known.

        Raises:
            OSError: none came in time, or an error did.
        """
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            data, beside, _, _ = self._socket.recvmsg(_LARGEST, _BESIDE)
            if self._is_answer(data, number):
                for level, kind, value in beside:
                    if (level, kind) in _TTL and len(value) >= 4:  # noqa: PLR2004 - an int
                        return str(int.from_bytes(value[:4], sys.byteorder))
                return ""
        raise TimeoutError

    def _is_answer(self, data: bytes, number: int) -> bool:
        kind = self._target.family
        raw = self._socket.type == socket.SOCK_RAW and kind is socket.AF_INET
        if raw and data:
            data = data[(data[0] & 0x0F) * 4 :]
        if len(data) < _HEAD.size + _MARK:
            return False
        told, code, _, _, sequence = _HEAD.unpack_from(data)
        mark = data[_HEAD.size : _HEAD.size + _MARK]
        return (told, code, sequence, mark) == (_ANSWER[kind], 0, number, self._mark)


def checksum(data: bytes) -> int:
    """Return the Internet checksum of octets (RFC 1071)."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total
