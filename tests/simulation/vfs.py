# SPDX-License-Identifier: Apache-2.0
"""SQLite's door to the simulated disks: real databases, simulated bytes.

Rules: under a mounted directory each file is an empty one with a name, whose bytes a
`Disk` has by its inode, so that renaming and removing go on as they do; elsewhere
SQLite's own door stays; one thread at a time.
Not here: what a disk does (`disk.py`), the numbers (`sqlite_abi.py`).
"""

import ctypes
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

from simulation import sqlite_abi as abi
from simulation.disk import Content, Disk, Refused, Why
from simulation.files import File, Handle, Mount, beside

_NAME = b"simulated"
_BY_REASON = {Why.FULL: abi.FULL}
_YEAR_1970 = 2_440_587.5  # as a Julian day: SQLite's own clock stands still
_KEPT: list["Door"] = []


class Door:
    """The virtual file system; used inside `opened`."""

    def __init__(self, library: ctypes.CDLL, dice: Random, *, alone: bool) -> None:
        """Take SQLite, what decides its own randomness, and whether nobody waits."""
        self._library = library
        self._alone = alone
        self._dice = dice
        self._mounts: list[Mount] = []
        self._handles: dict[int, Handle] = {}
        self.defects: list[BaseException] = []
        self._methods = self._make_methods()
        self._system = self._make_system()

    def mount(self, directory: Path, disk: Disk) -> Mount:
        """Put a disk below a directory."""
        made = Mount(str(directory.absolute()) + os.sep, disk)
        disk.beside = lambda: beside(directory)
        self._mounts.append(made)
        return made

    def restart(self, mount: Mount, *, power: bool) -> None:
        """Start a disk again: who had it open is gone, with all locks.

        Args:
            mount: which.
            power: it was without power.
        """
        mount.life += 1
        mount.files.clear()
        mount.disk.start(power=power)
        self._forget_removed(mount)

    def _forget_removed(self, mount: Mount) -> None:
        """Let go of what was removed past this door."""
        there = {path.stat().st_ino for path in Path(mount.directory).rglob("*")}
        for number in set(mount.disk.contents) - there:
            del mount.disk.contents[number]

    def left_open(self) -> int:
        """Return how many files are open."""
        return len(self._handles)

    def register(self) -> None:
        """Become the default, and begin SQLite's randomness anew."""
        self._library.sqlite3_vfs_register(ctypes.addressof(self._system), 1)
        self._library.sqlite3_randomness(0, None)

    def unregister(self) -> None:
        """Give way to SQLite's own."""
        self._library.sqlite3_vfs_unregister(ctypes.addressof(self._system))
        self._library.sqlite3_randomness(0, None)

    # ------------------------------------------------------------ the system

    def _open(self, _: int, name: int, file: int, flags: int, out: int) -> int:
        abi.File.from_address(file).methods = None
        path = ctypes.string_at(name).decode() if name else ""
        mount = self._mount_of(path)
        read_only = bool(flags & abi.OPEN_READONLY)
        if mount is None:
            disk = Disk(self._dice)  # a temporary file, of no disk that can fail
            handle = Handle(disk, File(Content()))
        else:
            if mount.disk.dead:
                return abi.CANTOPEN
            read_only = read_only or mount.disk.read_only
            found = self._find(mount, path, create=bool(flags & abi.OPEN_CREATE))
            if found is None:
                return abi.CANTOPEN
            handle = Handle(mount.disk, found, mount, mount.life, read_only)
        self._handles[file] = handle
        if out:
            told = flags
            if read_only:
                told = flags & ~(abi.OPEN_READWRITE | abi.OPEN_CREATE)
                told |= abi.OPEN_READONLY
            abi.Int.from_address(out).value = told
        abi.File.from_address(file).methods = ctypes.addressof(self._methods)
        return abi.OK

    def _find(self, mount: Mount, path: str, *, create: bool) -> File | None:
        """Return what is common to a file's openers; None where it cannot be had."""
        disk = mount.disk
        if not os.path.exists(path):  # noqa: PTH110 - called a thousand times a seed
            if not create or disk.read_only:
                return None
            try:
                disk.entry()
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
            except (Refused, OSError):
                return None
            number = os.stat(path).st_ino  # noqa: PTH116 - as above
            mount.files.pop(number, None)
            disk.contents[number] = Content()
        else:
            number = os.stat(path).st_ino  # noqa: PTH116 - as above
            if number not in disk.contents:  # it was made by hand, empty or not
                content = Path(path).read_bytes()
                made = Content(bytearray(content), bytearray(content))
                disk.contents[number] = made
        if number not in mount.files:
            mount.files[number] = File(disk.contents[number])
        return mount.files[number]

    def _delete(self, _: int, name: int, __: int) -> int:
        path = ctypes.string_at(name).decode()
        mount = self._mount_of(path)
        try:
            number = os.stat(path).st_ino  # noqa: PTH116 - as above
        except OSError:
            return abi.IOERR_DELETE_NOENT
        if mount is not None:
            try:
                mount.disk.remove(number)
            except Refused:
                return abi.IOERR_DELETE
            mount.files.pop(number, None)
        os.unlink(path)  # noqa: PTH108 - as above
        return abi.OK

    def _access(self, _: int, name: int, flags: int, out: int) -> int:
        path = ctypes.string_at(name).decode()
        there = False
        with suppress(OSError):
            number = os.stat(path).st_ino  # noqa: PTH116 - as above
            mount = self._mount_of(path)
            held = mount.disk.contents.get(number) if mount else None
            # the real one says of an empty file that it does not exist
            there = flags != abi.ACCESS_EXISTS or bool(held and held.now)
        abi.Int.from_address(out).value = int(there)
        return abi.OK

    def _full_path(self, _: int, name: int, size: int, out: int) -> int:
        path = os.path.abspath(ctypes.string_at(name).decode()).encode() + b"\x00"  # noqa: PTH100 - as above
        if len(path) > size:
            return abi.CANTOPEN
        ctypes.memmove(out, path, len(path))
        return abi.OK

    def _randomness(self, _: int, size: int, out: int) -> int:
        ctypes.memmove(out, self._dice.randbytes(size), size)
        return size

    def _sleep(self, _: int, microseconds: int) -> int:
        return microseconds

    def _time(self, _: int, out: int) -> int:
        abi.Double.from_address(out).value = _YEAR_1970
        return abi.OK

    def _error(self, *_: int) -> int:
        return 0

    def _mount_of(self, path: str) -> Mount | None:
        for mount in self._mounts:
            if path.startswith(mount.directory):
                return mount
        return None

    # ---------------------------------------------------------------- a file

    def _close(self, file: int) -> int:
        handle = self._handles.pop(file)
        if handle.live:
            handle.file.locks.release(file)
            handle.file.shared.leave(file)
        return abi.OK

    def _read(self, file: int, out: int, length: int, offset: int) -> int:
        handle = self._handles[file]
        try:
            found = handle.disk.read(handle.file.content, offset, length)
        except Refused:
            return abi.IOERR_READ
        ctypes.memmove(out, found, len(found))
        if len(found) == length:
            return abi.OK
        ctypes.memset(out + len(found), 0, length - len(found))
        return abi.IOERR_SHORT_READ

    def _write(self, file: int, octets: int, length: int, offset: int) -> int:
        content = ctypes.string_at(octets, length)
        return self._change(file, abi.IOERR_WRITE, Disk.write, offset, content)

    def _truncate(self, file: int, length: int) -> int:
        return self._change(file, abi.IOERR_TRUNCATE, Disk.truncate, length)

    def _sync(self, file: int, _: int) -> int:
        return self._change(file, abi.IOERR_FSYNC, Disk.flush)

    def _change(
        self, file: int, code: int, act: Callable[..., None], *given: int | bytes
    ) -> int:
        handle = self._handles[file]
        if not handle.live:
            return code
        if handle.read_only:
            return abi.READONLY
        try:
            act(handle.disk, handle.file.content, *given)
        except Refused as refusal:
            return _BY_REASON.get(refusal.why, code)
        return abi.OK

    def _size(self, file: int, out: int) -> int:
        held = self._handles[file].file.content
        abi.Long.from_address(out).value = len(held.now)
        return abi.OK

    def _lock(self, file: int, level: int) -> int:
        handle = self._handles[file]
        if not handle.live or handle.disk.dead:
            return abi.IOERR
        return abi.OK if handle.file.locks.take(file, level) else abi.BUSY

    def _unlock(self, file: int, level: int) -> int:
        handle = self._handles[file]
        if handle.live:
            handle.file.locks.lower(file, level)
        return abi.OK

    def _check_reserved(self, file: int, out: int) -> int:
        held = self._handles[file].file.locks.reserved()
        abi.Int.from_address(out).value = int(held)
        return abi.OK

    def _control(self, *_: int) -> int:
        return abi.NOTFOUND

    def _sector(self, _: int) -> int:
        return abi.SECTOR_SIZE

    def _characteristics(self, _: int) -> int:
        return abi.POWERSAFE_OVERWRITE

    def _shm_map(self, file: int, region: int, size: int, extend: int, out: int) -> int:
        handle = self._handles[file]
        if not handle.live or handle.disk.dead:
            return abi.IOERR_SHMMAP
        if handle.disk.read_only and not handle.file.shared.regions:
            return abi.CANTOPEN  # its file cannot be made
        found = handle.file.shared.region(file, region, size, extend=bool(extend))
        ctypes.c_void_p.from_address(out).value = found
        return abi.OK

    def _shm_lock(self, file: int, first: int, count: int, flags: int) -> int:
        handle = self._handles[file]
        if not handle.live:
            return abi.IOERR
        slots = range(first, first + count)
        if flags & abi.SHM_UNLOCK:
            handle.file.shared.unlock(file, slots)
            return abi.OK
        alone = bool(flags & abi.SHM_EXCLUSIVE)
        taken = handle.file.shared.lock(file, slots, alone=alone)
        return abi.OK if taken else abi.BUSY

    def _shm_barrier(self, _: int) -> None:
        return None

    def _shm_unmap(self, file: int, _: int) -> int:
        handle = self._handles[file]
        if handle.live:
            handle.file.shared.leave(file)
        return abi.OK

    # ---------------------------------------------------------------- for C

    def _guarded(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """Keep what goes wrong here: C has no way to pass it on."""

        def call(*values: int) -> Any:  # noqa: ANN401 - whatever the function returns
            try:
                return act(*values)
            except BaseException as defect:  # noqa: BLE001 - boundary: C calls this
                self.defects.append(defect)
                return abi.IOERR

        return call

    def _granted(self) -> abi.SHM_LOCK_CALL:
        """Return a lock of C's own that always succeeds.

        SQLite lets go of a lock where a cursor is dropped, also while Python unwinds
        an exception; then no Python may be called.
        """
        address = ctypes.cast(self._library.sqlite3_initialize, ctypes.c_void_p).value
        assert address is not None
        return abi.SHM_LOCK_CALL(address)

    def _make_methods(self) -> abi.Methods:
        guard = self._guarded
        return abi.Methods(
            2,
            abi.NO_MORE(guard(self._close)),
            abi.READ(guard(self._read)),
            abi.READ(guard(self._write)),
            abi.ONE_LONG(guard(self._truncate)),
            abi.ONE_INT(guard(self._sync)),
            abi.ONE_POINTER(guard(self._size)),
            abi.ONE_INT(guard(self._lock)),
            abi.ONE_INT(guard(self._unlock)),
            abi.ONE_POINTER(guard(self._check_reserved)),
            abi.INT_POINTER(self._control),
            abi.NO_MORE(self._sector),
            abi.NO_MORE(self._characteristics),
            abi.SHM_MAP(guard(self._shm_map)),
            self._granted()
            if self._alone
            else abi.SHM_LOCK_CALL(guard(self._shm_lock)),
            abi.BARRIER(self._shm_barrier),
            abi.ONE_INT(guard(self._shm_unmap)),
        )

    def _make_system(self) -> abi.System:
        guard = self._guarded
        return abi.System(
            1,
            ctypes.sizeof(abi.File),
            1_024,
            None,
            _NAME,
            None,
            abi.OPEN(guard(self._open)),
            abi.DELETE(guard(self._delete)),
            abi.ACCESS(guard(self._access)),
            abi.FULL_PATH(guard(self._full_path)),
            None,
            None,
            None,
            None,
            abi.INT_POINTER(guard(self._randomness)),
            abi.ONE_INT(self._sleep),
            abi.CURRENT_TIME(guard(self._time)),
            abi.INT_POINTER(self._error),
        )


@contextmanager
def opened(
    library: ctypes.CDLL, dice: Random, *, alone: bool = False
) -> Iterator[Door]:
    """Let SQLite use the simulated disks for as long as the block lasts.

    Args:
        library: SQLite.
        dice: decides SQLite's own randomness.
        alone: no two connections ever use a database at the same time, so that no
            lock of its shared memory is asked for.
    """
    door = Door(library, dice, alone=alone)
    door.register()
    try:
        yield door
    finally:
        door.unregister()
        if door.left_open():
            gc.collect()  # a failed connection may hang in its own traceback
        if door.left_open():
            _KEPT.append(door)  # C may still call what would be freed with it
    if door.defects:
        raise door.defects[0]
    if door.left_open():
        msg = f"{door.left_open()} files were left open"
        raise RuntimeError(msg)
