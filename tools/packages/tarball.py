# SPDX-License-Identifier: Apache-2.0
"""Writes a tree as a tarball with a script that installs it.

Rules: the same tree gives the same bytes.
Not here: what the script does (`packaging/tarball/install.sh`).
"""

import os
from pathlib import Path

from tools.packages.layout import Tree
from tools.packages.products import PACKAGING, VERSION
from tools.packages.programs import call


def write_tarball(tree: Tree, into: Path) -> Path:
    """Write the tarball of a tree.

    Args:
        tree: what was laid out.
        into: the folder for it.
    """
    name = f"{tree.product.name}-{VERSION}-linux-{tree.processor.deb}"
    script = tree.folder.with_name("install.sh")
    script.write_text(tree.filled(PACKAGING / "tarball" / "install.sh"), "utf-8")
    script.chmod(0o755)
    os.utime(script, (tree.made, tree.made))
    target = into / f"{name}.tar.gz"
    call(
        *("tar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"),
        *("--format=posix", "--pax-option=delete=atime,delete=ctime"),
        *(f"--mtime=@{tree.made}", f"--transform=s,^,{name}/,"),
        *("--use-compress-program=gzip -9n", "-cf", target),
        *("-C", tree.folder.parent, "install.sh", "tree"),
    )
    return target
