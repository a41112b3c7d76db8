# SPDX-License-Identifier: Apache-2.0
"""Where an installation keeps its files, and who may read which.

Rules: opening keys live under `keyring/`, away from `store/`; the gate is given
`gate/` and `store/` and nothing else.
Not here: what is in the files (`server/install.py`, `server/keyring`).
"""

from dataclasses import dataclass
from pathlib import Path

UPDATES = "updates"
"""In the gate's directory, for it serves them."""
SOCKET = "ask.sock"
"""Short: a socket's path has 107 characters."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths of one installation.

    Attributes:
        directory: the installation's directory (0700).
    """

    directory: Path

    @property
    def configuration(self) -> Path:
        """Return `config.toml`: address, names, tenant."""
        return self.directory / "config.toml"

    @property
    def offline(self) -> Path:
        """Return the directory of the root key; to be moved off this machine."""
        return self.directory / "offline"

    @property
    def authority(self) -> Path:
        """Return the directory of policy, key-publishing, revocation and CA keys."""
        return self.directory / "authority"

    @property
    def gate(self) -> Path:
        """Return the directory of the gate's signing key, TLS key and certificates."""
        return self.directory / "gate"

    @property
    def store(self) -> Path:
        """Return the sealed store, an SQLite database."""
        return self.directory / "store" / "store.sqlite"

    @property
    def keyring(self) -> Path:
        """Return the directory of opening keys, pseudonym keys and the store role."""
        return self.directory / "keyring"

    @property
    def ledger(self) -> Path:
        """Return the ledger, an SQLite database of its own."""
        return self.directory / "ledger" / "ledger.sqlite"

    @property
    def run(self) -> Path:
        """Return the directory of sockets, each in a directory of who listens."""
        return self.directory / "run"

    @property
    def socket(self) -> Path:
        """Return the reader's Unix socket."""
        return self.run / "reader" / SOCKET

    @property
    def register(self) -> Path:
        """Return the keeper's register, an SQLite database of its own."""
        return self.directory / "keeper" / "keeper.sqlite"

    @property
    def alerts(self) -> Path:
        """Return what stands of alerts: ids, no values; an SQLite database."""
        return self.directory / "keeper" / "alerts.sqlite"

    @property
    def alert_rules(self) -> Path:
        """Return `alerts.toml`: the installation's own rules, where it has some."""
        return self.directory / "alerts.toml"

    @property
    def keeper_socket(self) -> Path:
        """Return the keeper's Unix socket."""
        return self.run / "keeper" / SOCKET

    @property
    def office_socket(self) -> Path:
        """Return the office's Unix socket."""
        return self.run / "office" / SOCKET

    @property
    def people(self) -> Path:
        """Return the register of people, an SQLite database of its own."""
        return self.directory / "access" / "people.sqlite"

    @property
    def console(self) -> Path:
        """Return the directory of the console's TLS key and its log of requests."""
        return self.directory / "console"

    @property
    def exports(self) -> Path:
        """Return the directory where archives for persons wait, locked."""
        return self.directory / "exports"

    @property
    def evidence(self) -> Path:
        """Return the directory of packages of evidence, until each ends."""
        return self.directory / "evidence"

    @property
    def outbox(self) -> Path:
        """Return the directory of notices that people bring to their receivers."""
        return self.directory / "outbox"

    @property
    def updates(self) -> Path:
        """Return the update repository of agents; all of it is for anybody to read."""
        return self.gate / UPDATES

    @property
    def update_keys(self) -> Path:
        """Return the directory of the keys that keep that repository fresh."""
        return self.directory / "update-keys"

    @property
    def releases(self) -> Path:
        """Return the directory of releases, sealed, until each expires."""
        return self.directory / "releases"
