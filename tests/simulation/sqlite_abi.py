# SPDX-License-Identifier: Apache-2.0
"""SQLite's virtual file system as C sees it: structures, signatures and numbers.

Rules: every pointer is a plain number (`c_void_p`): a converted string would be freed
while SQLite still looks at it.
Not here: what the functions do (`vfs.py`).
Source: sqlite3.h of SQLite 3.40, "OS Interface Object" and "OS Interface File Virtual
Methods Object".
"""

import ctypes
import re
import sqlite3
from ctypes import CFUNCTYPE, Structure, c_char_p, c_double, c_int, c_int64, c_void_p
from pathlib import Path

OK = 0
BUSY = 5
READONLY = 8
IOERR = 10
NOTFOUND = 12
FULL = 13
CANTOPEN = 14
IOERR_READ = IOERR | 1 << 8
IOERR_SHORT_READ = IOERR | 2 << 8
IOERR_WRITE = IOERR | 3 << 8
IOERR_FSYNC = IOERR | 4 << 8
IOERR_TRUNCATE = IOERR | 6 << 8
IOERR_DELETE = IOERR | 10 << 8
IOERR_DELETE_NOENT = IOERR | 23 << 8
IOERR_SHMMAP = IOERR | 21 << 8

OPEN_READONLY = 1
OPEN_READWRITE = 2
OPEN_CREATE = 4
OPEN_DELETEONCLOSE = 8

ACCESS_EXISTS = 0

LOCK_NONE, LOCK_SHARED, LOCK_RESERVED, LOCK_PENDING, LOCK_EXCLUSIVE = range(5)

SHM_UNLOCK, SHM_LOCK, SHM_SHARED, SHM_EXCLUSIVE = 1, 2, 4, 8
SHM_LOCKS = 8

SECTOR_SIZE = 4096
POWERSAFE_OVERWRITE = 0x1000
"""What the real one answers on Linux: bytes beside a write are left alone."""

CLOSE = SYNC = UNLOCK = CFUNCTYPE(c_int, c_void_p)
READ = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
ONE_INT = CFUNCTYPE(c_int, c_void_p, c_int)
ONE_LONG = CFUNCTYPE(c_int, c_void_p, c_int64)
ONE_POINTER = CFUNCTYPE(c_int, c_void_p, c_void_p)
INT_POINTER = CFUNCTYPE(c_int, c_void_p, c_int, c_void_p)
NO_MORE = CFUNCTYPE(c_int, c_void_p)
SHM_MAP = CFUNCTYPE(c_int, c_void_p, c_int, c_int, c_int, c_void_p)
SHM_LOCK_CALL = CFUNCTYPE(c_int, c_void_p, c_int, c_int, c_int)
BARRIER = CFUNCTYPE(None, c_void_p)
OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
DELETE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
ACCESS = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_void_p)
FULL_PATH = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_void_p)
CURRENT_TIME = CFUNCTYPE(c_int, c_void_p, c_void_p)


class Methods(Structure):
    """`sqlite3_io_methods`, version 2."""

    _fields_ = (
        ("version", c_int),
        ("close", NO_MORE),
        ("read", READ),
        ("write", READ),
        ("truncate", ONE_LONG),
        ("sync", ONE_INT),
        ("size", ONE_POINTER),
        ("lock", ONE_INT),
        ("unlock", ONE_INT),
        ("check_reserved", ONE_POINTER),
        ("control", INT_POINTER),
        ("sector", NO_MORE),
        ("characteristics", NO_MORE),
        ("shm_map", SHM_MAP),
        ("shm_lock", SHM_LOCK_CALL),
        ("shm_barrier", BARRIER),
        ("shm_unmap", ONE_INT),
    )


class System(Structure):
    """`sqlite3_vfs`, version 1."""

    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("path_size", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("application", c_void_p),
        ("open", OPEN),
        ("delete", DELETE),
        ("access", ACCESS),
        ("full_path", FULL_PATH),
        ("load", c_void_p),
        ("load_error", c_void_p),
        ("load_symbol", c_void_p),
        ("load_close", c_void_p),
        ("randomness", INT_POINTER),
        ("sleep", ONE_INT),
        ("current_time", CURRENT_TIME),
        ("last_error", INT_POINTER),
    )


class File(Structure):
    """`sqlite3_file`: where its methods are."""

    _fields_ = (("methods", c_void_p),)


def library() -> ctypes.CDLL | None:
    """Return the SQLite that this interpreter uses; None where it is built in."""
    sqlite3.connect(":memory:").close()
    maps = Path("/proc/self/maps")
    if not maps.exists():
        return None
    found = re.search(r"(/\S*libsqlite3\.so\S*)", maps.read_text())
    if found is None:
        return None
    loaded = ctypes.CDLL(found[1])
    loaded.sqlite3_vfs_register.argtypes = (c_void_p, c_int)
    loaded.sqlite3_vfs_unregister.argtypes = (c_void_p,)
    loaded.sqlite3_randomness.argtypes = (c_int, c_void_p)
    loaded.sqlite3_randomness.restype = None
    return loaded


Double, Long, Int = c_double, c_int64, c_int
