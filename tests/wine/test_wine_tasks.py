# SPDX-License-Identifier: Apache-2.0
"""The Task Scheduler's reader over real COM, with a scheduler that stands in.

Rules: the stand-in's objects are asked through IDispatch, late bound, as Windows' own;
Wine's scheduler answers to no name, so it cannot be asked itself.
Not here: what is made of the rows (`agent/collectors/scheduled_tasks.py`).
"""

import pytest
from wine_fixture import Windows

pytestmark = [pytest.mark.wine, pytest.mark.slow]
SCRIPT = r"""
import datetime as dt, json, time
import pythoncom, pywintypes, win32com.client
from win32com.server.util import NewCollection, wrap

class Thing:
    def __init__(self, **values):
        self.__dict__.update(values, _public_methods_=[], _public_attrs_=list(values))

class Folder:
    _public_methods_ = ["GetFolders", "GetTasks"]
    def __init__(self, folders, tasks):
        self.folders, self.tasks = folders, tasks
    def GetFolders(self, flags):
        return NewCollection(self.folders)
    def GetTasks(self, flags):
        return NewCollection(self.tasks)

class Service:
    _public_methods_ = ["Connect", "GetFolder"]
    def Connect(self):
        pass
    def GetFolder(self, path):
        return root

def thing(**values):
    return wrap(Thing(**values))

pythoncom.CoInitialize()
ran = dt.datetime(2026, 1, 2, 3, 4, 5)
sound = thing(
    Path="\\Example\\Backup", Enabled=True, LastTaskResult=-2147024894,
    LastRunTime=pywintypes.Time(ran), NextRunTime=None,
    Definition=thing(
        Principal=thing(UserId="", GroupId="Users"),
        Triggers=NewCollection([thing(Type=2), thing(Type=9)]),
        Actions=NewCollection([
            thing(Type=5),
            thing(Type=0, Path='"C:\\Program Files\\App\\my app.exe" /key:hunter2'),
        ]),
    ),
)
damaged = thing(Path="\\damaged", Enabled=False)
root = wrap(Folder([wrap(Folder([], [sound]))], [damaged]))
real, service = win32com.client.Dispatch, wrap(Service())
win32com.client.Dispatch = lambda name, *more: (
    real(service) if name == "Schedule.Service" else real(name, *more)
)
from agent.host import windows_tasks
from agent.host.windows_named import Source
from agent.host.windows_interface import FIELDS
rows = list(windows_tasks.tasks(FIELDS[Source.TASKS]))
local = int(time.mktime(ran.timetuple()))
print(json.dumps([{k: v for k, v in row.items() if v is not None} for row in rows]))
assert rows[1]["last_run"] == local
"""


def test_tasks_are_read_over_com(windows: Windows) -> None:
    """A task gives its fields and no argument; a damaged one gives what it has."""
    told = windows.told(SCRIPT)
    assert isinstance(told, list)
    assert isinstance(told[1].pop("last_run"), int)
    assert told == [
        {"name": "\\damaged", "enabled": False},
        {
            "name": "\\Example\\Backup",
            "enabled": True,
            "last_result": 0x80070002,
            "program": "my app.exe",
            "run_as": "Users",
            "triggers": "2,9",
        },
    ]
