# SPDX-License-Identifier: Apache-2.0
"""Makes the Windows package of the agent, on Linux.

Rules: the same commit gives the same bytes: every identifier follows from a name or
from the content, every time is the commit's; what cannot be is said.
Not here: the folder that it installs (`tree.py`), service and actions
(`packaging/windows/discreet-agent.wxs`).
Source: wixl and msibuild of msitools.
"""

import argparse
import hashlib
import os
import shlex
import shutil
import struct
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from tools.packages.programs import BuildError, call
from tools.packages.release import seal
from tools.sbom import sbom
from tools.windows.tree import ROOT, lay_out
from wire.release import __version__

SOURCE = ROOT / "packaging" / "windows" / "discreet-agent.wxs"
OWN = uuid.UUID("5b0f52a6-5e5f-5f8e-8a0e-0d8a6b1f4c3d")
"""Names of components are made of this; changing it breaks upgrades."""
LISTED = frozenset({"python.exe", "pythonw.exe"})
"""Which the source lists itself."""
MENDED = (
    # hidden from the log: what it is called with holds the token
    "UPDATE `CustomAction` SET `Type`=11282 WHERE `Action`='Prepare'",
    # of the roll-back alone
    "UPDATE `CustomAction` SET `Type`=3410 WHERE `Action`='Withdraw'",
    # what an administrator's words may hand to the installer's own process
    (
        "UPDATE `Property` SET `Value`='OTHERS;ENROL_URL;TOKEN;UPDATE_ROOT' "
        "WHERE `Property`='SecureCustomProperties'"
    ),
)
"""What wixl cannot say."""
_GONE = 'REMOVE="ALL"'
SEQUENCE = (
    # before anything else is done, and undone with all else where that fails
    ("RemoveExistingProducts", "", 1510),
    # between StopServices and DeleteServices
    ("Remove", f"{_GONE} AND NOT UPGRADINGPRODUCTCODE", 1950),
    # between InstallServices and StartServices
    ("Withdraw", f"NOT {_GONE}", 5810),
    ("Prepare", f"NOT {_GONE}", 5820),
)
"""When ours is done: wixl orders what it is told otherwise in each build."""
_INSERT = (
    "INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) "
    "VALUES ('{}', '{}', {})"
)
SIGNER = "DISCREET_SIGN_MSI"
"""Names the command that signs the package in place."""
_MIB = 1 << 20
_SUMMARY = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
"""FMTID_SummaryInformation, which stands before where its properties begin."""
_HEADER = 44
"""Bytes of the stream up to there."""
_CREATED, _SAVED, _FILETIME = 12, 13, 64
"""The summary's two times, and what says that a property is one."""
_EPOCH_TICKS, _TICKS = 116_444_736_000_000_000, 10_000_000
"""1970 on Windows' clock, which counts from 1601; its ticks in a second."""


def _name(kind: str, path: str) -> str:
    """Return a name that the package's tables take."""
    return f"{kind}_{hashlib.sha256(path.encode()).hexdigest()[:24]}"


def files(tree: Path) -> str:
    """Return the source that lists a folder's files, each a component of its own."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi"><Fragment>',
        '<DirectoryRef Id="AgentFolder">',
    ]
    names: list[str] = []
    _list(tree, tree, lines, names)
    lines += ["</DirectoryRef>", '<ComponentGroup Id="Files">']
    lines += [f'<ComponentRef Id="{name}" />' for name in names]
    lines.append("</ComponentGroup></Fragment></Wix>")
    return "\n".join(lines)


def _list(tree: Path, folder: Path, lines: list[str], names: list[str]) -> None:
    for item in sorted(folder.iterdir()):
        path = item.relative_to(tree).as_posix()
        if item.is_dir():
            attributes = f'Id="{_name("d", path)}" Name={quoteattr(item.name)}'
            lines.append(f"<Directory {attributes}>")
            _list(tree, item, lines, names)
            lines.append("</Directory>")
        elif path not in LISTED:
            name, guid = _name("c", path), str(uuid.uuid5(OWN, path)).upper()
            source = quoteattr(f"tree/{path}")
            lines += [
                f'<Component Id="{name}" Guid="{guid}" Win64="yes">',
                f'<File Id="{_name("f", path)}" Source={source} KeyPath="yes" />',
                "</Component>",
            ]
            names.append(name)


def digest(tree: Path) -> bytes:
    """Return the digest of all that a folder holds, and of what is made of it."""
    found = hashlib.sha256(SOURCE.read_bytes())
    for item in sorted(tree.rglob("*")):
        if item.is_file():
            found.update(item.relative_to(tree).as_posix().encode() + b"\0")
            found.update(hashlib.sha256(item.read_bytes()).digest())
    return found.digest()


def pack(tree: Path, output: Path, moment: int, version: str = __version__) -> None:
    """Make a package of a folder.

    Args:
        tree: what it installs; its name is `tree`.
        output: the file to be made.
        moment: seconds since the epoch.
        version: of the package.

    Raises:
        BuildError: a program is missing.
    """
    work = tree.parent
    (work / "files.wxs").write_text(files(tree))
    source = Path(shutil.copy(SOURCE, work))
    code = str(uuid.uuid5(OWN, f"{version} {digest(tree).hex()}")).upper()
    call(
        *("wixl", "-a", "x64", "-o", output.absolute()),
        *("-D", f"Version={version}", "-D", f"ProductCode={code}"),
        *(source.name, "files.wxs"),
        folder=work,
    )
    mend(output, code, moment)


def mend(package: Path, code: str, moment: int) -> None:
    """Say what wixl cannot, and take out what it makes by chance or by the clock.

    Args:
        package: what wixl made.
        code: of the product.
        moment: seconds since the epoch.

    Raises:
        BuildError: the package is not as it was thought to be.
    """
    own = "{" + str(uuid.uuid5(OWN, f"package {code}")).upper() + "}"
    queries = (*MENDED, *(_INSERT.format(*row) for row in SEQUENCE))
    spoken = [word for query in queries for word in ("-q", query)]
    call("msibuild", package, *spoken)
    call("msibuild", package, "-s", "Discreet agent", "Discreet", "x64;1033", own)
    content = bytearray(package.read_bytes())
    _set_times(content, moment)
    package.write_bytes(content)


def _set_times(content: bytearray, moment: int) -> None:
    """Set the times in a package's summary.

    Raises:
        BuildError: they are not where they should be.
    """
    ticks = moment * _TICKS + _EPOCH_TICKS
    at = content.index(_SUMMARY) + len(_SUMMARY)
    begin = at - _HEADER + struct.unpack_from("<I", content, at)[0]
    (count,) = struct.unpack_from("<I", content, begin + 4)
    found = dict(struct.iter_unpack("<II", content[begin + 8 : begin + 8 + 8 * count]))
    for name in (_CREATED, _SAVED):
        place = begin + found[name]
        if struct.unpack_from("<I", content, place)[0] != _FILETIME:
            msg = "the package's summary is not as msitools 0.101 writes it"
            raise BuildError(msg)
        struct.pack_into("<Q", content, place + 4, ticks)


def main(arguments: Sequence[str]) -> int:
    """Make the package and what belongs beside it; 1 with a sentence where it cannot.

    Args:
        arguments: without the program's name.
    """
    parser = argparse.ArgumentParser(description="Make the agent's Windows package.")
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    output: Path = parser.parse_args(arguments).output
    output.mkdir(parents=True, exist_ok=True)
    moment = _moment()
    name = f"discreet-agent-{__version__}-x64"
    package = output / f"{name}.msi"
    try:
        with tempfile.TemporaryDirectory() as work:
            tree = Path(work) / "tree"
            parts = lay_out(tree, moment)
            pack(tree, package, moment)
            size = sum(item.stat().st_size for item in tree.rglob("*"))
        listed = sbom("discreet-agent-windows", __version__, parts, moment)
        (output / f"{name}.cdx.json").write_bytes(listed)
        _sign(package)
        seal(output)
    except BuildError as problem:
        sys.stderr.write(f"msi: {problem}\n")
        return 1
    packed = package.stat().st_size
    sys.stdout.write(
        f"{package.name}: {packed / _MIB:.1f} MiB, installed {size / _MIB:.1f} MiB\n"
    )
    return 0


def _moment() -> int:
    """Return the time of all that is built: the commit's, unless another is given."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or call("git", "-C", ROOT, "log", "-1", "--format=%ct"))


def _sign(package: Path) -> None:
    """Have the package signed by who releases, with a program and a key of theirs."""
    signer = os.environ.get(SIGNER)
    if signer:
        call(*shlex.split(signer), package)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
