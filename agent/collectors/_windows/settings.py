# SPDX-License-Identifier: Apache-2.0
"""Settings of security on Windows, from its registry and its own lists.

Rules: values are of closed lists; what a policy sets goes before what a person set; a
value that is set nowhere is told as the system's own where that differs by version.
Stated limits: protection of the LSA (RunAsPPL) lies in a key that is never opened.
Not here: what the settings are for (`security_settings.py`).
Sources: Microsoft's documentation of Windows Update's, Remote Desktop's and UAC's
policies ([MS-GPSB], "UAC Group Policy settings and registry key settings"),
Win32_Tpm, and of sshd_config on Windows.
"""

from collections.abc import Iterator, Mapping

from agent.collectors._shared.setting import Setting, setting
from agent.collectors._windows.steps import figure, registry, words
from agent.errors import NotFoundError
from agent.host import sshd
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Want

_SYSTEM = "HKLM\\SYSTEM\\CurrentControlSet"
_SOFTWARE = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion"
_POLICIES = "HKLM\\SOFTWARE\\Policies\\Microsoft"
SECURE_BOOT = f"{_SYSTEM}\\Control\\SecureBoot\\State"
TERMINAL = f"{_SYSTEM}\\Control\\Terminal Server"
TERMINAL_TCP = f"{TERMINAL}\\WinStations\\RDP-Tcp"
TERMINAL_POLICY = f"{_POLICIES}\\Windows NT\\Terminal Services"
UAC = f"{_SOFTWARE}\\Policies\\System"
UPDATES = f"{_POLICIES}\\Windows\\WindowsUpdate\\AU"
SIGN_IN = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
SMB_SERVER = f"{_SYSTEM}\\Services\\LanmanServer\\Parameters"
SMB1_CLIENT = f"{_SYSTEM}\\Services\\mrxsmb10"
SSH = f"{_SYSTEM}\\Services\\sshd"

_OFF_ON: Mapping[int | None, str] = {0: "disabled", 1: "enabled"}
_ON_OFF: Mapping[int | None, str] = {0: "enabled", 1: "disabled"}
_PROMPTS: Mapping[int | None, str] = {
    0: "never",
    1: "credentials-on-secure-desktop",
    2: "consent-on-secure-desktop",
    3: "credentials",
    4: "consent",
    5: "consent-for-other-programs",
}
_UPDATES: Mapping[int | None, str] = {
    1: "off",
    2: "check",
    3: "download",
    4: "install",
    5: "chosen-locally",
    7: "download",
}
"""AUOptions."""
_STARTS: Mapping[int | None, str] = {
    0: "enabled",
    1: "enabled",
    2: "enabled",
    3: "on-demand",
    4: "disabled",
}
"""Start of a service's key."""
_GUEST = "-501"
"""End of the SID of the guest account, whatever its name."""
_SYSTEM_DEFAULT = "system-default"


def _number(host: Host, path: str, name: str) -> int | None:
    value = registry(host, path, name).get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:2])  # AutoAdminLogon is a text
    return figure(value)


def _first(host: Host, name: str, *paths: str) -> tuple[int | None, str]:
    """Return a number of a policy's key, else of the machine's, and which it was."""
    for path in paths:
        value = _number(host, path, name)
        if value is not None:
            policy = path.startswith(_POLICIES)
            return value, "policy" if policy else "registry"
    return None, "registry"


def secure_boot(host: Host, want: Want) -> Iterator[Setting]:
    """Read whether the firmware starts signed systems only."""
    del want
    value = "not-supported"  # the key is made where there is EFI
    try:
        name = "UEFISecureBootEnabled"
        told = windows(host).registry(SECURE_BOOT, frozenset({name})).get(name)
    except NotFoundError:
        yield from setting("secure_boot", value, "registry")
        return
    yield from setting("secure_boot", _OFF_ON.get(figure(told)), "registry")


def tpm(host: Host, want: Want) -> Iterator[Setting]:
    """Read which TPM Windows knows; administrators only."""
    del want
    wanted = frozenset({"SpecVersion"})
    rows = windows(host).wmi(WmiClass.TPM, wanted)
    value = "absent"
    for row in rows[:1]:
        value = parse_tpm(words(row.get("SpecVersion")) or "")
    yield from setting("tpm", value, "wmi")


def parse_tpm(versions: str) -> str:
    """Return the version of the specification that comes first: "2.0, 0, 1.59"."""
    first = versions.partition(",")[0].strip()
    return first if first in {"1.2", "2.0"} else "present"


def updates(host: Host, want: Want) -> Iterator[Setting]:
    """Read what Windows Update does by itself."""
    del want
    if _number(host, UPDATES, "NoAutoUpdate") == 1:
        yield from setting("automatic_updates", "off", "policy")
        return
    options = _number(host, UPDATES, "AUOptions")
    if options is None:
        yield from setting("automatic_updates", _SYSTEM_DEFAULT, "default")
    yield from setting("automatic_updates", _UPDATES.get(options), "policy")


def remote_desktop(host: Host, want: Want) -> Iterator[Setting]:
    """Read whether Remote Desktop lets people in, and asks who they are before."""
    del want
    denies, source = _first(host, "fDenyTSConnections", TERMINAL_POLICY, TERMINAL)
    yield from setting("rdp", _ON_OFF.get(denies), source)
    first, source = _first(host, "UserAuthentication", TERMINAL_POLICY, TERMINAL_TCP)
    yield from setting("rdp.network_level_authentication", _OFF_ON.get(first), source)


def accounts(host: Host, want: Want) -> Iterator[Setting]:
    """Read what stands between a person and the machine."""
    del want
    value = _OFF_ON.get(_number(host, UAC, "EnableLUA"))
    yield from setting("uac", value, "registry")
    prompt = _PROMPTS.get(_number(host, UAC, "ConsentPromptBehaviorAdmin"))
    yield from setting("uac.administrator_prompt", prompt, "registry")
    automatic = _number(host, SIGN_IN, "AutoAdminLogon") or 0
    yield from setting("automatic_sign_in", _OFF_ON.get(automatic), "registry")


def guest(host: Host, want: Want) -> Iterator[Setting]:
    """Read whether anybody may sign in as a guest."""
    for row in windows(host).ask(Source.ACCOUNTS, frozenset({"sid", "enabled"})):
        want.check()
        if (words(row.get("sid")) or "").endswith(_GUEST):
            word = "enabled" if row.get("enabled") else "disabled"
            yield from setting("guest_account", word, "accounts")


def file_sharing(host: Host, want: Want) -> Iterator[Setting]:
    """Read whether the oldest form of file sharing is spoken."""
    del want
    server = _number(host, SMB_SERVER, "SMB1")
    known = _SYSTEM_DEFAULT if server is None else _OFF_ON.get(server)
    source = "default" if server is None else "registry"
    yield from setting("smb1.server", known, source)
    start = _number(host, SMB1_CLIENT, "Start")
    word = "absent" if start is None else _STARTS.get(start)
    yield from setting("smb1.client", word, "services")


def ssh_server(host: Host, want: Want) -> Iterator[Setting]:
    """Read whether the SSH server starts by itself."""
    del want
    start = _number(host, SSH, "Start")
    word = "absent" if start is None else _STARTS.get(start)
    yield from setting("ssh", word, "services")


def ssh_settings(host: Host, want: Want) -> Iterator[Setting]:
    """Read how the SSH server lets people in; administrators only."""
    del want
    if _number(host, SSH, "Start") is not None:
        yield from sshd.settings(host, sshd.WINDOWS)


SOURCES = (
    secure_boot,
    tpm,
    updates,
    remote_desktop,
    accounts,
    guest,
    file_sharing,
    ssh_server,
    ssh_settings,
)
