# SPDX-License-Identifier: Apache-2.0
"""Examples of pending updates: machines that are recorded for `patches`.

Not here: their input (`agent/collectors/_examples`).
"""

from agent.collectors._examples.patches import EXAMPLES as LINUX
from agent.collectors._examples.windows_patches import EXAMPLES as WINDOWS
from agent.diagnostics._examples.again import again

EXAMPLES = (
    again(
        LINUX,
        "Recorded here from dnf",
        {
            "package_manager": "dnf",
            "uid": "openssl-libs",
            "version": "1:3.0.7-2.fc39",
            "current_version": "1:3.0.7-1.fc39",
            "architecture": "x86_64",
            "install_state": "pending",
            "source": "updates",
            "security": True,
            "severity": "important",
        },
        only="security",
    ),
    again(
        LINUX,
        "Recorded here from pacman",
        {
            "package_manager": "pacman",
            "uid": "linux",
            "version": "6.6.2.arch1-1",
            "current_version": "6.6.1.arch1-1",
            "install_state": "pending",
        },
        {
            "package_manager": "pacman",
            "uid": "openssl",
            "version": "3.2.0-1",
            "current_version": "3.1.4-1",
            "install_state": "pending",
        },
    ),
    again(
        WINDOWS,
        "Composed: a fix that the history names",
        {
            "package_manager": "windows",
            "uid": "KB5041585",
            "title": "2026-08 Cumulative Update for Windows 11 (KB5041585)",
            "security": True,
            "severity": "critical",
            "install_state": "downloaded",
        },
    ),
    again(WINDOWS, "Composed: values of the wrong kind"),
)
