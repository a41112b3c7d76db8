# SPDX-License-Identifier: Apache-2.0
"""What is found in a package's folder.

Rules: compared with what Python's own `pkgutil` finds.
Not here: what each found file has to declare (tests of each package).
"""

import pkgutil
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

import agent.collectors
import agent.diagnostics
import agent.redaction.detectors
import wire.transforms
from wire.discovery import modules

PACKAGES = (
    agent.collectors,
    agent.diagnostics,
    agent.redaction.detectors,
    wire.transforms,
)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda one: str(one.__name__))
def test_nothing_is_found_that_python_would_not_find(package: ModuleType) -> None:
    """Every package that is looked through has the modules that `pkgutil` names."""
    found = pkgutil.iter_modules(package.__path__)
    expected = sorted(each.name for each in found if not each.ispkg)
    assert list(modules(package.__path__)) == expected


def test_compiled_files_and_archives_are_modules_too(tmp_path: Path) -> None:
    """A package has compiled files without a source, and may lie in an archive."""
    folder, archive = tmp_path / "folder", tmp_path / "modules.zip"
    (folder / "package").mkdir(parents=True)
    for name in ("b.pyc", "a.py", "__init__.py", "notes.txt"):
        (folder / name).write_bytes(b"")
    (folder / "package" / "__init__.py").write_bytes(b"")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("c.py", "")
    assert modules([str(folder), str(archive)]) == ("a", "b", "c")
