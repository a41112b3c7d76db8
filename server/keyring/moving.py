# SPDX-License-Identifier: Apache-2.0
"""Moves the master key to another place or under another lock.

Rules: the new place has all before config.toml names it, so a crash at any moment
leaves a keyring that opens; afterwards all keys are wrapped anew and the former place
holds nothing that opens them; nothing else runs meanwhile.
Not here: where the master key is (`place.py`), the locks (`locks.py`, `token.py`).
"""

import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from server import configuration
from server.configuration_keyring import KeyringSettings, keyring_lines
from server.errors import StateError, UsageError
from server.key_files import have_directory, replace_file, write_new
from server.keyring.keyring import JOURNAL, Keyring
from server.keyring.place import master_files, open_keyring
from server.layout import Layout

_SECTION = re.compile(r"^\[keyring\][^\S\n]*\n(?:(?!\[)[^\n]*\n?)*", re.MULTILINE)


def move(layout: Layout, settings: KeyringSettings, now: int) -> int:
    """Move the master key of a collector that does not run.

    Args:
        layout: the installation.
        settings: the new place, absent or empty, and lock.
        now: seconds since the epoch.

    Returns:
        The new generation.

    Raises:
        StateError: something cannot be read or written.
        TrustError: the keyring does not open.
        UsageError: the new place is in use.
    """
    former = configuration.read(layout).keyring
    settings = replace(settings, machine=former.machine)
    before, after = master_files(layout, former), master_files(layout, settings)
    _prepare(after.directory)
    with closing(open_keyring(layout)) as keyring:
        generation = keyring.generation()
    journal = before.directory / JOURNAL
    if journal.exists():
        write_new(after.directory / JOURNAL, journal.read_bytes())
    after.put(generation, before.secret(generation))
    text = layout.configuration.read_text()
    replace_file(layout.configuration, _named(text, settings).encode())
    with closing(Keyring(layout.keyring, after)) as keyring:
        generation = keyring.rotate(now)
    before.forget(generation)
    journal.unlink(missing_ok=True)
    return generation


def _prepare(directory: Path) -> None:
    """Make the new place, unless it is there and empty."""
    have_directory(directory)
    try:
        taken = any(directory.iterdir())
    except OSError as error:
        msg = f"cannot read {directory}: {error.strerror}"
        raise StateError(msg) from None
    if taken:
        msg = f"{directory} is not empty: give another directory for the master key"
        raise UsageError(msg)


def _named(text: str, settings: KeyringSettings) -> str:
    """Return config.toml with another `[keyring]`, and all else as it was."""
    section = "\n".join([*keyring_lines(settings), "", ""])
    if _SECTION.search(text):
        return _SECTION.sub(lambda _: section, text, count=1)
    return f"{text.rstrip()}\n\n{section}"
