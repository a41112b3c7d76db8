# SPDX-License-Identifier: Apache-2.0
"""What Windows answers about its updates, and the patches that it means.

Rules: each title says whose the rows are.
Not here: the reader (`_windows/patches.py`), Linux (`_examples/patches.py`).
"""

from agent.collectors._windows.patches import MANAGER
from agent.rows import Example
from wire.catalogue import System

EXAMPLES = (
    Example(
        System.WINDOWS,
        "Recorded (DanGOTO100/PowerShellScripting@0e22b17): three fixes of a server, "
        "which answers no question about updates.",
        rows=(
            {
                "package_manager": MANAGER,
                "uid": "KB5013641",
                "security": False,
                "install_state": "installed",
                "install_time": 1659744000,
            },
            {
                "package_manager": MANAGER,
                "uid": "KB5016623",
                "security": True,
                "install_state": "installed",
                "install_time": 1659744000,
            },
            {
                "package_manager": MANAGER,
                "uid": "KB5015896",
                "security": False,
                "install_state": "installed",
                "install_time": 1659744000,
            },
        ),
        facts={
            "wmi": {
                "Win32_QuickFixEngineering": (
                    {
                        "HotFixID": "KB5013641",
                        "Description": "Update",
                        "InstalledOn": "8/6/2022",
                        "InstalledBy": "EXAMPLE\\ada",
                    },
                    {
                        "HotFixID": "KB5016623",
                        "Description": "Security Update",
                        "InstalledOn": "8/6/2022",
                    },
                    {
                        "HotFixID": "KB5015896",
                        "Description": "Update",
                        "InstalledOn": "8/6/2022",
                    },
                )
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Recorded (cfrederickson-kpbsd/KPBSD.PowerShell.WindowsUpdate@1401934, "
        "@f426ad6): definitions came and one was replaced; two drivers are missing.",
        rows=(
            {
                "package_manager": MANAGER,
                "uid": "KB2267602",
                "title": "Security Intelligence Update for Microsoft Defender "
                "Antivirus - KB2267602 (Version 1.359.809.0)",
                "version": "1.359.809.0",
                "install_state": "installed",
                "install_time": 1645681586,
            },
            {
                "package_manager": MANAGER,
                "uid": "62eefe54-cf8d-4c90-a1a2-6b2da996a865",
                "title": "Dell Inc. - Monitor - 1/27/2016 12:00:00 AM - 1.0.0.0",
                "security": False,
                "install_state": "pending",
            },
            {
                "package_manager": MANAGER,
                "uid": "bf0e658b-e069-487c-b024-6e5791a688b5",
                "title": "Intel - Net - 12.18.9.10",
                "security": False,
                "install_state": "pending",
            },
        ),
        facts={
            "wmi": {"Win32_QuickFixEngineering": ()},
            "update_log": (
                {
                    "title": "Security Intelligence Update for Microsoft Defender "
                    "Antivirus - KB2267602 (Version 1.359.809.0)",
                    "update": "fff4d6d5-1d2a-460e-bb85-9b7ea3a865d2",
                    "date": 1645681586,
                    "operation": 1,
                    "result": 2,
                },
                {
                    "title": "Security Intelligence Update for Microsoft Defender "
                    "Antivirus - KB2267602 (Version 1.359.781.0)",
                    "update": "a6a5fcf6-aba6-4bc8-9e63-6cfe1b7bd1ef",
                    "date": 1645647342,
                    "operation": 2,
                    "result": 2,
                },
            ),
            "updates": (
                {
                    "title": "Dell Inc. - Monitor - 1/27/2016 12:00:00 AM - 1.0.0.0",
                    "kb": "",
                    "update": "62eefe54-cf8d-4c90-a1a2-6b2da996a865",
                    "severity": "",
                    "categories": "ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0",
                    "downloaded": False,
                },
                {
                    "title": "Intel - Net - 12.18.9.10",
                    "kb": "",
                    "update": "bf0e658b-e069-487c-b024-6e5791a688b5",
                    "severity": "",
                    "categories": "ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0",
                    "downloaded": False,
                },
            ),
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: a fix that the history names too, one that failed and waits again, "
        "one that failed and waits no more, one taken off, and an app of the store.",
        rows=(
            {
                "package_manager": MANAGER,
                "uid": "KB5034441",
                "title": "2024-01 Security Update (KB5034441)",
                "security": True,
                "install_state": "installed",
                "install_time": 1705334400,
            },
            {
                "package_manager": MANAGER,
                "uid": "KB890830",
                "title": "Windows Malicious Software Removal Tool x64 - v5.90 "
                "(KB890830)",
                "install_state": "failed",
            },
            {
                "package_manager": MANAGER,
                "uid": "KB5041585",
                "title": "2026-08 Cumulative Update for Windows 11 (KB5041585)",
                "security": True,
                "severity": "critical",
                "install_state": "downloaded",
            },
        ),
        facts={
            "wmi": {
                "Win32_QuickFixEngineering": (
                    {
                        "HotFixID": "KB5034441",
                        "Description": "Security Update",
                        "InstalledOn": "01da4766cc0ea000",
                    },
                )
            },
            "update_log": (
                {
                    "title": "2024-01 Security Update (KB5034441)",
                    "date": 1705334400,
                    "operation": 1,
                    "result": 2,
                },
                {
                    "title": "Windows Malicious Software Removal Tool x64 - v5.90 "
                    "(KB890830)",
                    "operation": 1,
                    "result": 4,
                },
                {
                    "title": "2026-08 Cumulative Update for Windows 11 (KB5041585)",
                    "operation": 1,
                    "result": 4,
                },
                {"title": "Update (KB5000001)", "operation": 2, "result": 2},
                {"title": "Update (KB5000001)", "operation": 1, "result": 2},
                {"title": "9WZDNCRFJ3TJ-Netflix", "operation": 1, "result": 2},
                {"title": "Update (KB5000002)", "operation": 1, "result": 1},
            ),
            "updates": (
                {
                    "title": "2026-08 Cumulative Update for Windows 11 (KB5041585)",
                    "kb": "5041585",
                    "severity": "Critical",
                    "categories": "0fa1201d-4330-4fa8-8ae9-b877473b6441",
                    "downloaded": True,
                },
                {"title": "9NBLGGH4NNS1-Microsoft.DesktopAppInstaller", "update": "x"},
            ),
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: values of the wrong kind.",
        rows=(
            {"package_manager": MANAGER, "uid": "KB1", "install_state": "installed"},
        ),
        facts={
            "wmi": {
                "Win32_QuickFixEngineering": (
                    {"HotFixID": 7},
                    {"HotFixID": "KB1", "Description": 5, "InstalledOn": "31/12/2024"},
                )
            },
            "update_log": (
                {"title": None, "operation": "1", "result": 2, "date": -1},
                {"title": "x", "update": "", "operation": 1, "result": 99},
            ),
            "updates": ({"title": 1, "kb": None, "update": None, "downloaded": "yes"},),
        },
    ),
)
