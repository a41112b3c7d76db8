# SPDX-License-Identifier: Apache-2.0
"""TLS certificates of gate and console: made under the CA, and made anew in time.

Rules: agents pin the CA's key and not this certificate, so a new one needs no word to
anyone; both files are written beside and then renamed.
Not here: the CA (`wire/crypto/certificates.py`), TLS itself (`server/gate`).
"""

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from server.configuration import Configuration
from server.configuration_console import ConsoleSettings
from server.key_files import have_directory, read_secret, replace_file
from server.layout import Layout
from wire.crypto.certificates import SERVER_DAYS, Credential, expiry, make_server
from wire.errors import DecodeError
from wire.policy_check import DAY

RENEWAL_DAYS = 60
"""A collector that is started every other month never has one that has ended."""


def make(
    layout: Layout, settings: Configuration, authority: Credential, now: int
) -> None:
    """Write a new certificate of the gate and its key, in place of those there are.

    Args:
        layout: the installation.
        settings: its address and names.
        authority: the CA with its key.
        now: seconds since the epoch.

    Raises:
        StateError: the disk refuses.
    """
    host = urlsplit(settings.url).hostname or ""
    names = tuple(dict.fromkeys((host, *settings.names)))
    _make(layout.gate, names, authority, now)


def ensure(layout: Layout, settings: Configuration, now: int) -> bool:
    """Make the gate a new certificate when its own ends soon or cannot be used.

    Args:
        layout: the installation.
        settings: its address and names.
        now: seconds since the epoch.

    Returns:
        Whether a new one was made.

    Raises:
        StateError: the CA's key cannot be read, or the disk refuses.
    """
    if _left(layout.gate, now) >= RENEWAL_DAYS * DAY:
        return False
    make(layout, settings, _authority(layout), now)
    return True


def ensure_console(layout: Layout, console: ConsoleSettings, now: int) -> bool:
    """Make the console a new certificate when its own ends soon, unless it has another.

    Args:
        layout: the installation.
        console: where it is.
        now: seconds since the epoch.

    Returns:
        Whether a new one was made.

    Raises:
        StateError: the CA's key cannot be read, or the disk refuses.
    """
    if console.certificate or _left(layout.console, now) >= RENEWAL_DAYS * DAY:
        return False
    have_directory(layout.console)
    _make(layout.console, (console.name,), _authority(layout), now)
    return True


def _make(
    directory: Path, names: tuple[str, ...], authority: Credential, now: int
) -> None:
    server = make_server(authority, names, now)
    certificate = ssl.DER_cert_to_PEM_cert(server.certificate).encode()
    replace_file(directory / "tls.key", server.key)
    replace_file(directory / "tls.pem", certificate)


def _authority(layout: Layout) -> Credential:
    return Credential(
        read_secret(layout.authority / "authority.der"),
        read_secret(layout.authority / "authority.key"),
    )


def _left(directory: Path, now: int) -> int:
    """Return for how many seconds the pair on the disk still serves."""
    certificate, key = directory / "tls.pem", directory / "tls.key"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
        octets = ssl.PEM_cert_to_DER_cert(certificate.read_text("ascii"))
        left = expiry(octets) - now
    except (OSError, ValueError, DecodeError):  # an ssl.SSLError is an OSError
        return 0
    # longer than any lasts: it was made while the clock was ahead, and is not valid yet
    return 0 if left > SERVER_DAYS * DAY else left
