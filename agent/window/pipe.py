# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""The window on Windows: a named pipe, one question at a time, each in a child.

Rules: Windows says in which session who asks is, and nothing that comes over the pipe;
nobody from another machine can connect, and nobody else can be the first to make it;
who asks is asked in turn, and let go when slow, to ask or to take the answer; what
answers must be of the administrator, of the agent's service, or of this same user.
Stated limit: under Wine it was seen to work for one user alone, who is everybody there.
Not here: what may be asked (`door.py`).
Source: named pipes and their security, learn.microsoft.com/windows/win32/ipc.
"""

import os
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress

import pywintypes
import win32api
import win32con
import win32event
import win32file
import win32pipe
import win32security
import win32ts

from agent.errors import UsageError
from agent.host.spawned import spawn
from agent.orders.consent import ADMINISTRATOR, AT_SCREEN
from agent.state import State
from agent.window.bounds import ANSWER_BYTES, QUESTION_BYTES

if sys.platform != "win32":
    reason = "agent.window.pipe is for Windows"
    raise ImportError(reason)

PIPE = r"\\.\pipe\discreet-agent-window"
VARIABLE = "DISCREET_AGENT_WINDOW"
"""Names another pipe than the default one."""
MODULE = "agent.window.child"
_SERVICE = r"NT SERVICE\DiscreetAgent"
"""As whom the package has the agent and its window run."""
_WHO = "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;OW)(A;;GRGW;;;IU)"
"""The system, administrators and the owner in all; who is signed in here may ask."""
_FIRST, _LOCAL_ONLY = 0x0008_0000, 0x8
"""FILE_FLAG_FIRST_PIPE_INSTANCE, PIPE_REJECT_REMOTE_CLIENTS."""
_PENDING = 997
"""ERROR_IO_PENDING."""
_KNOWN_ONLY = 0x0011_0000
"""SECURITY_SQOS_PRESENT, SECURITY_IDENTIFICATION: who answers learns who asks, and can
do nothing as them."""
_QUESTION_SECONDS, _ANSWER_SECONDS = 2.0, 60.0
_TAKE_SECONDS = 10.0
"""For all of an answer to be taken: who asks is on this machine."""
_TURN_SECONDS = 0.02
_CHUNK = 65_536
_MEMORY, _PROCESSOR = 256 * 1024 * 1024, 20
"""Twice what the fullest page needs."""
_BUSY_MILLISECONDS = 30_000
_SERVICES = 0
"""The session of services, where nobody sits."""


def place() -> str:
    """Return the pipe's name."""
    return os.environ.get(VARIABLE) or PIPE


def exchange(question: bytes) -> bytes:
    """Ask, and return all that is answered.

    Raises:
        OSError: nobody who may answer does.
    """
    try:
        win32pipe.WaitNamedPipe(place(), _BUSY_MILLISECONDS)
        access = win32con.GENERIC_READ | win32con.GENERIC_WRITE
        pipe = win32file.CreateFile(
            place(), access, 0, None, win32con.OPEN_EXISTING, _KNOWN_ONLY, None
        )
        try:
            if not _may_answer(pipe):
                raise PermissionError
            win32file.WriteFile(pipe, question)
            parts: list[bytes] = []
            with suppress(pywintypes.error):  # its end is an error of its own
                while sum(map(len, parts)) <= ANSWER_BYTES:
                    parts.append(win32file.ReadFile(pipe, _CHUNK)[1])
            return b"".join(parts)
        finally:
            win32api.CloseHandle(pipe)
    except pywintypes.error as problem:
        raise OSError from problem


def _may_answer(pipe: int) -> bool:
    """Tell whether a pipe is the system's, an administrator's, the agent's or ours."""
    known = [_own(), _well_known(win32security.WinLocalSystemSid), _administrators()]
    with suppress(pywintypes.error):  # there is no service: nobody is it
        known.append(win32security.LookupAccountName(None, _SERVICE)[0])
    owner = win32security.GetSecurityInfo(
        pipe,
        win32security.SE_KERNEL_OBJECT,
        win32security.OWNER_SECURITY_INFORMATION,
    ).GetSecurityDescriptorOwner()
    return any(owner == one for one in known)


def _own() -> object:
    """Return whose this process is."""
    token = win32security.OpenProcessToken(
        win32api.GetCurrentProcess(), win32con.TOKEN_QUERY
    )
    try:
        return win32security.GetTokenInformation(token, win32security.TokenUser)[0]
    finally:
        win32api.CloseHandle(token)


def acts_as_administrator() -> bool:
    """Tell whether this thread has an administrator's rights now."""
    return bool(win32security.CheckTokenMembership(None, _administrators()))


def _administrators() -> object:
    return _well_known(win32security.WinBuiltinAdministratorsSid)


def _well_known(kind: int) -> object:
    return win32security.CreateWellKnownSid(kind, None)


def serve(state: State, environment: Mapping[str, str]) -> None:
    """Answer until told to end.

    Args:
        state: the state directory, of this process's own user.
        environment: not needed: nobody hands a pipe over.

    Raises:
        UsageError: somebody else has made that pipe.
    """
    del environment
    try:
        pipe = _made()
    except pywintypes.error:
        msg = "there is a window already, or somebody is in its place: end that first"
        raise UsageError(msg) from None
    while True:
        with suppress(pywintypes.error):  # it has gone, or is slow: the next one's turn
            _connected(pipe)
            _answer(state, pipe)
        with suppress(pywintypes.error):
            win32pipe.DisconnectNamedPipe(pipe)


def _made() -> int:
    rights = win32security.ConvertStringSecurityDescriptorToSecurityDescriptor(
        _WHO, win32security.SDDL_REVISION_1
    )
    group = _administrators()
    owner = group if acts_as_administrator() else _own()
    rights.SetSecurityDescriptorOwner(owner, False)  # noqa: FBT003 - Windows' own order
    security = win32security.SECURITY_ATTRIBUTES()
    security.SECURITY_DESCRIPTOR = rights
    found: int = win32pipe.CreateNamedPipe(
        place(),
        win32pipe.PIPE_ACCESS_DUPLEX | _FIRST | win32con.FILE_FLAG_OVERLAPPED,
        win32pipe.PIPE_TYPE_BYTE | win32pipe.PIPE_WAIT | _LOCAL_ONLY,
        1,
        _CHUNK,
        _CHUNK,
        0,
        security,
    )
    return found


def _begun() -> pywintypes.OVERLAPPED:
    """Return what tells the end of one call, which is waited for apart."""
    found = pywintypes.OVERLAPPED()
    found.hEvent = win32event.CreateEvent(None, True, False, None)  # noqa: FBT003 - Windows' own order
    return found


def _connected(pipe: int) -> None:
    begun = _begun()
    with suppress(pywintypes.error):  # who was quicker than this call is there already
        if win32pipe.ConnectNamedPipe(pipe, begun) == _PENDING:
            win32file.GetOverlappedResult(pipe, begun, True)  # noqa: FBT003 - as above


def _read(pipe: int, most: int) -> bytes:
    """Return what is there already."""
    begun, buffer = _begun(), win32file.AllocateReadBuffer(most)
    win32file.ReadFile(pipe, buffer, begun)
    count = win32file.GetOverlappedResult(pipe, begun, True)  # noqa: FBT003 - as above
    return bytes(buffer[:count])


def _give(pipe: int, answer: bytes) -> None:
    """Give an answer to who asked, unless it is not taken in time."""
    begun, until = _begun(), time.monotonic() + _TAKE_SECONDS
    win32file.WriteFile(pipe, answer, begun)
    milliseconds = int(_TAKE_SECONDS * 1_000)
    ended = win32event.WaitForSingleObject(begun.hEvent, milliseconds)
    if ended != win32event.WAIT_OBJECT_0:
        win32file.CancelIo(pipe)
    win32file.GetOverlappedResult(pipe, begun, True)  # noqa: FBT003 - as above

    def flush() -> None:
        with suppress(pywintypes.error):  # it is let go
            win32file.FlushFileBuffers(pipe)

    taking = threading.Thread(target=flush, daemon=True)
    taking.start()
    taking.join(max(until - time.monotonic(), _TURN_SECONDS))


def _answer(state: State, pipe: int) -> None:
    question = b""
    until = time.monotonic() + _QUESTION_SECONDS
    while not question.endswith(b"\n") and len(question) < QUESTION_BYTES:
        _, there, _ = win32pipe.PeekNamedPipe(pipe, 0)
        if there:
            most = min(there, QUESTION_BYTES - len(question))
            question += _read(pipe, most)
        elif time.monotonic() > until:
            return
        else:
            time.sleep(_TURN_SECONDS)
    by = _answers_as(pipe)
    ended = spawn(
        (str(state.directory), question.hex(), by),
        _ANSWER_SECONDS,
        ANSWER_BYTES,
        MODULE,
        memory=_MEMORY,
        processor=_PROCESSOR,
        low=True,
    )
    _give(pipe, ended.report)


def _answers_as(pipe: int) -> str:
    """Return as what who asks may say yes or no here; empty for not at all."""
    if _is_administrator(pipe):
        return ADMINISTRATOR
    session = int(win32pipe.GetNamedPipeClientSessionId(pipe))
    states = {
        int(one["SessionId"]): int(one["State"])
        for one in win32ts.WTSEnumerateSessions(win32ts.WTS_CURRENT_SERVER_HANDLE)
    }
    sits = session != _SERVICES and states.get(session) == win32ts.WTSActive
    return AT_SCREEN if sits else ""


def _is_administrator(pipe: int) -> bool:
    try:
        win32security.ImpersonateNamedPipeClient(pipe)
        try:
            return acts_as_administrator()
        finally:
            win32security.RevertToSelf()
    except pywintypes.error:
        return False
