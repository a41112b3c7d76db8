# SPDX-License-Identifier: Apache-2.0
"""An installation and its authority, for tests of what is done with a new one.

Rules: real, of the standard policy, at the time of `authority_acts.py`; a test's own.
Not here: installations with people, devices or a running gate (`*_room.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from authority_acts import NOW, URL

from server import __main__ as program
from server.authority import Authority, open_authority
from server.install import init
from server.layout import Layout


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return an installation with the standard policy, which the environment names."""
    made = init(tmp_path / "collector", "Acme", URL, [], None, NOW, user="amelie")
    monkeypatch.setenv(program.VARIABLE, str(made.directory))
    return made


@pytest.fixture
def authority(layout: Layout) -> Iterator[Authority]:
    """Return its authority."""
    with open_authority(layout) as opened:
        yield opened
