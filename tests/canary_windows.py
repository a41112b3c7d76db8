# SPDX-License-Identifier: Apache-2.0
r"""A recorded Windows machine on which every value is a canary.

Rules: as on Linux (`canary_machine.py`): beside what is declared lie passwords, product
keys, commands, accounts of services and owners, which are never read.
Not here: sources (`canary_windows_sources.py`), WMI (`canary_windows_wmi.py`), events
(`canary_windows_events.py`), what may be found where (`tests/privacy`).
"""

from dataclasses import dataclass, field
from pathlib import Path

from agent.collectors._windows.appx import CHOCOLATEY, STORE
from agent.collectors._windows.settings import SIGN_IN, SSH
from agent.collectors._windows.steps import PROFILES
from agent.host.interface import KernelFacts
from tests.canary_words import Canaries
from tests.windows_fixture import RecordedWindows

_UNINSTALL = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall"
_VERSION = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
_BIOS = "HKLM\\HARDWARE\\DESCRIPTION\\System\\BIOS"
_PROCESSOR = "HKLM\\HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0"
_SERVICES = "HKLM\\SYSTEM\\CurrentControlSet\\Services"
_TCPIP = f"{_SERVICES}\\Tcpip\\Parameters"
_CONTROL = "HKLM\\SYSTEM\\CurrentControlSet\\Control"
_CONNECTIONS = f"{_CONTROL}\\Network\\{{4D36E972-E325-11CE-BFC1-08002BE10318}}"
_DEFAULT_PRINTER = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Windows"


@dataclass
class WindowsCanaries:
    """The folder of drive C, what is recorded, and the canaries in both.

    Attributes:
        sid: of a local person; a domain's is `visitor`.
        users: names of accounts: a local person's and a visitor's.
        node: name of the machine.
        secrets: values of the registry that nothing may ask for, with their keys.
    """

    root: Path
    canaries: Canaries = field(default_factory=Canaries)
    facts: dict[str, object] = field(default_factory=dict)
    registry: dict[str, dict[str, str | int]] = field(default_factory=dict)
    users: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    node: str = ""
    sid: str = "S-1-5-21-718281828-314159265-577215664-1001"
    visitor: str = "S-1-5-21-141421356-173205080-223606797-1107"

    def host(self) -> RecordedWindows:
        """Return the machine."""
        return RecordedWindows(self.root, {**self.facts, "registry": self.registry})

    def write(self, path: str, content: bytes) -> None:
        """Write a file of drive C."""
        place = self.root / "C" / path.removeprefix("C:\\").replace("\\", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

    def key(self, path: str, **values: str | int) -> None:
        """Record values of a key; an empty text is a canary that is never asked for."""
        found = self.registry.setdefault(path, {})
        for name, value in values.items():
            secret = value == ""
            found[name] = self.canaries.word() if secret else value
            if secret:
                self.secrets.add(f"{path}\\{name}")


def start_windows(root: Path) -> WindowsCanaries:
    """Return the machine with its names and its registry."""
    machine = WindowsCanaries(root)
    _names(machine)
    _version(machine)
    _hardware(machine)
    _profiles(machine)
    _resolvers(machine)
    _programs(machine)
    _settings(machine)
    return machine


def _names(machine: WindowsCanaries) -> None:
    name, known = machine.canaries.name, machine.canaries.known
    columns = ("user_accounts.user.name", "sessions.user.name", "logins.user.name")
    shared = ("processes.process.owner", "group_members.member")
    tasks = ("scheduled_tasks.run_as",)
    machine.users = [name(*columns, *shared, *tasks) for _ in range(2)]
    for sid in (machine.sid, machine.visitor):
        known(sid, "user_accounts.user.id", "group_members.member.id", identity=True)
    machine.node = name("devices.host.name", "event_logs.host.name")
    domain = name("devices.domain", "devices.host.name", "dns_resolvers.search_domains")
    known(domain, "event_logs.host.name")
    machine.facts["kernel"] = KernelFacts(
        "Windows",
        f"{machine.node}.{domain}.example",
        machine.canaries.word("operating_systems.kernel_release"),
        machine.canaries.word(),
        machine.canaries.word("devices.host.arch"),
    )
    machine.key(
        _TCPIP,
        Domain=f"{domain}.example",
        SearchList=f"{domain}.example",
        Hostname="",
        DhcpDomain="",
        ICSDomain="",
    )


def _version(machine: WindowsCanaries) -> None:
    word, own = machine.canaries.word, "operating_systems"
    machine.key(
        _VERSION,
        ProductName=word(f"{own}.os.name"),
        DisplayVersion=word(f"{own}.os.version"),
        CurrentBuild=word(f"{own}.os.build_id"),
        EditionID=word(f"{own}.edition"),
        UBR=7,
        InstallDate=1_700_000_000,
        DigitalProductId="",
        DigitalProductId4="",
        PathName="",
        ProductId="",
        RegisteredOrganization="",
        RegisteredOwner="",
    )
    machine.key(f"{_CONTROL}\\Nls\\Language", InstallLanguage="0409", Default="")
    zone = word("devices.timezone")
    machine.key(
        f"{_CONTROL}\\TimeZoneInformation", TimeZoneKeyName=zone, StandardName=""
    )
    machine.key(
        "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\"
        "SoftwareProtectionPlatform",
        BackupProductKeyDefault="",
    )


def _hardware(machine: WindowsCanaries) -> None:
    word = machine.canaries.word
    machine.key(
        _BIOS,
        SystemManufacturer=word("devices.device.manufacturer"),
        SystemProductName=word("devices.device.model.name"),
        BIOSVersion=word("devices.bios_ver"),
        BIOSReleaseDate="12/02/2021",
        BaseBoardProduct="",
        SystemFamily="",
        SystemSKU="",
    )
    machine.key(
        _PROCESSOR,
        VendorIdentifier=word("hardware.host.cpu.vendor.id"),
        ProcessorNameString=word("hardware.host.cpu.model.name"),
        Identifier=f"Intel64 Family {word('hardware.host.cpu.family')} Model "
        f"{word('hardware.host.cpu.model.id')} Stepping "
        f"{word('hardware.host.cpu.stepping')}",
        PlatformSpecificField1="",
    )
    guid = machine.canaries.known(
        "c0ffee0d-dba1-4fac-8ade-5eed0badf00d", "devices.host.id", identity=True
    )
    machine.key("HKLM\\SOFTWARE\\Microsoft\\Cryptography", MachineGuid=guid, Secret="")


def _profiles(machine: WindowsCanaries) -> None:
    name = machine.canaries.name
    for sid, user in zip((machine.sid, machine.visitor), machine.users, strict=True):
        local = sid == machine.sid
        last = name("user_accounts.home") if local else user
        machine.canaries.known(last, "user_accounts.home")
        machine.key(
            f"{PROFILES}\\{sid}",
            ProfileImagePath=f"C:\\Users\\{last}",
            CentralProfile="",
            Guid="",
        )
        machine.key(f"HKU\\{sid}\\Volatile Environment", APPDATA="", USERNAME="")
    machine.key(
        f"HKU\\{machine.sid}\\{_DEFAULT_PRINTER}",
        Device=f"{machine.canaries.word()},winspool,Ne00:",
        UserSelectedDefault="",
    )
    machine.key(
        f"HKU\\{machine.sid}\\SOFTWARE\\SimonTatham\\PuTTY\\Sessions\\own",
        HostName="",
        ProxyPassword="",
    )


def _resolvers(machine: WindowsCanaries) -> None:
    word, known = machine.canaries.word, machine.canaries.known
    guid = "{0A77C0DE-0000-4000-8000-000000000007}"
    port = word(
        *(
            f"{own}.network.interface.name"
            for own in (
                "dns_resolvers",
                "link_neighbours",
                "network_interfaces",
                "network_neighbours",
                "network_routes",
                "wireless_networks",
            )
        )
    )
    machine.facts["port"] = port
    server = known("10.91.173.53", "dns_resolvers.address", identity=True)
    machine.key(
        f"{_TCPIP}\\Interfaces\\{guid}",
        NameServer=server,
        DhcpIPAddress="10.91.173.64",
        Domain="",
        DhcpServer="",
        IPAddress="",
    )
    machine.secrets -= {f"{_TCPIP}\\Interfaces\\{guid}\\Domain"}  # asked, and not told
    other = "{0A77C0DE-0000-4000-8000-000000000008}"
    given = known("10.91.173.54", "dns_resolvers.address", identity=True)
    machine.key(
        f"{_TCPIP}\\Interfaces\\{other}",
        DhcpNameServer=given,
        DhcpIPAddress="10.91.173.65",
        DhcpDomain=f"{machine.canaries.word()}.example",
    )
    old = "{0A77C0DE-0000-4000-8000-000000000009}"
    machine.key(
        f"{_TCPIP}\\Interfaces\\{old}",
        DhcpNameServer=known("203.0.113.53", identity=True),
        DhcpIPAddress="0.0.0.0",  # noqa: S104 - no lease any more
        DhcpDomain=f"{machine.canaries.word()}.example",
    )
    for one in (guid, other):
        machine.key(f"{_CONNECTIONS}\\{one}\\Connection", Name=port, PnPInstanceID="")


def _programs(machine: WindowsCanaries) -> None:
    word, own = machine.canaries.word, "software"
    places = (
        f"HKLM\\{_UNINSTALL}",
        f"HKLM\\SOFTWARE\\WOW6432Node\\{_UNINSTALL.removeprefix('SOFTWARE' + chr(92))}",
        f"HKU\\{machine.sid}\\{_UNINSTALL}",
    )
    for place in places:
        machine.key(
            f"{place}\\{word()}",
            DisplayName=word(f"{own}.name"),
            DisplayVersion=word(f"{own}.version"),
            Publisher=word(f"{own}.vendor_name"),
            Comments="",
            Contact="",
            DisplayIcon="",
            InstallLocation="",
            InstallSource="",
            ModifyPath="",
            ProductID="",
            ProductKey="",
            QuietUninstallString="",
            RegCompany="",
            RegOwner="",
            UninstallString="",
            URLInfoAbout="",
        )
    machine.key(f"{places[0]}\\{word()}", DisplayName=word(), SystemComponent=1)
    whole = word(f"{own}.name"), word(f"{own}.version"), word(f"{own}.architecture")
    publisher = word(f"{own}.vendor_name")
    full = f"{whole[0]}_{whole[1]}_{whole[2]}__{publisher}"
    machine.key(f"{STORE}\\{machine.sid}\\{full}", Path="")
    machine.key(f"{STORE}\\{word()}\\{word()}_1_x64__x", Path="")
    name = word()
    machine.write(
        f"{CHOCOLATEY}\\{name}\\{name}.nuspec",
        f"<package><metadata><id>{word(f'{own}.name')}</id>"
        f"<version>{word(f'{own}.version')}</version>"
        f"<authors>{word(f'{own}.vendor_name')}</authors><owners>{word()}</owners>"
        f"<projectUrl>https://x:{word()}@example.org</projectUrl>"
        f"<description>{word()}</description></metadata></package>".encode(),
    )


def _settings(machine: WindowsCanaries) -> None:
    word = machine.canaries.word
    machine.key(
        SIGN_IN,
        AutoAdminLogon="1",
        DefaultDomainName="",
        DefaultPassword="",
        DefaultUserName="",
        LastUsedUsername="",
    )
    machine.key(SSH, Start=2, ImagePath="", ObjectName="")
    machine.key(f"{_SERVICES}\\mrxsmb10", Start=4, ImagePath="")
    machine.key(
        f"{_SERVICES}\\LanmanServer\\Parameters", SMB1=0, srvcomment="", Guid=""
    )
    machine.key(
        "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate\\AU",
        AUOptions=4,
        WUServer="",
    )
    profile = f"{_SERVICES}\\SharedAccess\\Parameters\\FirewallPolicy\\PublicProfile"
    machine.key(profile, EnableFirewall=1, LogFilePath="")
    machine.key("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa", Bounds="")
    machine.key("HKLM\\SECURITY\\Policy\\Secrets\\DefaultPassword", CurrVal="")
    machine.key("HKLM\\SAM\\SAM\\Domains\\Account", V="", F="")
    machine.write(
        "C:\\ProgramData\\ssh\\sshd_config",
        f"# {word()}\nPermitRootLogin no\nAllowUsers {word()}\\{word()}\n"
        f"AuthorizedKeysFile C:/Users/{word()}/keys\nMatch Group {word()}\n".encode(),
    )
    for path in (
        "C:\\ProgramData\\ssh\\ssh_host_ed25519_key",
        "C:\\Windows\\Panther\\unattend.xml",
        "C:\\ProgramData\\Microsoft\\Wlansvc\\Profiles\\Interfaces\\x\\y.xml",
        "C:\\Users\\x\\.git-credentials",
    ):
        machine.secrets.add(path)
        machine.write(path, word().encode())
