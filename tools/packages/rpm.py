# SPDX-License-Identifier: Apache-2.0
"""Writes a tree as an RPM package, by `rpmbuild`.

Rules: the same tree gives the same bytes; rpmbuild changes nothing of it.
Not here: what its scripts do (`packaging/rpm/package.spec`), what rpm alone needs
(`packaging/rpm/discreet-agent`).
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from tools.packages.layout import Tree, settle
from tools.packages.products import PACKAGING, VERSION
from tools.packages.programs import call

_OURS = ("discreet",)
_SETTINGS = {
    "_build_id_links": "none",
    "_buildhost": "reproducible",
    "_binary_payload": "w9.zstdio",
    "__os_install_post": "%{nil}",
    "__check_files": "%{nil}",
    "clamp_mtime_to_source_date_epoch": "1",
    "debug_package": "%{nil}",
    "source_date_epoch_from_changelog": "0",
    "use_source_date_epoch_as_buildtime": "1",
}


def write_rpm(tree: Tree, into: Path) -> Path:
    """Write the package of a tree.

    Args:
        tree: what was laid out.
        into: the folder for it.
    """
    work = into / f"rpm-{tree.product.name}-{tree.processor.rpm}"
    work.mkdir()
    spec, listed, own = work / "package.spec", work / "files", work / "own"
    own.mkdir()
    if (PACKAGING / "rpm" / tree.product.name).is_dir():
        shutil.copytree(PACKAGING / "rpm" / tree.product.name, own, dirs_exist_ok=True)
    settle(own, tree.made)
    lines = sorted({*_files(tree, tree.folder), *_files(tree, own)})
    spec.write_text(tree.filled(PACKAGING / "rpm" / "package.spec"), "utf-8")
    listed.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    defined: dict[str, str] = {
        **_SETTINGS,
        "_topdir": str(work / "top"),
        "_rpmdir": str(work / "made"),
        "tree": str(tree.folder),
        "own": str(own),
        "list": str(listed),
    }
    pairs = [part for k, v in defined.items() for part in ("--define", f"{k} {v}")]
    call(
        *("rpmbuild", "-bb", "--target", tree.processor.rpm),
        *pairs,
        spec,
        environment={"SOURCE_DATE_EPOCH": str(tree.made)},
    )
    (made,) = (work / "made").rglob("*.rpm")
    target = into / f"{tree.product.name}-{VERSION}-1.{tree.processor.rpm}.rpm"
    made.replace(target)
    shutil.rmtree(work)
    return target


def _files(tree: Tree, folder: Path) -> Iterator[str]:
    """Yield the list of files: ours, and folders that are no other package's."""
    for path in folder.rglob("*"):
        name = f"/{path.relative_to(folder)}"
        mode = "0755" if path.stat().st_mode & 0o100 else "0644"
        if path.is_dir():
            if any(part.startswith(_OURS) for part in Path(name).parts):
                yield f'%dir %attr({mode}, root, root) "{name}"'
        else:
            kind = "%config(noreplace) " if name in tree.settings else ""
            yield f'{kind}%attr({mode}, root, root) "{name}"'
