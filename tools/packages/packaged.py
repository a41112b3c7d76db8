# SPDX-License-Identifier: Apache-2.0
"""Has an agent's package say its own kind, so that it can be updated by its like.

Rules: what says it is in the tree while that package is written, and in no other; a
tarball says nothing: it is not updated by itself.
Not here: who reads it (`agent/updates/handover.py`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tools.packages.layout import Tree
from tools.packages.runtime import SITE

NAME = "packaged"
_FILE_MODE = 0o644


@contextmanager
def packaged(tree: Tree, sort: str) -> Iterator[None]:
    """Have the tree say its kind meanwhile.

    Args:
        tree: what was laid out.
        sort: which kind of package is written.
    """
    code = tree.folder / tree.product.prefix.lstrip("/") / SITE / "agent"
    machine = {"deb": tree.processor.deb, "rpm": tree.processor.rpm}.get(sort)
    if machine is None or not code.is_dir():
        yield
        return
    place = code / NAME
    place.write_text(f"{sort} {machine}\n", "ascii")
    place.chmod(_FILE_MODE)
    for path in (place, code):
        os.utime(path, (tree.made, tree.made))
    try:
        yield
    finally:
        place.unlink()
        os.utime(code, (tree.made, tree.made))
