# SPDX-License-Identifier: Apache-2.0
"""Holds a process before each system call of a name, and kills it at one's turn.

Rules: the kernel asks before the call does anything (seccomp's user notifications),
and about no other call, so that a life costs little more than one nobody watches;
turns count for each thread, from when it is held on, as strace counts them; a child of
what is held is held too, and its calls fail once nobody holds it any more.
Not here: which calls there are, and in what order (`kill.py`, by strace).
Source: seccomp(2), seccomp_unotify(2), linux/seccomp.h.
"""

import ctypes
import fcntl
import mmap
import os
import platform
import select
import signal
import struct
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

_NUMBERS = {
    "x86_64": {
        "read": 0,
        "write": 1,
        "pwrite64": 18,
        "writev": 20,
        "sendto": 44,
        "recvfrom": 45,
        "sendmsg": 46,
        "fsync": 74,
        "fdatasync": 75,
        "ftruncate": 77,
        "rename": 82,
        "unlink": 87,
        "pwritev": 296,
        "seccomp": 317,
    },
    "aarch64": {
        "ftruncate": 46,
        "read": 63,
        "write": 64,
        "writev": 66,
        "pwrite64": 68,
        "pwritev": 70,
        "fsync": 82,
        "fdatasync": 83,
        "sendto": 206,
        "recvfrom": 207,
        "sendmsg": 211,
        "seccomp": 277,
    },
}
_PIDFD_GETFD = 438
"""Newer calls have one number on every machine."""
_SET_MODE_FILTER = 1
_ALL_THREADS, _LISTENER, _TELLS_WHICH, _WAITS_TO_BE_KILLED = 1, 8, 16, 32
_FLAGS = _ALL_THREADS | _LISTENER | _TELLS_WHICH | _WAITS_TO_BE_KILLED
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ASK, _ALLOW = 0x7FC00000, 0x7FFF0000
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_ASKED, _ANSWER = struct.Struct("=QII64x"), struct.Struct("=QqiI")
_GO_ON = 1
_NONE = -1
_library = ctypes.CDLL(None, use_errno=True)


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jump_true", ctypes.c_uint8),
        ("jump_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_ushort),
        ("instructions", ctypes.POINTER(_Instruction)),
    )


@dataclass(slots=True)
class Hold:
    """One process that is held at calls of one name; it and ours share a word.

    Attributes:
        call: the name.
        number: the turn at which it is killed, from 1 on.
    """

    call: str
    number: int
    _shared: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 4))
    _turns: Counter[int] = field(default_factory=Counter)
    _listener: int = _NONE
    _victim: int = 0

    def begin(self) -> None:
        """Be held from now on; called in the process that is to be."""
        names = _NUMBERS[platform.machine()]
        code = (_Instruction * 4)(
            _Instruction(_LOAD, 0, 0, 0),
            _Instruction(_EQUAL, 0, 1, names[self.call]),
            _Instruction(_RETURN, 0, 0, _ASK),
            _Instruction(_RETURN, 0, 0, _ALLOW),
        )
        program = _Program(len(code), code)
        told = _library.syscall(
            names["seccomp"], _SET_MODE_FILTER, _FLAGS, ctypes.byref(program)
        )
        if told < 0:
            _refused("seccomp")
        self._shared[:] = struct.pack("=i", told)
        self._listener = told

    def take(self, victim: int) -> None:
        """Be asked; called by whoever holds, once the process is held.

        Args:
            victim: its number.
        """
        (theirs,) = struct.unpack("=i", self._shared[:])
        process = os.pidfd_open(victim)
        try:
            ours = _library.syscall(_PIDFD_GETFD, process, theirs, 0)
        finally:
            os.close(process)
        if ours < 0:
            _refused("pidfd_getfd")
        self._listener, self._victim = ours, victim

    def let_go(self) -> None:
        """Keep no way to ask; called in the process that is held, once it is taken.

        A child that outlives it would wait for an answer for ever, for it has what it
        was forked with.
        """
        os.close(self._listener)

    def until_end(self, pid: int) -> None:
        """Answer until a process has ended; it may be the victim or another."""
        process, poll = os.pidfd_open(pid), select.poll()
        poll.register(process, select.POLLIN)
        poll.register(self._listener, select.POLLIN)
        try:
            while True:
                for handle, event in poll.poll():
                    if handle == process:
                        return
                    if event & select.POLLHUP or not self._answered():
                        poll.unregister(handle)  # nobody is left who could ask
        finally:
            os.close(process)

    def close(self) -> None:
        """Hold nobody any more."""
        if self._listener != _NONE:
            os.close(self._listener)
        self._shared.close()

    def _answered(self) -> bool:
        """Answer one question; false where the answer was to kill."""
        asked = bytearray(_ASKED.size)
        with suppress(FileNotFoundError):  # it asks no more: a signal came first
            fcntl.ioctl(self._listener, _RECEIVE, asked)
            question, thread, _ = _ASKED.unpack(asked)
            self._turns[thread] += 1
            if self._turns[thread] == self.number:
                os.kill(self._victim, signal.SIGKILL)
                return False
            answer = bytearray(_ANSWER.pack(question, 0, 0, _GO_ON))
            fcntl.ioctl(self._listener, _SEND, answer)
        return True


def _refused(what: str) -> None:
    number = ctypes.get_errno()
    raise OSError(number, f"{what}: {os.strerror(number)}")
