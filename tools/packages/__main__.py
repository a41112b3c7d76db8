# SPDX-License-Identifier: Apache-2.0
"""Builds packages: `python -m tools.packages deb rpm tarball --product agent`.

Rules: what it says at the end is what it measured.
Not here: the steps.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.packages import runtime_lock
from tools.packages.deb import write_deb
from tools.packages.layout import Tree, lay_out
from tools.packages.packaged import packaged
from tools.packages.products import PROCESSORS, PRODUCTS, ROOT, VERSION, product
from tools.packages.programs import BuildError
from tools.packages.release import seal
from tools.packages.rpm import write_rpm
from tools.packages.tarball import write_tarball
from tools.sbom import sbom

FORMATS: dict[str, Callable[[Tree, Path], Path]] = {
    "deb": write_deb,
    "rpm": write_rpm,
    "tarball": write_tarball,
}
_MIB = 1 << 20


def build(
    name: str, arch: str, formats: list[str], into: Path, *, newest: bool = False
) -> list[Path]:
    """Build a product's packages; return them.

    Args:
        name: the product.
        arch: Debian's name of the processor.
        formats: which kinds of package.
        into: the folder for them.
        newest: take Debian's packages of today in place of the locked ones.

    Raises:
        BuildError: it cannot be built.
    """
    processor = PROCESSORS[arch]
    into.mkdir(parents=True, exist_ok=True)
    find = runtime_lock.newest if newest else runtime_lock.locked
    with tempfile.TemporaryDirectory(prefix="discreet-package-") as work:
        tree = lay_out(product(name), processor, Path(work), find(processor))
        made = []
        for kind in formats:
            with packaged(tree, kind):
                made.append(FORMATS[kind](tree, into))
        listed = into / f"{tree.product.name}_{VERSION}_{arch}.cdx.json"
        listed.write_bytes(sbom(tree.product.name, VERSION, tree.parts, tree.made))
        for path in made:
            size = path.stat().st_size / _MIB
            takes = tree.size / 1024
            sys.stdout.write(
                f"{path.name}: {size:.1f} MiB, installed {takes:.1f} MiB\n"
            )
    return made


def main(arguments: list[str] | None = None) -> int:
    """Build what was asked for; return 0, or 1 with one sentence of why not."""
    parser = argparse.ArgumentParser(prog="python -m tools.packages")
    parser.add_argument("formats", nargs="+", choices=[*FORMATS, "lock"])
    parser.add_argument("--product", action="append", choices=PRODUCTS)
    parser.add_argument("--arch", action="append", choices=PROCESSORS)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--newest", action="store_true", help="not what is locked")
    asked = parser.parse_args(arguments)
    try:
        if asked.formats == ["lock"]:
            for arch in asked.arch or PROCESSORS:
                runtime_lock.write_lock(PROCESSORS[arch])
            return 0
        for name in asked.product or PRODUCTS:
            for arch in asked.arch or ["amd64"]:
                build(name, arch, asked.formats, asked.out, newest=asked.newest)
        seal(asked.out)
    except BuildError as error:
        sys.stderr.write(f"not built: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
