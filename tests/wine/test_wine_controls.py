# SPDX-License-Identifier: Apache-2.0
"""What the service does when Windows tells it something, and how it is set.

Rules: the real handler, agent and service manager, under Wine.
Stated limit: Wine tells a service neither that the machine goes down nor that it wakes:
the handler is called by another thread of the service, as the service manager does.
Not here: stop and reload, which commands tell (`test_wine_package.py`).
"""

from pathlib import Path

import pytest
from wine_fixture import ROOT, Windows, path

pytestmark = [pytest.mark.wine, pytest.mark.slow]

STOP, INTERROGATE, SHUTDOWN, PARAMCHANGE = 1, 4, 5, 6
POWER, SESSION, PRESHUTDOWN, NONE_SUCH = 13, 14, 15, 200
SUSPENDS, RESUMED, BATTERY = 4, 0x12, 10
CONSOLE, REMOTE, SIGNED_IN, UNLOCKED, LOCKED, SIGNED_OUT = 1, 3, 5, 8, 7, 6
UNKNOWN = 120
WAKES = r"""
import json, sys, threading, time
from service.contract import Part
from service.thread_stop import ThreadStop
from service.windows_host import _Service

told, rested = [], {}

def rests(number, stop):
    began = time.monotonic()
    stop.rest(20)
    rested[number] = time.monotonic() - began

def hears(service, control, event):
    told.append(service.hear(control, event))

threads = []
for number, (control, event) in enumerate(json.loads(sys.argv[1])):
    service = _Service(Part.AGENT, ())
    service._stop = ThreadStop()
    threads.append(threading.Thread(target=rests, args=(number, service._stop)))
    threads[-1].start()
    other = threading.Thread(target=hears, args=(service, control, event))
    other.start()
    other.join()
for thread in threads:
    thread.join()
woken = [rested[number] < 10 for number in range(len(threads))]
print(json.dumps(list(zip(woken, told))))
"""
"""All rest at once, and so long that no machine is too busy to tell who was woken."""
GOES_DOWN = r"""
import json, sys, time, win32service as w
folder, program, control = sys.argv[1:]
manager = w.OpenSCManager(None, None, w.SC_MANAGER_CREATE_SERVICE)
command = f'"{sys.executable}" "{program}" "{folder}"'
one = w.CreateService(
    manager, "ControlsOfATest", "", w.SERVICE_ALL_ACCESS, w.SERVICE_WIN32_OWN_PROCESS,
    w.SERVICE_DEMAND_START, w.SERVICE_ERROR_NORMAL, command, None, 0, None, None, None)

def until(wanted):
    end = time.monotonic() + 120
    while w.QueryServiceStatus(one)[1] != wanted:
        assert time.monotonic() < end, w.QueryServiceStatus(one)
        time.sleep(0.1)

try:
    w.StartService(one, None)
    until(w.SERVICE_RUNNING)
    accepted = w.QueryServiceStatus(one)[2]
    with open(folder + "\\control", "w") as file:
        file.write(control)
    until(w.SERVICE_STOPPED)
    print(json.dumps([accepted, w.QueryServiceStatus(one)[3]]))
finally:
    w.DeleteService(one)
"""
SET = r"""
import json, pywintypes, sys, win32service as w
from pathlib import PureWindowsPath
from service import windows_rights as rights, windows_service as service

unknown = service.set_up(PureWindowsPath(r"C:\nowhere\python.exe"))
try:
    found = {}
    manager = w.OpenSCManager(None, None, w.SC_MANAGER_CONNECT)
    one = w.OpenService(manager, rights.SERVICE, w.SERVICE_QUERY_CONFIG)
    start, account = (w.QueryServiceConfig(one)[index] for index in (1, 7))
    for name, (level, wanted) in service._settings():
        try:
            found[name] = w.QueryServiceConfig2(one, level) == wanted
        except pywintypes.error as problem:
            if problem.winerror != 124:  # ERROR_INVALID_LEVEL
                raise
    w.CloseServiceHandle(one)
finally:
    service.remove()
wanted = {name: item[1] for name, item in service._settings()}
print(json.dumps([start, account, list(unknown), found, wanted]))
"""
LOADED = """
import json, sys
import service.windows, service.windows_host, service.windows_install
heavy = ("cryptography", "agent.state", "agent.host.spawned", "agent.updates")
print(json.dumps([name for name in heavy if name in sys.modules]))
"""


def test_the_service_manager_waits_for_no_import(windows: Windows) -> None:
    """Agent and installer answer the service manager before the agent is loaded."""
    assert windows.told(LOADED) == []


def test_what_wakes_it(windows: Windows) -> None:
    """A machine that wakes and somebody who comes have it look; nothing else does."""
    told = [
        *((POWER, RESUMED), (POWER, SUSPENDS), (POWER, BATTERY)),
        *((SESSION, event) for event in (CONSOLE, REMOTE, SIGNED_IN, UNLOCKED)),
        *((SESSION, event) for event in (LOCKED, SIGNED_OUT)),
        *((PARAMCHANGE, 0), (NONE_SUCH, 0)),
    ]
    found = windows.told(WAKES, str([list(one) for one in told]))
    wakes = [True, False, False, True, True, True, True, False, False, True, False]
    codes = [0] * 10 + [UNKNOWN]
    assert found == [list(one) for one in zip(wakes, codes, strict=True)]


@pytest.mark.parametrize("control", [SHUTDOWN, PRESHUTDOWN])
def test_it_ends_with_the_machine(
    windows: Windows, tmp_path: Path, control: int
) -> None:
    """Told that the machine goes down it ends in order, and had asked to be told."""
    (tmp_path / "state").mkdir()
    program = path(ROOT / "tests/wine/controls_program.py")
    found = windows.told(GOES_DOWN, path(tmp_path), program, str(control))
    accepted, code = found  # type: ignore[misc]  # as the script prints it
    every = {0x1: "stop", 0x4: "shutdown", 0x8: "settings", 0x40: "power"}
    every |= {0x80: "sessions", 0x100: "preshutdown"}
    assert [name for bit, name in every.items() if not accepted & bit] == []
    assert code == 0


def test_how_it_is_set(windows: Windows) -> None:
    """What Windows is told of the service is read back; what Wine lacks is named."""
    found = windows.told(SET)
    start, account, unknown, same, wanted = found  # type: ignore[misc]  # as above
    assert (start, account) == (2, r"NT SERVICE\DiscreetAgent")
    assert all(same.values()), same
    assert {"description", "preshutdown"} <= {*same}
    assert {*unknown} <= {
        *("service-sid", "privileges", "delayed-start"),
        *("restarts", "restarts-of-errors"),
    }
    restricted = 3
    assert wanted["service-sid"] == restricted
    assert wanted["privileges"] == ["SeChangeNotifyPrivilege"]
    assert wanted["delayed-start"] is True
    assert wanted["restarts-of-errors"] is True
    seconds = [after // 1000 for _, after in wanted["restarts"]["Actions"]]
    assert seconds == [5, 60, 300]
