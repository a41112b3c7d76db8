# SPDX-License-Identifier: Apache-2.0
"""Examples of security settings: machines as they are set up, and damaged ones.

Not here: reading them (`security_settings.py`).
"""

from collections.abc import Mapping

from agent.collectors._linux import settings as linux
from agent.collectors._windows import settings as windows
from agent.rows import Example
from wire.catalogue import System
from wire.values import Value

_SSHD = "/etc/ssh/sshd_config"
_DEBIAN_SSHD = b"""Include /etc/ssh/sshd_config.d/*.conf
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding yes
PrintMotd no
AcceptEnv LANG LC_*
Subsystem\tsftp\t/usr/lib/openssh/sftp-server
"""
_DEBIAN_APT = b"""APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
"""
_WANTS = "/etc/systemd/system/multi-user.target.wants"
_TIMERS = "/etc/systemd/system/timers.target.wants"


def _rows(source: str, values: Mapping[str, str]) -> tuple[dict[str, Value], ...]:
    """Return rows of settings that are of one source."""
    return tuple(
        {"setting": name, "value": value, "source": source}
        for name, value in values.items()
    )


_LINUX = (
    Example(
        System.LINUX,
        "Recorded (Debian 12, openssh-server 9.2, unattended-upgrades 2.9): without "
        "comments; a machine without EFI.",
        rows=(
            *_rows("firmware", {"secure_boot": "not-supported"}),
            *_rows("kernel", {"tpm": "absent"}),
            *_rows("apt", {"automatic_updates": "install"}),
            *_rows("services", {"ssh": "enabled"}),
            *_rows("default", {"ssh.permit_root_login": "prohibit-password"}),
            *_rows("default", {"ssh.password_authentication": "yes"}),
            *_rows("sshd-config", {"ssh.keyboard_interactive_authentication": "no"}),
            *_rows("default", {"ssh.permit_empty_passwords": "no"}),
            *_rows("sshd-config", {"ssh.match_blocks": "absent"}),
            *_rows(
                "kernel", {"kernel.kptr_restrict": "0", "user_namespaces": "enabled"}
            ),
        ),
        files={
            _SSHD: _DEBIAN_SSHD,
            "/etc/ssh/sshd_config.d/": b"",
            "/usr/sbin/sshd": b"",
            "/usr/bin/unattended-upgrade": b"",
            f"{linux.APT}/20auto-upgrades": _DEBIAN_APT,
            f"{linux.SYSCTLS}/kernel/kptr_restrict": b"0\n",
            f"{linux.SYSCTLS}/user/max_user_namespaces": b"96152\n",
        },
        links={f"{_WANTS}/ssh.service": "/lib/systemd/system/ssh.service"},
    ),
    Example(
        System.LINUX,
        "Composed as on RHEL: EFI, a TPM, dnf that installs, and a file of its own "
        "that comes before the shipped ones; what follows Match is for some only.",
        rows=(
            *_rows("firmware", {"secure_boot": "enabled"}),
            *_rows("kernel", {"tpm": "2.0"}),
            *_rows("dnf", {"automatic_updates": "install"}),
            *_rows("services", {"ssh": "disabled"}),
            *_rows("sshd-config", {"ssh.permit_root_login": "no"}),
            *_rows("sshd-config", {"ssh.password_authentication": "no"}),
            *_rows("sshd-config", {"ssh.keyboard_interactive_authentication": "no"}),
            *_rows("sshd-config", {"ssh.permit_empty_passwords": "no"}),
            *_rows("sshd-config", {"ssh.match_blocks": "present"}),
            *_rows("kernel", {"kernel.yama.ptrace_scope": "1"}),
            *_rows(
                "kernel",
                {"user_namespaces": "disabled", "kernel_lockdown": "integrity"},
            ),
        ),
        files={
            linux.SECURE_BOOT: b"\x06\0\0\0\x01",
            f"{linux.TPM}/tpm0/tpm_version_major": b"2\n",
            linux.DNF: b"[main]\ngpgcheck=1\n",
            linux.DNF_AUTOMATIC: b"[commands]\nupgrade_type = security\n"
            b"apply_updates = yes\n[email]\nemail_to = ada@example.test\n",
            "/usr/sbin/sshd": b"",
            _SSHD: b'Include "sshd_config.d/*.conf" # first\nPermitRootLogin yes\n'
            b"PasswordAuthentication=yes\nPermitEmptyPasswords no\n"
            b"Match User backup\n\tPermitEmptyPasswords yes\n",
            "/etc/ssh/sshd_config.d/01-own.conf": b"permitrootlogin NO\n"
            b"PasswordAuthentication\tno\nMatch Address 10.0.0.0/8\n"
            b"PasswordAuthentication yes\nChallengeResponseAuthentication yes\n",
            "/etc/ssh/sshd_config.d/50-redhat.conf": b"Include "
            b"/etc/crypto-policies/back-ends/opensshserver.config\n"
            b"ChallengeResponseAuthentication no\nPasswordAuthentication yes\n",
            "/etc/ssh/sshd_config.d/README": b"PermitRootLogin yes\n",
            "/etc/crypto-policies/back-ends/opensshserver.config": b"Ciphers x\n",
            f"{_TIMERS}/dnf-automatic.timer": b"",
            "/usr/lib/systemd/system/sshd.service": b"",
            f"{linux.SYSCTLS}/kernel/yama/ptrace_scope": b"1\n",
            f"{linux.SYSCTLS}/user/max_user_namespaces": b"0\n",
            linux.LOCKDOWN: b"none [integrity] confidentiality\n",
        },
    ),
    Example(
        System.LINUX,
        "Composed: a cut variable, junk for settings, and an Include that leads "
        "elsewhere, so that nothing of the SSH server is known.",
        rows=(
            *_rows("kernel", {"tpm": "present"}),
            *_rows("apt", {"automatic_updates": "off"}),
            *_rows("services", {"ssh": "disabled"}),
            *_rows("kernel", {"user_namespaces": "enabled"}),
        ),
        files={
            linux.SECURE_BOOT: b"\x06\0\0",
            f"{linux.TPM}/tpm0/tpm_version_major": b"\xff\n",
            f"{linux.APT}/10x": b'APT::Periodic { Unattended-Upgrade "1"; };',
            f"{linux.APT}/20x": b'#clear APT::Periodic::Unattended-Upgrade;\n"\xff}};{',
            f"{linux.APT}/30x.bak": _DEBIAN_APT,
            "/usr/bin/unattended-upgrade": b"",
            "/usr/sbin/sshd": b"",
            _SSHD: b"\xff\xfe\0\n=\nInclude /etc/../etc/passwd\nPermitRootLogin no\n",
            f"{linux.SYSCTLS}/kernel/kptr_restrict": b"perhaps\n",
            f"{linux.SYSCTLS}/user/max_user_namespaces": b"\xff",
            linux.LOCKDOWN: b"[\xff]",
        },
    ),
    Example(
        System.LINUX,
        "Composed as on Alpine: OpenRC starts the SSH server, and nothing says more.",
        rows=(
            *_rows("firmware", {"secure_boot": "not-supported"}),
            *_rows("kernel", {"tpm": "absent"}),
            *_rows("services", {"ssh": "enabled"}),
        ),
        files={"/usr/sbin/sshd": b""},
        links={"/etc/runlevels/default/sshd": "/etc/init.d/sshd"},
    ),
)

_WINDOWS = (
    Example(
        System.WINDOWS,
        "Composed: a workstation with policies, Remote Desktop and an SSH server.",
        rows=(
            *_rows("registry", {"secure_boot": "enabled"}),
            *_rows("wmi", {"tpm": "2.0"}),
            *_rows("policy", {"automatic_updates": "install", "rdp": "enabled"}),
            *_rows("registry", {"rdp.network_level_authentication": "enabled"}),
            *_rows("registry", {"uac": "enabled"}),
            *_rows(
                "registry", {"uac.administrator_prompt": "consent-for-other-programs"}
            ),
            *_rows("registry", {"automatic_sign_in": "enabled"}),
            *_rows("accounts", {"guest_account": "disabled"}),
            *_rows("registry", {"smb1.server": "disabled"}),
            *_rows("services", {"smb1.client": "absent", "ssh": "enabled"}),
            *_rows("default", {"ssh.permit_root_login": "prohibit-password"}),
            *_rows("sshd-config", {"ssh.password_authentication": "no"}),
            *_rows("default", {"ssh.keyboard_interactive_authentication": "yes"}),
            *_rows("default", {"ssh.permit_empty_passwords": "no"}),
            *_rows("sshd-config", {"ssh.match_blocks": "present"}),
        ),
        files={
            "C/ProgramData/ssh/sshd_config": b"PasswordAuthentication no\r\n"
            b"Match Group administrators\r\n  AuthorizedKeysFile x\r\n"
        },
        facts={
            "registry": {
                windows.SECURE_BOOT: {"UEFISecureBootEnabled": 1},
                windows.UPDATES: {"NoAutoUpdate": 0, "AUOptions": 4},
                windows.TERMINAL_POLICY: {"fDenyTSConnections": 0},
                windows.TERMINAL: {"fDenyTSConnections": 1},
                windows.TERMINAL_TCP: {"UserAuthentication": 1},
                windows.UAC: {"EnableLUA": 1, "ConsentPromptBehaviorAdmin": 5},
                windows.SIGN_IN: {"AutoAdminLogon": "1"},
                windows.SMB_SERVER: {"SMB1": 0},
                windows.SSH: {"Start": 2},
            },
            "wmi": {"Win32_Tpm": ({"SpecVersion": "2.0, 0, 1.59"},)},
            "accounts": (
                {"sid": "S-1-5-21-1-2-3-500", "enabled": True},
                {"sid": "S-1-5-21-1-2-3-501", "enabled": False},
            ),
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: numbers and texts that Windows does not write are left out.",
        rows=(
            *_rows("wmi", {"tpm": "present"}),
            *_rows("policy", {"automatic_updates": "off"}),
            *_rows("registry", {"automatic_sign_in": "disabled"}),
            *_rows("services", {"smb1.client": "on-demand", "ssh": "absent"}),
        ),
        facts={
            "registry": {
                windows.SECURE_BOOT: {"UEFISecureBootEnabled": "\ufffd"},
                windows.UPDATES: {"NoAutoUpdate": 1, "AUOptions": 99},
                windows.TERMINAL: {"fDenyTSConnections": 7},
                windows.UAC: {"EnableLUA": -1, "ConsentPromptBehaviorAdmin": 6},
                windows.SIGN_IN: {"AutoAdminLogon": "\u0662"},
                windows.SMB_SERVER: {"SMB1": 2},
                windows.SMB1_CLIENT: {"Start": 3},
            },
            "wmi": {"Win32_Tpm": ({"SpecVersion": 2},)},
            "accounts": ({"sid": None, "enabled": None},),
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: nothing is set, and WMI is not there: what the system does itself.",
        rows=(
            *_rows("registry", {"secure_boot": "not-supported"}),
            *_rows("default", {"automatic_updates": "system-default"}),
            *_rows("registry", {"automatic_sign_in": "disabled"}),
            *_rows("default", {"smb1.server": "system-default"}),
            *_rows("services", {"smb1.client": "absent", "ssh": "absent"}),
        ),
    ),
)

EXAMPLES = _LINUX + _WINDOWS
