# SPDX-License-Identifier: Apache-2.0
"""Lays out one product as the tree of files that every kind of package installs.

Rules: a file's place follows from its name in `packaging/linux/`; every file is root's,
has one of two modes, and is as old as the commit. The scripts of all packages are
filled from the same figures.
Not here: the formats (`deb.py`, `rpm.py`, `tarball.py`).
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.packages import content, runtime_lock
from tools.packages.products import (
    GLIBC,
    MAINTAINER,
    PACKAGING,
    PROCESSORS,
    ROOT,
    VERSION,
    Processor,
    Product,
)
from tools.packages.programs import call
from tools.packages.runtime import make_runtime
from tools.sbom import Part

LINUX = PACKAGING / "linux"
_UNITS = Path("usr/lib/systemd/system")
_SESSION_UNITS = Path("usr/lib/systemd/user")
"""Of each person's own systemd; what listens there is wanted by a link of ours, so that
no script has to know who there is."""
_PLACES = {
    ".service": (_UNITS, ""),
    ".socket": (_UNITS, ""),
    ".path": (_UNITS, ""),
    ".timer": (_UNITS, ""),
    ".target": (_UNITS, ""),
    ".desktop": (Path("usr/share/applications"), ""),
    ".sysusers": (Path("usr/lib/sysusers.d"), ".conf"),
}
_LAUNCHER = '#!/bin/sh\nexec {prefix}/bin/python3 -I -m {module} "$@"\n'
_LIVES_ON = ("-install.service", "-rollback.service")
"""What installs a release itself, and must not be ended by the installation."""
_KIB = 1024
_SPARE = 1.25
"""An upgrade has old and new files side by side for a moment, compressed ones too."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A product laid out.

    Attributes:
        product: what it is.
        processor: what it runs on.
        folder: the root of the tree.
        parts: what was put in.
        made: seconds since the epoch that every file bears.
        size: what it takes when it is installed, in KiB.
    """

    product: Product
    processor: Processor
    folder: Path
    parts: tuple[Part, ...]
    made: int
    size: int

    @property
    def settings(self) -> list[str]:
        """Return the files that belong to who administers the machine."""
        found = sorted((self.folder / "etc").rglob("*"))
        return [f"/{f.relative_to(self.folder)}" for f in found if f.is_file()]

    def filled(self, template: Path) -> str:
        """Return a script or a description with this product's own figures."""
        text = re.sub(
            r"^@include (\w+)@$",
            lambda found: (LINUX / found[1]).read_text("utf-8").rstrip("\n"),
            template.read_text("utf-8"),
            flags=re.MULTILINE,
        )
        for name, value in self._figures().items():
            text = text.replace(f"@{name}@", value)
        return text

    def _figures(self) -> dict[str, str]:
        units = sorted(path.name for path in (self.folder / _UNITS).iterdir())
        units.sort(key=lambda unit: unit.endswith(".service"))
        started = [unit for unit in units if _is_enabled(self.folder / _UNITS / unit)]
        stopped = [unit for unit in units if not unit.endswith(_LIVES_ON)]
        sysusers = self.folder / f"usr/lib/sysusers.d/{self.product.name}.conf"
        users = re.findall(r"^u (\S+)", sysusers.read_text("utf-8"), re.MULTILINE)
        return {
            "NAME": self.product.name,
            "VERSION": VERSION,
            "SUMMARY": self.product.summary,
            "DESCRIPTION": self.product.description,
            "MAINTAINER": MAINTAINER,
            "GLIBC": GLIBC,
            "DEB_ARCH": self.processor.deb,
            "RPM_ARCH": self.processor.rpm,
            "KIB": str(round(self.size * _SPARE)),
            "SIZE": str(self.size),
            "UNITS": " ".join(started),
            "ALL_UNITS": " ".join(units),
            "STOPPED_UNITS": " ".join(stopped),
            "USERS": " ".join(users),
            **self._wiped(users),
        }

    def _wiped(self, users: list[str]) -> dict[str, str]:
        """Return what removal takes along: of a collector no data and no user.

        Its folders are there before it, for a person fills them.
        """
        units = [path.read_text("utf-8") for path in (self.folder / _UNITS).iterdir()]
        named = re.findall(r"^StateDirectory=(.+)$", "\n".join(units), re.MULTILINE)
        states = sorted({*users, *(word for line in named for word in line.split())})
        if self.product.name != "discreet-agent":
            places = " ".join(
                one for one in states if one.startswith(self.product.name)
            )  # those of other users systemd makes, as theirs
            return {
                "PLACES": places,
                "LEAVE": "",
                "WIPED_USERS": "",
                "WIPED_STATES": "",
            }
        return {
            "PLACES": "",
            "LEAVE": "forget",
            "WIPED_USERS": " ".join(users),
            "WIPED_STATES": " ".join(states),
        }


def moment() -> int:
    """Return the time that all files bear: SOURCE_DATE_EPOCH, or the commit's."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or call("git", "log", "-1", "--format=%ct", folder=ROOT))


def lay_out(
    product: Product,
    processor: Processor,
    work: Path,
    locked: list[runtime_lock.Locked],
) -> Tree:
    """Lay a product out.

    Args:
        product: which.
        processor: what it is to run on.
        work: an empty folder of the build's own.
        locked: what its runtime is made of.
    """
    folder = work / "tree"
    prefix = folder / product.prefix.lstrip("/")
    prefix.parent.mkdir(parents=True)
    make_runtime(runtime_lock.fetched(processor, locked), processor, prefix)
    wheels = content.add_wheels(product, processor, prefix, work)
    content.add_code(product, prefix)
    content.compile_all(product, prefix, _python(processor, prefix, work))
    _add_files(product, folder)
    parts = [
        *(Part("pypi", w.name, w.version, w.sha256, w.licence) for w in wheels),
        *(_debian(each, processor) for each in locked),
    ]
    made = moment()
    tree = Tree(product, processor, folder, tuple(parts), made, _size(folder))
    script = prefix / "maintain"
    script.write_text(tree.filled(LINUX / "maintain"), "utf-8")
    settle(folder, made)
    return tree


def _debian(each: runtime_lock.Locked, processor: Processor) -> Part:
    qualifiers = (("arch", processor.deb), ("distro", "bookworm"))
    return Part("deb", each.name, each.version, each.sha256, "", qualifiers)


def _python(processor: Processor, prefix: Path, work: Path) -> Path:
    """Return a Python of the runtime's version that runs here."""
    here = call("dpkg", "--print-architecture").strip()
    if here == processor.deb:
        return prefix / "bin" / "python3"
    ours = PROCESSORS[here]
    aside = work / "here"
    debs = runtime_lock.fetched(ours, runtime_lock.locked(ours))
    make_runtime(debs, ours, aside)
    return aside / "bin" / "python3"


def _add_files(product: Product, folder: Path) -> None:
    for path in sorted(LINUX.glob(f"{product.name}*")):
        place, suffix = _PLACES[path.suffix]
        _write(folder / place / (path.stem + suffix if suffix else path.name), path)
    for path in sorted((LINUX / "user").glob(f"{product.name}*")):
        _write(folder / _SESSION_UNITS / path.name, path)
        if _is_enabled(path):
            link = folder / _SESSION_UNITS / "sockets.target.wants" / path.name
            link.parent.mkdir()
            link.symlink_to(f"../{path.name}")
    short = product.name.removeprefix("discreet-")
    (folder / "etc" / product.name).mkdir(parents=True)
    for path in LINUX.glob(f"{short}.toml"):
        _write(folder / "etc" / product.name / path.name, path)
    for name, module in product.commands.items():
        launcher = folder / "usr" / "bin" / name
        launcher.parent.mkdir(parents=True, exist_ok=True)
        launcher.write_text(_LAUNCHER.format(prefix=product.prefix, module=module))
    units = sorted((folder / _UNITS).iterdir())
    preset = folder / f"usr/lib/systemd/system-preset/80-{product.name}.preset"
    preset.parent.mkdir()
    lines = [f"enable {path.name}\n" for path in units if _is_enabled(path)]
    preset.write_text("".join(lines), "utf-8")
    about = folder / "usr/share/doc" / product.name
    _write(about / "copyright", ROOT / "LICENSE")
    _write(about / "README.md", ROOT / "docs" / "howto" / "install-on-linux.md")


def _is_enabled(unit: Path) -> bool:
    return "[Install]" in unit.read_text("utf-8").splitlines()


def _write(target: Path, source: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _size(folder: Path) -> int:
    """Return what a tree takes on a disk, in KiB, as Debian's policy counts it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    folders = sum(1 for path in folder.rglob("*") if path.is_dir())
    return folders + sum(-(-path.stat().st_size // _KIB) for path in files)


def settle(folder: Path, made: int) -> None:
    """Give every file below a folder its mode and time.

    Args:
        folder: what was laid out.
        made: seconds since the epoch.
    """
    for path in sorted(folder.rglob("*")):
        program = path.parent.name == "bin" or re.search(r"\.so(\.|$)", path.name)
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or program else 0o644)
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (made, made), follow_symlinks=False)
