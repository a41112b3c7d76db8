# SPDX-License-Identifier: Apache-2.0
"""Writes a tree as a Debian package, by `dpkg-deb`.

Rules: the same tree gives the same bytes.
Not here: what its scripts do (`packaging/deb/`).
"""

import hashlib
import os
from pathlib import Path

from tools.packages.layout import Tree
from tools.packages.products import PACKAGING, VERSION
from tools.packages.programs import call

_SCRIPTS = ("preinst", "postinst", "prerm", "postrm")


def write_deb(tree: Tree, into: Path) -> Path:
    """Write the package of a tree.

    Args:
        tree: what was laid out.
        into: the folder for it.
    """
    source = PACKAGING / "deb"
    control = tree.folder / "DEBIAN"
    control.mkdir(mode=0o755)
    (control / "control").write_text(_description(tree, source / "control"), "utf-8")
    for name in _SCRIPTS:
        (control / name).write_text(tree.filled(source / name), "utf-8")
        (control / name).chmod(0o755)
    if tree.settings:
        lines = "".join(f"{name}\n" for name in tree.settings)
        (control / "conffiles").write_text(lines, "utf-8")
    (control / "md5sums").write_text(_sums(tree), "utf-8")
    for path in [*control.iterdir(), control]:
        os.utime(path, (tree.made, tree.made))
    target = into / f"{tree.product.name}_{VERSION}_{tree.processor.deb}.deb"
    call(
        *(
            "dpkg-deb",
            "--root-owner-group",
            "-Zzstd",
            "-z9",
            "--threads-max=1",
            "--build",
        ),
        *(tree.folder, target),
        environment={"SOURCE_DATE_EPOCH": str(tree.made)},
    )
    for path in control.iterdir():
        path.unlink()
    control.rmdir()
    os.utime(tree.folder, (tree.made, tree.made))
    return target


def _description(tree: Tree, template: Path) -> str:
    """Return the control file: a description's lines begin with a space."""
    text = tree.filled(template)
    head, _, rest = text.partition("Description: ")
    first, *lines = rest.rstrip("\n").splitlines()
    return head + "\n ".join([f"Description: {first}", *lines]) + "\n"


def _sums(tree: Tree) -> str:
    files = sorted(path for path in tree.folder.rglob("*") if path.is_file())
    lines = []
    for path in files:
        name = path.relative_to(tree.folder)
        if name.parts[0] not in {"DEBIAN", "etc"}:
            digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            lines.append(f"{digest}  {name}\n")
    return "".join(lines)
