# SPDX-License-Identifier: Apache-2.0
"""Settings of security on Linux, from the firmware to the SSH server.

Rules: values are of closed lists; no program runs, and of the SSH server's settings
root's side reads what is not ours.
Stated limits: automatic updates are told of apt and dnf; without EFI there is no secure
boot, and without a driver the kernel knows of no TPM.
Not here: what the settings are for (`security_settings.py`).
Sources: efivarfs, /sys/class/tpm, /proc/sys, apt.conf(5), dnf-automatic(8),
sshd_config(5).
"""

from collections.abc import Iterator

from agent.budget import APT_FILES, SMALL_FILE_BYTES
from agent.collectors._linux.apt_settings import automatic_updates, is_read, parse_apt
from agent.collectors._linux.units import SYSTEMD, starting, starts
from agent.collectors._shared.gather import line, names, small, text, there
from agent.collectors._shared.setting import Setting, setting
from agent.errors import DeniedError, NotFoundError
from agent.host import sshd
from agent.host.interface import Host, RootVerb
from agent.rows import Want

EFI = "/sys/firmware/efi"
EFI_VARIABLES = f"{EFI}/efivars"
SECURE_BOOT = f"{EFI_VARIABLES}/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
_ATTRIBUTES = 4
"""Bytes of attributes before a variable's value."""
TPM = "/sys/class/tpm"
_TPM_VERSIONS = {"1": "1.2", "2": "2.0"}
LOCKDOWN = "/sys/kernel/security/lockdown"
_LOCKDOWNS = {b"none", b"integrity", b"confidentiality"}
SYSCTLS = "/proc/sys"
_SWITCHES = (
    "fs/protected_hardlinks",
    "fs/protected_symlinks",
    "fs/suid_dumpable",
    "kernel/apparmor_restrict_unprivileged_userns",
    "kernel/dmesg_restrict",
    "kernel/kptr_restrict",
    "kernel/randomize_va_space",
    "kernel/unprivileged_bpf_disabled",
    "kernel/unprivileged_userns_clone",
    "kernel/yama/ptrace_scope",
)
_DIGITS = frozenset("01234")
"""All that a switch of these can be."""
APT = "/etc/apt/apt.conf.d"
_APT_MAIN = "/etc/apt/apt.conf"
_UNATTENDED = "/usr/bin/unattended-upgrade"
_APT_TIMER = ("apt-daily-upgrade.timer",)
DNF = "/etc/dnf/dnf.conf"
DNF_AUTOMATIC = "/etc/dnf/automatic.conf"
_DNF_TIMERS = {
    "dnf-automatic-install.timer": "install",
    "dnf-automatic-download.timer": "download",
    "dnf-automatic-notifyonly.timer": "check",
}
_DNF_TIMER = ("dnf-automatic.timer", "dnf5-automatic.timer")
_YES = frozenset({"yes", "true", "on", "1"})
_SSHD = "/usr/sbin/sshd"
_SSH_UNITS = ("ssh.service", "sshd.service", "ssh.socket", "sshd.socket")


def secure_boot(host: Host, want: Want) -> Iterator[Setting]:
    """Read whether the firmware starts signed systems only."""
    del want
    value: str | None = "not-supported"
    if there(host, EFI):
        try:
            value = parse_secure_boot(host.read_part(SECURE_BOOT, 0, _ATTRIBUTES + 1))
        except NotFoundError:
            if not names(host, EFI_VARIABLES):  # not mounted, as in a container
                value = None
    yield from setting("secure_boot", value, "firmware")


def parse_secure_boot(data: bytes) -> str | None:
    """Return what the variable SecureBoot says; None where it is cut."""
    return {b"\0": "disabled", b"\1": "enabled"}.get(data[_ATTRIBUTES:])


def tpm(host: Host, want: Want) -> Iterator[Setting]:
    """Read which TPM the kernel drives."""
    del want
    chips = [name for name in names(host, TPM) if name.startswith("tpm")]
    value = "absent"
    if chips:
        major = line(host, f"{TPM}/{chips[0]}/tpm_version_major") or ""
        value = _TPM_VERSIONS.get(major, "present")  # before Linux 5.6 unsaid
    yield from setting("tpm", value, "kernel")


def kernel(host: Host, want: Want) -> Iterator[Setting]:
    """Read the kernel's own switches."""
    del want
    for switch in _SWITCHES:
        value = line(host, f"{SYSCTLS}/{switch}")
        known = value if value in _DIGITS else None
        yield from setting(switch.replace("/", "."), known, "kernel")
    spaces = line(host, f"{SYSCTLS}/user/max_user_namespaces")
    if spaces is not None:
        word = "disabled" if spaces == "0" else "enabled"
        yield from setting("user_namespaces", word, "kernel")
    yield from setting(
        "kernel_lockdown", parse_lockdown(small(host, LOCKDOWN)), "kernel"
    )


def parse_lockdown(data: bytes) -> str | None:
    """Return the word in brackets; None where there is none that is known."""
    word = data.partition(b"[")[2].partition(b"]")[0]
    return text(word) if word in _LOCKDOWNS else None


def updates(host: Host, want: Want) -> Iterator[Setting]:
    """Read what the package manager does by itself."""
    if there(host, APT):
        yield from setting("automatic_updates", _apt(host, want), "apt")
    elif there(host, DNF):
        yield from setting("automatic_updates", _dnf(host), "dnf")


def _apt(host: Host, want: Want) -> str:
    if there(host, SYSTEMD) and not starts(host, starting(host), _APT_TIMER):
        return "off"
    files = [f"{APT}/{name}" for name in host.list(APT) if is_read(name)]
    contents: list[bytes] = []
    for path in [*files[:APT_FILES], _APT_MAIN]:
        want.check()
        try:
            contents.append(host.read(path, SMALL_FILE_BYTES))
        except NotFoundError:
            continue
    found = parse_apt(b"\n".join(contents))
    return automatic_updates(found, installs=there(host, _UNATTENDED))


def _dnf(host: Host) -> str:
    known = starting(host)
    for timer, word in _DNF_TIMERS.items():
        if starts(host, known, (timer,)):
            return word
    if not starts(host, known, _DNF_TIMER):
        return "off"
    return parse_dnf(small(host, DNF_AUTOMATIC))


def parse_dnf(data: bytes) -> str:
    """Return what dnf-automatic's settings have it do."""
    section, found = "", dict[str, str]()
    for raw in data.split(b"\n"):
        stripped = text(raw).strip()
        if stripped.startswith("["):
            section = stripped.strip("[]").strip()
        elif section == "commands" and "=" in stripped:
            name, _, value = stripped.partition("=")
            found[name.strip()] = value.strip().lower()
    if found.get("apply_updates") in _YES:
        return "install"
    return "download" if found.get("download_updates") in _YES else "check"


def ssh_server(host: Host, want: Want) -> Iterator[Setting]:
    """Read whether the SSH server starts by itself."""
    del want
    word = "absent"
    if there(host, _SSHD):
        up = starts(host, starting(host), _SSH_UNITS)
        word = "enabled" if up else "disabled"
    yield from setting("ssh", word, "services")


def ssh_settings(host: Host, want: Want) -> Iterator[Setting]:
    """Read how the SSH server lets people in, by root where it is not ours to read."""
    if not there(host, _SSHD):
        return
    try:
        yield from sshd.settings(host, sshd.LINUX)
    except DeniedError:
        yield from host.ask_root(RootVerb.READ_SSH_SERVER, want.columns)


SOURCES = (secure_boot, tpm, updates, ssh_server, ssh_settings, kernel)
