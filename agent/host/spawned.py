# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Runs one pass in a spawned child on Windows, inside a job that ends with its parent.

Rules: the child runs this program's own interpreter, isolated, on a fixed module; it
inherits the answer's pipe and no other handle; it starts only once it is in the job, so
that none outlives its time or its parent.
Stated limit: the limits of memory and processor time are Windows' own; Wine takes them
and does not hold to them, so they were never seen to end anything here.
Not here: what the child does (`agent/pass_child.py`).
"""

import msvcrt
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import win32api
import win32con
import win32event
import win32file
import win32job
import win32process
import win32security

from agent.host.ended import Ended, Meanwhile, never

if sys.platform != "win32":
    reason = "agent.host.spawned is for Windows"
    raise ImportError(reason)

MODULE = "agent.pass_child"
_CHUNK = 65_536
_TURN_SECONDS = 0.1
"""How long a signal may wait: Windows breaks off no blocked call for one."""
_LOOK_SECONDS = 0.5
"""Between two looks at what else there is to do."""
_STARTING = threading.Lock()
"""One child at a time: another would inherit this one's pipe, and hold it open."""
_KILLED = 1
_HUNDRED_NANOSECONDS = 1e-7
_END_MILLISECONDS = 10_000
"""A process that is told to end, ends: this only bounds a defect."""


def spawn(  # noqa: PLR0913 - by keyword, each of them a bound of the child
    arguments: Sequence[str],
    seconds: float,
    limit: int,
    module: str = MODULE,
    *,
    memory: int = 0,
    processor: int = 0,
    low: bool = False,
    alone: bool = False,
    leaves: bool = False,
    meanwhile: Meanwhile = never,
) -> Ended:
    """Run the child's module and return what it answered.

    Args:
        arguments: of the module; a path and numbers, nothing secret.
        seconds: wall time after which the child is killed.
        limit: most bytes of an answer.
        module: of this release; another one for tests of this file.
        memory: most bytes of its memory, and of each process that it starts; 0 for any.
        processor: most seconds of processor time of its own code; 0 for any.
        low: whether it stands back for everything else that runs.
        alone: whether it may start no process.
        leaves: whether what it starts to outlive it may: it says so as it starts that.
        meanwhile: called while the child runs, twice a second; true ends it.

    Raises:
        OSError: no child can start.
    """
    with _STARTING:
        reading, writing = os.pipe()
        try:
            job = _job(memory, processor, alone=alone, leaves=leaves)
            process = _start((module, *arguments), writing, job, low=low)
        except (win32api.error, OSError) as problem:
            os.close(reading)
            msg = "no child can start"
            raise OSError(msg) from problem
        finally:
            os.close(writing)
    report: bytes | None = None
    try:
        report = _read(reading, time.monotonic() + seconds, limit, meanwhile)
    finally:
        if report is None:  # too late, or this process is told to end
            win32job.TerminateJobObject(job, _KILLED)
        win32event.WaitForSingleObject(process, _END_MILLISECONDS)
        win32api.CloseHandle(job)  # ends whatever is left in it
    code = win32process.GetExitCodeProcess(process)
    times = win32process.GetProcessTimes(process)
    held = _memory(process)
    win32api.CloseHandle(process)
    return Ended(
        report if report is not None and code == 0 else b"",
        report is None,
        0,
        (times["UserTime"] + times["KernelTime"]) * _HUNDRED_NANOSECONDS,
        held,
    )


def _memory(process: object) -> int:
    """Return the largest working set of an ended process; 0 where it is not kept.

    Windows keeps it. Wine asks the kernel, which forgets a process once its parent or
    init has waited for it.
    """
    try:
        return int(win32process.GetProcessMemoryInfo(process)["PeakWorkingSetSize"])
    except win32api.error:
        return 0


def _job(memory: int, processor: int, *, alone: bool, leaves: bool) -> object:
    """Make a job whose processes end with its last handle, within its limits."""
    job = win32job.CreateJobObject(None, "")
    kind = win32job.JobObjectExtendedLimitInformation
    limits = win32job.QueryInformationJobObject(job, kind)
    basic = limits["BasicLimitInformation"]
    basic["LimitFlags"] = win32job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
    if memory:
        basic["LimitFlags"] |= win32job.JOB_OBJECT_LIMIT_PROCESS_MEMORY
        limits["ProcessMemoryLimit"] = memory
    if processor:
        basic["LimitFlags"] |= win32job.JOB_OBJECT_LIMIT_PROCESS_TIME
        basic["PerProcessUserTimeLimit"] = round(processor / _HUNDRED_NANOSECONDS)
    if alone:
        basic["LimitFlags"] |= win32job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS
        basic["ActiveProcessLimit"] = 1
    if leaves:
        basic["LimitFlags"] |= win32job.JOB_OBJECT_LIMIT_BREAKAWAY_OK
    win32job.SetInformationJobObject(job, kind, limits)
    return job


def _start(arguments: Sequence[str], writing: int, job: object, *, low: bool) -> object:
    """Start a module in the job; return its process handle."""
    inherited = win32security.SECURITY_ATTRIBUTES()
    inherited.bInheritHandle = True
    nothing = win32file.CreateFile(
        "NUL",
        win32con.GENERIC_READ | win32con.GENERIC_WRITE,
        win32con.FILE_SHARE_READ | win32con.FILE_SHARE_WRITE,
        inherited,
        win32con.OPEN_EXISTING,
        0,
        None,
    )
    start = win32process.STARTUPINFO()
    start.dwFlags = win32con.STARTF_USESTDHANDLES
    start.hStdInput = start.hStdError = nothing
    start.hStdOutput = msvcrt.get_osfhandle(writing)
    os.set_inheritable(writing, True)  # noqa: FBT003 - as the standard library has it
    command = [sys.executable, "-I", "-m", *arguments]
    flags = win32con.CREATE_SUSPENDED | win32con.CREATE_NO_WINDOW
    process, thread, _, _ = win32process.CreateProcess(
        sys.executable,
        subprocess.list2cmdline(command),
        None,
        None,
        True,  # noqa: FBT003 - bInheritHandles has no name
        flags,
        None,
        None,
        start,
    )
    try:
        win32job.AssignProcessToJobObject(job, process)
        if low:
            below = win32process.BELOW_NORMAL_PRIORITY_CLASS
            win32process.SetPriorityClass(process, below)
    except win32api.error:
        win32process.TerminateProcess(process, _KILLED)
        raise
    win32process.ResumeThread(thread)
    win32api.CloseHandle(thread)
    win32api.CloseHandle(nothing)
    return process


def _read(
    reading: int, deadline: float, limit: int, meanwhile: Meanwhile
) -> bytes | None:
    """Return all that a child writes, or None when it is to be ended."""
    parts: list[bytes] = []

    def drain() -> None:
        try:
            while part := os.read(reading, _CHUNK):
                parts.append(part)
                if sum(map(len, parts)) > limit:
                    return
        finally:
            os.close(reading)

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    looked = time.monotonic()
    while reader.is_alive():
        now = time.monotonic()
        left = deadline - now
        if left <= 0:
            return None
        if now >= looked + _LOOK_SECONDS:
            looked = now
            if meanwhile():
                return None
        reader.join(min(left, _TURN_SECONDS))
    return b"".join(parts)
