# SPDX-License-Identifier: Apache-2.0
"""Examples of security products: machines with some, with none, and damaged ones.

Not here: reading them (`security_products.py`).
"""

from collections.abc import Mapping

from agent.collectors._linux.known_products import (
    ANTIVIRUS,
    EDR,
    FIREWALL,
    MANDATORY,
    PREVENTION,
)
from agent.rows import Example
from wire.catalogue import System
from wire.values import Value

_UNITS = "/usr/lib/systemd/system"
_OWN = "/etc/systemd/system"
_WANTS = f"{_OWN}/multi-user.target.wants"
_SLICE = "/sys/fs/cgroup/system.slice"
_CLAMAV = "/var/lib/clamav"
_SERVICES = "HKLM\\SYSTEM\\CurrentControlSet\\Services"
_PROFILES = f"{_SERVICES}\\SharedAccess\\Parameters\\FirewallPolicy"
_NEVER = "0.0.0.0"  # noqa: S104 - a version, not an address
_POLICY = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall"


def _row(kind: str, name: str, **values: Value) -> Mapping[str, Value]:
    return {"kind": kind, "name": name, **values}


_LINUX = (
    Example(
        System.LINUX,
        "Recorded (Debian 12): packages as installed, ClamAV before its first update, "
        "ufw off; systemd does not run.",
        rows=(
            _row(ANTIVIRUS, "ClamAV", enabled=True, up_to_date=False),
            _row(FIREWALL, "firewalld", enabled=True),
            _row(FIREWALL, "nftables", enabled=False),
            _row(FIREWALL, "ufw", enabled=False),
            _row(PREVENTION, "fail2ban", enabled=True),
        ),
        files={
            "/usr/sbin/clamd": b"",
            f"{_CLAMAV}/": b"",
            f"{_UNITS}/clamav-daemon.service": b"",
            f"{_UNITS}/firewalld.service": b"",
            f"{_UNITS}/nftables.service": b"",
            f"{_UNITS}/ufw.service": b"",
            f"{_UNITS}/fail2ban.service": b"",
            "/etc/ufw/ufw.conf": b"# /etc/ufw/ufw.conf\n#\n\n# Set to yes to start on "
            b"boot.\nENABLED=no\n\n# Please use the 'ufw' command to set the loglevel."
            b"\nLOGLEVEL=low\n",
        },
        links={
            f"{_WANTS}/clamav-daemon.service": f"{_UNITS}/clamav-daemon.service",
            f"{_WANTS}/firewalld.service": f"{_UNITS}/firewalld.service",
            f"{_WANTS}/fail2ban.service": f"{_UNITS}/fail2ban.service",
            f"{_WANTS}/ufw.service": f"{_UNITS}/ufw.service",
        },
    ),
    Example(
        System.LINUX,
        "Composed: a server with fresh signatures, two sensors of which one was "
        "masked, and a kernel that confines.",
        rows=(
            _row(
                ANTIVIRUS,
                "ClamAV",
                enabled=True,
                running=True,
                up_to_date=True,
                signature_version="27824",
                signature_time=1_763_890_000,
            ),
            _row(EDR, "CrowdStrike Falcon", enabled=True, running=False),
            _row(EDR, "Wazuh", enabled=False, running=False),
            _row(FIREWALL, "ufw", enabled=True),
            _row(MANDATORY, "AppArmor", enabled=True),
            _row(MANDATORY, "SELinux", enabled=False),
        ),
        files={
            "/run/systemd/system/": b"",
            "/usr/bin/clamscan": b"",
            f"{_CLAMAV}/daily.cvd": b"ClamAV-VDB:23 Nov 2025 04-26 -0500:27824:2077000:"
            b"90:0123456789abcdef0123456789abcdef:c2lnbmF0dXJl:builder:1763890000"
            + b" "
            * 400,
            f"{_SLICE}/clamav-daemon.service/": b"",
            "/opt/CrowdStrike/falcond": b"",
            f"{_UNITS}/wazuh-agent.service": b"",
            "/usr/sbin/ufw": b"",
            "/etc/ufw/ufw.conf": b"ENABLED=yes\n",
            "/sys/module/apparmor/parameters/enabled": b"Y\n",
            "/sys/fs/selinux/enforce": b"0",
        },
        links={
            f"{_WANTS}/clamav-daemon.service": f"{_UNITS}/clamav-daemon.service",
            f"{_WANTS}/falcon-sensor.service": f"{_UNITS}/falcon-sensor.service",
            f"{_WANTS}/wazuh-agent.service": f"{_UNITS}/wazuh-agent.service",
            f"{_OWN}/wazuh-agent.service": "/dev/null",
        },
    ),
    Example(
        System.LINUX,
        "Composed: junk in place of a database, of settings and of the kernel's word.",
        rows=(
            _row(ANTIVIRUS, "ClamAV", enabled=False),
            _row(FIREWALL, "ufw", enabled=False),
            _row(MANDATORY, "AppArmor", enabled=False),
        ),
        files={
            "/usr/sbin/clamd": b"",
            f"{_CLAMAV}/daily.cld": b"ClamAV-VDB:\xff:x:::::::99999999999999999999",
            "/etc/ufw/ufw.conf": b"\xff\xfe\0ENABLED\n=yes",
            "/usr/sbin/ufw": b"",
            "/sys/module/apparmor/parameters/enabled": b"\xff\n",
        },
    ),
    Example(System.LINUX, "Composed: a machine without any.", rows=()),
)

_WINDOWS = (
    Example(
        System.WINDOWS,
        "Composed: Defender, which tells more by itself, another maker's scanner that "
        "is out of date, and a firewall that a policy keeps on.",
        rows=(
            _row(
                ANTIVIRUS,
                "Microsoft Defender Antivirus",
                enabled=True,
                up_to_date=True,
                signature_version="1.377.418.0",
                signature_time=1_666_084_709,
                version="4.18.2209.7",
            ),
            _row(ANTIVIRUS, "Another Scanner", enabled=False, up_to_date=False),
            _row(FIREWALL, "Another Firewall", enabled=True),
            _row(FIREWALL, "Windows Firewall (domain)", enabled=True),
            _row(FIREWALL, "Windows Firewall (private)", enabled=False),
            _row(FIREWALL, "Windows Firewall (public)", enabled=True),
            _row(EDR, "Microsoft Defender for Endpoint", enabled=False, running=False),
            _row(EDR, "CrowdStrike Falcon", enabled=True, running=True),
        ),
        facts={
            "wmi": {
                "MSFT_MpComputerStatus": (
                    {
                        "AMProductVersion": "4.18.2209.7",
                        "AntivirusEnabled": True,
                        "RealTimeProtectionEnabled": True,
                        "AntivirusSignatureAge": 0,
                        "AntivirusSignatureVersion": "1.377.418.0",
                        "AntivirusSignatureLastUpdated": "20221018091829.000000+000",
                    },
                ),
                "AntiVirusProduct": (
                    {"displayName": "Windows Defender", "productState": 397568},
                    {"displayName": "Another Scanner", "productState": 262160},
                ),
                "FirewallProduct": (
                    {"displayName": "Another Firewall", "productState": 266240},
                ),
            },
            "registry": {
                f"{_PROFILES}\\DomainProfile": {"EnableFirewall": 0},
                f"{_PROFILES}\\StandardProfile": {"EnableFirewall": 0},
                f"{_PROFILES}\\PublicProfile": {"EnableFirewall": 1},
                f"{_POLICY}\\DomainProfile": {"EnableFirewall": 1},
            },
            "services": (
                {"name": "Sense", "state": 1, "start": 3},
                {"name": "CSFalconService", "state": 4, "start": 2},
                {"name": "Spooler", "state": 4, "start": 2},
            ),
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: a server, which has no Security Center; Defender is passive and "
        "never had signatures.",
        rows=(
            _row(
                ANTIVIRUS,
                "Microsoft Defender Antivirus",
                enabled=False,
                up_to_date=False,
                signature_version=_NEVER,
                version="4.18.23050.3",
            ),
        ),
        facts={
            "wmi": {
                "MSFT_MpComputerStatus": (
                    {
                        "AMProductVersion": "4.18.23050.3",
                        "AntivirusEnabled": True,
                        "RealTimeProtectionEnabled": False,
                        "AntivirusSignatureAge": 4294967295,
                        "AntivirusSignatureVersion": _NEVER,
                        "AntivirusSignatureLastUpdated": "16010101000000.000000+000",
                    },
                )
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: names and numbers of other forms.",
        rows=(
            _row(ANTIVIRUS, "Microsoft Defender Antivirus"),
            _row(ANTIVIRUS, "\ufffd"),
        ),
        facts={
            "wmi": {
                "MSFT_MpComputerStatus": (
                    {"AntivirusEnabled": 1, "AntivirusSignatureLastUpdated": "never"},
                ),
                "AntiVirusProduct": (
                    {"displayName": "", "productState": 397568},
                    {"displayName": "\ufffd\0", "productState": "on"},
                ),
            },
            "registry": {f"{_PROFILES}\\PublicProfile": {"EnableFirewall": "1"}},
            "services": ({"name": None, "state": "x"},),
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: WMI answers and lists nothing.",
        rows=(),
        facts={"wmi": {"AntiVirusProduct": (), "FirewallProduct": ()}},
    ),
)

EXAMPLES = _LINUX + _WINDOWS
