# SPDX-License-Identifier: Apache-2.0
"""Makes the runtime: a CPython of its own with the libraries that it needs.

Rules: what is left out is listed with its reason, and an entry that fits nothing fails
the build; every library that is needed is in it or is the system's C library; nothing
of it is found by the system's programs, nor the system's by it.
Not here: which packages it is made of (`runtime_lock.py`), our code (`content.py`).
"""

import shutil
import tomllib
from pathlib import Path

from tools.packages.products import PACKAGING, PYTHON, Processor
from tools.packages.programs import BuildError, call

STDLIB = Path("lib") / f"python{PYTHON}"
SITE = STDLIB / "dist-packages"
"""Where Debian's CPython looks below its prefix, and nowhere else under `-I`."""
_SYSTEMS = ("libc.so", "libm.so", "libgcc_s.so", "libstdc++.so", "libpthread.so")
_SYSTEMS_TOO = ("libdl.so", "librt.so", "libutil.so", "libresolv.so", "ld-linux")
_MAGIC = b"\x7fELF"


def make_runtime(debs: list[Path], processor: Processor, into: Path) -> None:
    """Lay out a runtime in a folder.

    Args:
        debs: the packages that it is made of.
        processor: what it runs on.
        into: the folder, which becomes the product's prefix.
    """
    unpacked = into.with_name(into.name + ".unpacked")
    for deb in debs:
        call("dpkg-deb", "-x", deb, unpacked)
    _copy(unpacked / "usr" / "bin" / f"python{PYTHON}", into / "bin" / "python3")
    library = into / STDLIB
    shutil.copytree(unpacked / f"usr/lib/python{PYTHON}", library, symlinks=True)
    leave_out(library, "stdlib")
    leave_out(library / "lib-dynload", "modules")
    (into / SITE).mkdir()
    for name in _needed(into, unpacked, processor):
        found = _library(unpacked, name, processor)
        if found is not None:
            _copy(found, into / "lib" / name)
    for path in binaries(into):
        call("eu-strip", path)
    call(
        "patchelf",
        "--force-rpath",
        "--set-rpath",
        "$ORIGIN/../lib",
        into / "bin/python3",
    )
    shutil.rmtree(unpacked)


def leave_out(folder: Path, part: str) -> None:
    """Remove what `leave-out.toml` lists of a part.

    Raises:
        BuildError: an entry fits nothing, so it is out of date.
    """
    listed = tomllib.loads(
        (PACKAGING / "runtime" / "leave-out.toml").read_text("utf-8")
    )
    unfit = []
    for glob in listed[part]:
        found = [*folder.glob(glob)]
        for path in found:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        unfit += [] if found else [glob]
    if unfit:
        msg = f"leave-out.toml: [{part}] fits nothing, take it out: {', '.join(unfit)}"
        raise BuildError(msg)
    _remove_empty(folder)


def binaries(folder: Path) -> list[Path]:
    """Return the programs and libraries below a folder, in order of their names."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if _starts(path) == _MAGIC)


def needed_by(path: Path) -> set[str]:
    """Return the names of the libraries that a program or library asks for."""
    return set(call("patchelf", "--print-needed", path).split())


def is_systems(name: str) -> bool:
    """Return whether a library is the system's to give."""
    return name.startswith((*_SYSTEMS, *_SYSTEMS_TOO))


def _needed(into: Path, unpacked: Path, processor: Processor) -> set[str]:
    """Return what the runtime and, in turn, its libraries need."""
    needed: set[str] = set()
    asked = binaries(into)
    while asked:
        for name in needed_by(asked.pop()) - needed:
            needed.add(name)
            found = _library(unpacked, name, processor)
            if found is not None:
                asked.append(found)
    return needed


def _library(unpacked: Path, name: str, processor: Processor) -> Path | None:
    if is_systems(name):
        return None
    for folder in ("usr/lib", "lib"):
        path = unpacked / folder / processor.triplet / name
        if path.exists():
            return path.resolve()
    msg = f"the runtime needs {name}, which no locked package has: lock one that has it"
    raise BuildError(msg)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755)


def _remove_empty(folder: Path) -> None:
    for path in _deepest_first(folder):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


def _deepest_first(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"), reverse=True)


def _starts(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_MAGIC))
