# SPDX-License-Identifier: Apache-2.0
"""A desktop's own interface for notices: prints each as it comes, for one test.

Rules: run by the system's Python, which has the bindings; a button that is named on the
command line is pressed as soon as it is shown; waits until it is ended.
Not here: any expectation.
"""

import json
import sys
import time

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
TRIES = 100
NUMBER, CLOSED = 1, 3
PRESSED = (sys.argv[1:] or [""])[0]


class Desktop(dbus.service.Object):
    """Takes notices."""

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, application, replaces, icon, title, text, acts, hints, expires):  # noqa: ANN001, ANN201, D102, N802, PLR0913, PLR0917 - as the interface has it
        del icon, expires
        told = {
            "application": application,
            "title": title,
            "text": text,
            "urgency": int(hints["urgency"]),
            "acts": list(acts),
            "replaces": int(replaces),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        if PRESSED in acts:
            GLib.timeout_add(100, self.ActionInvoked, NUMBER, PRESSED)
        return NUMBER

    @dbus.service.method(NAME, in_signature="u")
    def CloseNotification(self, number):  # noqa: ANN001, ANN201, D102, N802 - as above
        self.NotificationClosed(number, CLOSED)

    @dbus.service.signal(NAME, signature="uu")
    def NotificationClosed(self, number, why):  # noqa: ANN001, ANN201, D102, N802 - as above
        del number, why

    @dbus.service.signal(NAME, signature="us")
    def ActionInvoked(self, number, act):  # noqa: ANN001, ANN201, D102, N802 - as above
        del number, act

    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):  # noqa: ANN201, D102, N802 - as above
        return "test", "test", "1", "1.2"

    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):  # noqa: ANN201, D102, N802 - as above
        return ["actions", "body", "body-markup"]


def main() -> None:
    """Wait for the bus, take the name, and serve."""
    DBusGMainLoop(set_as_default=True)
    for _ in range(TRIES):
        try:
            bus = dbus.SessionBus()
            break
        except dbus.DBusException:
            time.sleep(0.05)
    else:
        return
    name = dbus.service.BusName(NAME, bus)
    desktop = Desktop(bus, PATH)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()
    del name, desktop


if __name__ == "__main__":
    main()
