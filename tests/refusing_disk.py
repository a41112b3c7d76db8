# SPDX-License-Identifier: Apache-2.0
"""A small disk, of which single sectors can be refused for ever.

Rules: a real ext4 on a real block device; the device is a file that a process of its
own serves over FUSE, for no other way is on every kernel; what is written anew is given
again, as disks do; what the kernel remembers of a file is forgotten when it falls ill.
Not here: what is on it (`tests/fault/test_refused_pages.py`).
Source: linux/fuse.h, version 7.31; mount.fuse(8).
"""

import ctypes
import errno
import fcntl
import mmap
import os
import shutil
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.loop_device import attach, detach
from tests.mounting import why_no_mounts

BYTES = 24 * 2**20
SECTOR = 512
_BLOCK = 4_096
"""Of the file system, as on ordinary disks."""
_HEAD, _ANSWER = struct.Struct("<IIQQIIII"), struct.Struct("<IiQ")
_INIT, _ATTRIBUTES, _OPENED = (
    *(struct.Struct("<IIIIHHIIHH32x"), struct.Struct("<QII6Q10I")),
    struct.Struct("<QII"),
)
_AT = struct.Struct("<QQI")
_WRITE_HEAD = 40
_FORGET, _GETATTR, _SETATTR, _OPEN, _READ, _WRITE = 2, 3, 4, 14, 15, 16
_RELEASE, _FSYNC, _FLUSH, _START, _INTERRUPT, _DESTROY = 18, 20, 25, 26, 36, 38
_UNANSWERED = frozenset({_FORGET, _INTERRUPT})
_DONE = frozenset({_RELEASE, _FSYNC, _FLUSH, _DESTROY})
_DIRECT_IO = 1
_MOST_WRITE = 128 * 1024
_FIBMAP = 1
PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class RefusingDisk:
    """A small disk, mounted.

    Attributes:
        at: where.
        refused: a byte for each sector, 0 where it is given.
    """

    at: Path
    refused: mmap.mmap

    def refuse(self, path: Path, octets: Sequence[range]) -> None:
        """Refuse parts of a file from now on, as long as nobody writes there."""
        for sector in self._sectors(path, octets):
            self.refused[sector] = 1
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)

    def give(self) -> None:
        """Give all again."""
        self.refused[:] = bytes(len(self.refused))

    def _sectors(self, path: Path, octets: Sequence[range]) -> Iterator[int]:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            for part in octets:
                for at in range(part.start, part.stop, SECTOR):
                    block = struct.pack("i", at // _BLOCK)
                    (found,) = struct.unpack("i", fcntl.ioctl(file, _FIBMAP, block))
                    assert found, "it has no place on the disk yet"
                    yield (found * _BLOCK + at % _BLOCK) // SECTOR


@cache
def why_no_refusing_disk() -> str:
    """Say why there can be none here; empty where there can."""
    if why := why_no_mounts():
        return why
    if missing := [name for name in ("mkfs.ext4", "losetup") if not shutil.which(name)]:
        return f"not installed: {', '.join(missing)}"
    if not Path("/dev/fuse").exists() or not Path("/dev/loop-control").exists():
        return "no disk that falls ill can be had here: no /dev/fuse or no loop device"
    return ""


@contextmanager
def refusing_disk(folder: Path) -> Iterator[RefusingDisk]:
    """Mount a file system of 24 MiB, of which sectors can be refused.

    Args:
        folder: an empty directory for it.
    """
    image, sick, served = folder / "image", folder / "sick", folder / "served"
    for path, size in ((image, BYTES), (sick, BYTES // SECTOR), (served, 0)):
        path.touch()
        os.truncate(path, size)
    at = folder / "disk"
    at.mkdir()
    program = [sys.executable, "-m", "tests.refusing_disk", image, sick, served]
    server = subprocess.Popen(program, stdout=subprocess.PIPE)
    device = ""
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"served\n"
        device = attach(served)
        subprocess.run(["mkfs.ext4", "-q", "-b", str(_BLOCK), device], check=True)
        subprocess.run(["mount", device, at], check=True)
        with sick.open("r+b") as file, mmap.mmap(file.fileno(), 0) as refused:
            yield RefusingDisk(at, refused)
    finally:
        subprocess.run(["umount", "--lazy", at], check=False, capture_output=True)
        if device:
            detach(device)
        subprocess.run(["umount", "--lazy", served], check=False)
        server.terminate()
        server.wait(PATIENCE_SECONDS)


def serve(image: Path, sick: Path, at: Path) -> None:
    """Be the file system whose one file is an image, until it is mounted no more."""
    fuse = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fuse},rootmode=100600,user_id=0,group_id=0,allow_other"
    library = ctypes.CDLL(None, use_errno=True)
    given = (b"refusing", os.fsencode(at), b"fuse", 0, options.encode())
    if library.mount(*given):
        raise OSError(ctypes.get_errno(), "FUSE cannot be mounted")
    sys.stdout.write("served\n")
    sys.stdout.flush()
    with image.open("r+b", buffering=0) as file, sick.open("r+b") as marks:
        refused = mmap.mmap(marks.fileno(), 0)
        while True:
            try:
                asked = os.read(fuse, _MOST_WRITE + 4_096)
            except OSError as problem:
                if problem.errno == errno.ENODEV:  # it is not mounted any more
                    return
                if problem.errno in {errno.EINTR, errno.ENOENT}:
                    continue
                raise
            length, opcode, unique, *_ = _HEAD.unpack_from(asked)
            if opcode in _UNANSWERED:
                continue
            body = asked[_HEAD.size : length]
            try:
                answer = _answer(opcode, body, file.fileno(), refused)
            except OSError as problem:
                head = _ANSWER.pack(_ANSWER.size, -(problem.errno or errno.EIO), unique)
                os.write(fuse, head)
                continue
            head = _ANSWER.pack(_ANSWER.size + len(answer), 0, unique)
            os.write(fuse, head + answer)


def _answer(opcode: int, body: bytes, file: int, refused: mmap.mmap) -> bytes:
    if opcode == _START:
        return _INIT.pack(7, 31, _MOST_WRITE, 0, 16, 12, _MOST_WRITE, 1, 32, 0)
    if opcode in {_GETATTR, _SETATTR}:
        now = int(time.time())
        mode = stat.S_IFREG | 0o600
        times = now, now, now, 0, 0, 0
        return _ATTRIBUTES.pack(
            *(0, 0, 0, 1, BYTES, BYTES // SECTOR, *times, mode, 1, 0, 0, 0, _BLOCK, 0)
        )
    if opcode == _OPEN:
        return _OPENED.pack(0, _DIRECT_IO, 0)
    if opcode in _DONE:
        return b""
    if opcode not in {_READ, _WRITE}:
        raise OSError(errno.ENOSYS, "it does not do that")
    _, at, size = _AT.unpack_from(body)
    sectors = slice(at // SECTOR, (at + size - 1) // SECTOR + 1)
    if opcode == _READ:
        if any(refused[sectors]):
            raise OSError(errno.EIO, "a sector is refused")
        return os.pread(file, size, at)
    refused[sectors] = bytes(sectors.stop - sectors.start)
    octets = body[_WRITE_HEAD : _WRITE_HEAD + size]
    return struct.pack("<II", os.pwrite(file, octets, at), 0)


if __name__ == "__main__":
    serve(*map(Path, sys.argv[1:4]))
