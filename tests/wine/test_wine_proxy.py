# SPDX-License-Identifier: Apache-2.0
"""The proxy of Windows' own settings is read from its registry.

Rules: a real registry; what is written there is taken away again.
Not here: what the settings mean (`tests/unit/agent/test_system_proxy.py`).
"""

import pytest
from wine_fixture import Windows

pytestmark = [pytest.mark.wine, pytest.mark.slow]
READS = r"""
import argparse, json, struct, winreg
from agent.commands._network import proxy_for
from agent.host.system_proxy import system_proxies
place = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
options = argparse.Namespace(state="Z:\\nowhere", proxy=None)
def taken():
    found = proxy_for("https://collector.example.org:8443", options)
    return None if found is None else [found.host, found.port]
user, machine = winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE
access = winreg.KEY_ALL_ACCESS | winreg.KEY_WOW64_64KEY
told = []
with winreg.CreateKeyEx(user, place, 0, access) as key:
    servers = "http=a:1;https=user.lan:8080"
    winreg.SetValueEx(key, "ProxyServer", 0, winreg.REG_SZ, servers)
    winreg.SetValueEx(key, "ProxyEnable", 0, winreg.REG_DWORD, 1)
    told.append(taken())
    winreg.SetValueEx(key, "ProxyOverride", 0, winreg.REG_SZ, "<local>;*.example.org")
    told.append(taken())
    winreg.SetValueEx(key, "ProxyEnable", 0, winreg.REG_DWORD, 0)
    winreg.SetValueEx(key, "AutoConfigURL", 0, winreg.REG_SZ, "http://wpad/wpad.dat")
    told.append(any(one.script for one in system_proxies()))
    with winreg.CreateKeyEx(machine, place + r"\Connections", 0, access) as services:
        server = b"services.lan:3128"
        octets = struct.pack("<IIII", 0x28, 1, 3, len(server)) + server + bytes(4)
        name = "WinHttpSettings"
        winreg.SetValueEx(services, name, 0, winreg.REG_BINARY, octets)
        told.append(taken())
        winreg.DeleteValue(services, name)
    for name in ("ProxyServer", "ProxyEnable", "ProxyOverride", "AutoConfigURL"):
        winreg.DeleteValue(key, name)
    told.append(taken())
print(json.dumps(told))
"""


def test_a_users_and_the_services_proxy_are_taken(windows: Windows) -> None:
    """This user's proxy is taken with its exceptions, else that of the services."""
    assert windows.told(READS) == [
        ["user.lan", 8_080],
        None,
        True,
        ["services.lan", 3_128],
        None,
    ]
