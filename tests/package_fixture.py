# SPDX-License-Identifier: Apache-2.0
"""Packages as `make packages` builds them, built once for all tests of one state.

Rules: what is built is kept by a digest of all that goes into it; two workers never
build the same at once. Where Debian has moved on from the locked runtime, tests take
what it offers today: whether the lock can still be had is the release's concern.
Not here: any expectation.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools.packages.__main__ import build
from tools.packages.products import PRODUCTS, ROOT
from tools.packages.programs import BuildError
from tools.packages.runtime_lock import cache
from wire.release import __version__

EPOCH = "1700000000"
_SOURCES = ("packaging", "requirements", "tools/packages")
_NEEDED = ("patchelf", "eu-strip", "dpkg-deb", "rpmbuild")


@contextmanager
def locked(name: str) -> Iterator[Path]:
    """Yield a folder of the cache that no other worker uses meanwhile."""
    folder = cache() / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def built(product: str, *formats: str, arch: str = "amd64") -> Path:
    """Return the folder with a product's packages of these kinds."""
    _require()
    with locked("tests") as folder:
        name = product if arch == "amd64" else f"{product}-{arch}"
        made = folder / f"{name}-{'-'.join(formats)}"
        wanted = _state(product)
        mark = made / "state"
        if not mark.exists() or mark.read_text() != wanted:
            shutil.rmtree(made, ignore_errors=True)
            _build(product, made, *formats, arch=arch)
            mark.write_text(wanted)
        return made


def built_as(version: str, *formats: str) -> Path:
    """Return the folder with the agent's packages of another release of this code.

    It is built from a copy of the sources that says so, by the same command.

    Args:
        version: of the release.
        formats: which kinds of package.
    """
    _require()
    with locked("tests") as folder:
        made = folder / f"agent-{version}-{'-'.join(formats)}"
        wanted, mark = _state("agent"), made / "state"
        if not mark.exists() or mark.read_text() != wanted:
            shutil.rmtree(made, ignore_errors=True)
            sources = folder / f"sources-{version}"
            shutil.rmtree(sources, ignore_errors=True)
            _copy_as(version, sources)
            command = [sys.executable, "-m", "tools.packages", *formats]
            options = ("--product", "agent", "--newest", "--out", made)
            environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
            subprocess.run(
                [*command, *options], cwd=sources, env=environment, check=True
            )
            shutil.rmtree(sources)
            mark.write_text(wanted)
        return made


def _require() -> None:
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def _copy_as(version: str, into: Path) -> None:
    """Copy what a build reads, and have it say another version."""
    for name in ("agent", "docs", "packaging", "policies", "requirements", "service"):
        shutil.copytree(ROOT / name, into / name)
    for name in ("tools", "wire"):
        shutil.copytree(ROOT / name, into / name)
    shutil.copy(ROOT / "LICENSE", into)
    release = into / "wire" / "release.py"
    text = release.read_text()
    release.write_text(text.replace(f'"{__version__}"', f'"{version}"'))


def build_anew(product: str, into: Path, *formats: str) -> list[Path]:
    """Build a product's packages; return them."""
    with locked("tests"):
        return _build(product, into, *formats)


def _build(product: str, into: Path, *formats: str, arch: str = "amd64") -> list[Path]:
    os.environ["SOURCE_DATE_EPOCH"] = EPOCH
    try:
        return build(product, arch, list(formats), into)
    except BuildError as error:
        if "no longer offers" not in str(error):
            raise
        return build(product, arch, list(formats), into, newest=True)


def _state(product: str) -> str:
    digest = hashlib.sha256()
    folders = [ROOT / name for name in (*PRODUCTS[product].code, *_SOURCES)]
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(ROOT)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
