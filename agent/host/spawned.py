# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Runs one pass in a spawned child on Windows, inside a job that ends with its parent.

Rules: the child runs this program's own interpreter, isolated, on a fixed module; it
inherits the answer's pipe and no other handle; it starts only once it is in the job, so
that none outlives its time or its parent.
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

from agent.host.ended import Ended

if sys.platform != "win32":
    reason = "agent.host.spawned is for Windows"
    raise ImportError(reason)

MODULE = "agent.pass_child"
_CHUNK = 65_536
_TURN_SECONDS = 0.1
"""How long a signal may wait: Windows breaks off no blocked call for one."""
_KILLED = 1
_HUNDRED_NANOSECONDS = 1e-7
_END_MILLISECONDS = 10_000
"""A process that is told to end, ends: this only bounds a defect."""


def spawn(
    arguments: Sequence[str],
    seconds: float,
    limit: int,
    module: str = MODULE,
    memory: int = 0,
) -> Ended:
    """Run the child's module and return what it answered.

    Args:
        arguments: of the module; a path and numbers, nothing secret.
        seconds: wall time after which the child is killed.
        limit: most bytes of an answer.
        module: of this release; another one for tests of this file.
        memory: most bytes of its memory, and then it may start no process; 0 for any.

    Raises:
        OSError: no child can start.
    """
    reading, writing = os.pipe()
    try:
        job = _job(memory)
        process = _start((module, *arguments), writing, job)
    except (win32api.error, OSError) as problem:
        os.close(reading)
        os.close(writing)
        msg = "no child can start"
        raise OSError(msg) from problem
    os.close(writing)
    report: bytes | None = None
    try:
        report = _read(reading, time.monotonic() + seconds, limit)
    finally:
        if report is None:  # too late, or this process is told to end
            win32job.TerminateJobObject(job, _KILLED)
        win32event.WaitForSingleObject(process, _END_MILLISECONDS)
        win32api.CloseHandle(job)  # ends whatever is left in it
    code = win32process.GetExitCodeProcess(process)
    times = win32process.GetProcessTimes(process)
    memory = _memory(process)
    win32api.CloseHandle(process)
    return Ended(
        report if report is not None and code == 0 else b"",
        report is None,
        0,
        (times["UserTime"] + times["KernelTime"]) * _HUNDRED_NANOSECONDS,
        memory,
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


def _job(memory: int) -> object:
    """Make a job whose processes end with its last handle, within a memory limit."""
    job = win32job.CreateJobObject(None, "")
    kind = win32job.JobObjectExtendedLimitInformation
    limits = win32job.QueryInformationJobObject(job, kind)
    basic = limits["BasicLimitInformation"]
    basic["LimitFlags"] = win32job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
    if memory:
        basic["LimitFlags"] |= (
            win32job.JOB_OBJECT_LIMIT_PROCESS_MEMORY
            | win32job.JOB_OBJECT_LIMIT_ACTIVE_PROCESS
        )
        basic["ActiveProcessLimit"] = 1
        limits["ProcessMemoryLimit"] = memory
    win32job.SetInformationJobObject(job, kind, limits)
    return job


def _start(arguments: Sequence[str], writing: int, job: object) -> object:
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
    except win32api.error:
        win32process.TerminateProcess(process, _KILLED)
        raise
    win32process.ResumeThread(thread)
    win32api.CloseHandle(thread)
    win32api.CloseHandle(nothing)
    return process


def _read(reading: int, deadline: float, limit: int) -> bytes | None:
    """Return all that a child writes, or None when its time is over."""
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
    while reader.is_alive():
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        reader.join(min(left, _TURN_SECONDS))
    return b"".join(parts)
