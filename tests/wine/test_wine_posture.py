# SPDX-License-Identifier: Apache-2.0
"""Security's datasets on Windows, read from its real registry, stores and lists.

Rules: what is expected was put there by Windows' own calls, in the same script.
Not here: what Wine lacks, such as BitLocker and Defender (Examples of the collectors).
"""

import pytest
from wine_fixture import Windows

from agent.collectors._examples.certificates import EXAMPLES

pytestmark = [pytest.mark.wine, pytest.mark.slow]
READ = """
import json, sys
from agent.collectors import collector
from agent.errors import HostError
from agent.host import this_host
from agent.rows import Want
def rows(name, *columns):
    host = this_host()
    item = collector(name)
    found = item.readers[host.system](host, Want(frozenset(columns))).rows
    return [[row.value(column) for column in columns] for row in found]
"""
STORE = """
import ctypes, win32crypt
store = win32crypt.CertOpenStore(13, 0, None, 2 << 16, "MY")
added, other = [
    store.CertAddEncodedCertificateToStore(1, bytes.fromhex(der), 3)
    for der in sys.argv[1:]
]
class Key(ctypes.Structure):
    _fields_ = [("container", ctypes.c_wchar_p), ("provider", ctypes.c_wchar_p),
                ("type", ctypes.c_ulong), ("flags", ctypes.c_ulong),
                ("count", ctypes.c_ulong), ("more", ctypes.c_void_p),
                ("spec", ctypes.c_ulong)]
key = Key("ada", "provider", 1, 0, 0, None, 1)
put = ctypes.windll.crypt32.CertSetCertificateContextProperty
put.argtypes = (ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_void_p)
assert put(int(added.HANDLE), 2, 0, ctypes.byref(key))
commit = 3  # CERT_STORE_CTRL_COMMIT
store.CertControlStore(0, commit, None)
found = rows("certificates", "store", "subject", "private_key_present")
added.CertDeleteCertificateFromStore()
other.CertDeleteCertificateFromStore()
store.CertControlStore(0, commit, None)
own = sorted(row for row in found if row[0] == "machine-personal")
print(json.dumps([own, len(found) > len(own)]))
"""
SETTINGS = """
import winreg
system = "SYSTEM\\\\CurrentControlSet\\\\"
written = {
    system + "Control\\\\SecureBoot\\\\State": ("UEFISecureBootEnabled", 1),
    system + "Control\\\\Terminal Server": ("fDenyTSConnections", 1),
    system + "Services\\\\LanmanServer\\\\Parameters": ("SMB1", 0),
    "SOFTWARE\\\\Policies\\\\Microsoft\\\\Windows\\\\WindowsUpdate\\\\AU":
        ("AUOptions", 4),
}
for path, (name, value) in written.items():
    with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
        winreg.SetValueEx(key, name, 0, winreg.REG_DWORD, value)
found = {row[0]: row[1:] for row in rows("security_settings", "setting", "value",
                                         "source")}
for path, (name, _) in written.items():
    with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
        winreg.DeleteValue(key, name)
print(json.dumps(found))
"""
PRODUCTS = """
import winreg
path = ("SYSTEM\\\\CurrentControlSet\\\\Services\\\\SharedAccess\\\\Parameters"
        "\\\\FirewallPolicy\\\\PublicProfile")
with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
    winreg.SetValueEx(key, "EnableFirewall", 0, winreg.REG_DWORD, 1)
    found = rows("security_products", "kind", "name", "enabled")
    winreg.DeleteValue(key, "EnableFirewall")
print(json.dumps(found))
"""
ENCRYPTION = """
try:
    print(json.dumps(rows("disk_encryption", "encrypted")))
except HostError as problem:
    print(json.dumps([type(problem).__name__, problem.reason]))
"""


def test_certificates_of_the_machine(windows: Windows) -> None:
    """Certificates of the machine's own store are told, and which have a key there."""
    listed = EXAMPLES[4].facts["certificates"]
    assert isinstance(listed, tuple)
    given = (listed[0]["certificate"], listed[2]["certificate"])
    assert windows.told(READ + STORE, *given) == [
        [
            ["machine-personal", "Example CA 1", False],
            ["machine-personal", "www.example.test", True],
        ],
        True,
    ]


def test_settings_of_the_registry(windows: Windows) -> None:
    """What the registry sets is told, with where it is set."""
    told = windows.told(READ + SETTINGS)
    assert isinstance(told, dict)
    wanted = ("secure_boot", "rdp", "smb1.server", "automatic_updates")
    assert {name: told[name] for name in wanted} == {
        "secure_boot": ["enabled", "registry"],
        "rdp": ["disabled", "registry"],
        "smb1.server": ["disabled", "registry"],
        "automatic_updates": ["install", "policy"],
    }


def test_a_firewall_of_the_registry(windows: Windows) -> None:
    """A profile of the firewall that is on is told as on."""
    told = windows.told(READ + PRODUCTS)
    assert isinstance(told, list)
    assert ["firewall", "Windows Firewall (public)", True] in told


def test_no_bitlocker(windows: Windows) -> None:
    """Without BitLocker, Windows' reader says so and claims nothing."""
    told = windows.told(READ + ENCRYPTION)
    assert told == ["UnsupportedError", "no-bitlocker"]
