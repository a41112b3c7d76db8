# SPDX-License-Identifier: Apache-2.0
"""What kind of connection a printer's port is.

Rules: pure; a port's name can be a host or an address, so only the kind is returned.
Not here: asking the spooler (`windows_print.py`).
Source: names that Windows' port monitors give, in the words of CUPS's schemes.
"""

import re

_KINDS = (
    (re.compile(r"(?:usb|dot4_)\d", re.IGNORECASE), "usb"),
    (re.compile(r"lpt\d", re.IGNORECASE), "parallel"),
    (re.compile(r"com\d", re.IGNORECASE), "serial"),
    (re.compile(r"bth\d", re.IGNORECASE), "bluetooth"),
    (re.compile(r"ts\d", re.IGNORECASE), "redirected"),
    (re.compile(r"wsd-", re.IGNORECASE), "wsd"),
    (re.compile(r"https?:|ipps?:", re.IGNORECASE), "ipp"),
    (re.compile(r"\\\\"), "smb"),
    (re.compile(r"ip_|\d{1,3}(?:\.\d{1,3}){3}", re.IGNORECASE), "socket"),
    (re.compile(r"(?:file|nul|portprompt|xpsport|shrfax):", re.IGNORECASE), "file"),
)
_OTHER = "other"
"""A port that somebody has named: most are of the network."""


def kind(port: str) -> str:
    """Return the kind of a port; of a pool of ports, that of the first."""
    return next((word for form, word in _KINDS if form.match(port)), _OTHER)
