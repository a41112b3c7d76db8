# SPDX-License-Identifier: Apache-2.0
"""Canaries of the hardware: disks, memory, batteries, sensors, devices, printers.

Rules: serial numbers name the machine; what else a device says of itself, and what a
printer's address, place and users are, is never read.
Not here: the machine's own description (`canary_machine.py`).
"""

import json

from agent.host import smart
from agent.host.interface import DiskUsage
from tests.canary_words import CanaryMachine


def add_hardware(machine: CanaryMachine) -> None:
    """Write the sources of the datasets that tell of the hardware."""
    _disks(machine)
    _file_systems(machine)
    _batteries(machine)
    _sensors(machine)
    _devices(machine)
    _memory(machine)
    _printers(machine)


def _disks(machine: CanaryMachine) -> None:
    word, name = machine.canaries.word, machine.canaries.name
    own = "storage_devices"
    disk = f"/sys/block/{word(f'{own}.system.device')}"
    machine.write(f"{disk}/size", "7000\n")
    serial = name(f"{own}.serial")
    machine.write(f"{disk}/device/vpd_pg80", b"\0\x80\0\x09" + serial.encode())
    machine.values(f"{disk}/device", wwid="", model=f"{own}.model", vpd_pg83="")
    machine.values("/sys/block/sda/device", wwid="", state="disk_health.state")
    machine.values("/sys/block/sda", diskseq="", uuid="")
    told = {
        "device": {"name": f"/dev/{word()}", "protocol": word()},
        "model_name": word(),
        "serial_number": word(),
        "wwn": {"id": word()},
        "smart_status": {"passed": True},
        "ata_smart_attributes": {
            "table": [{"id": 5, "name": word(), "raw": {"string": f"7 {word()}"}}]
        },
        "ata_smart_self_test_log": {"standard": {"table": [word()]}},
    }
    call = " ".join(("smartctl", *smart.ASK, "/dev/sda"))
    machine.programs[call] = json.dumps(told).encode()


def _file_systems(machine: CanaryMachine) -> None:
    word, known = machine.canaries.word, machine.canaries.known
    both = ("file_systems", "disk_encryption")
    devices = [f"{own}.system.device" for own in both]
    group = known(machine.node, *devices)  # as installers name volume groups
    mapping = f"{group}--vg-{word(*devices)}"
    place = word(*(f"{own}.system.filesystem.mountpoint" for own in both))
    user = machine.users[0]
    for own in both:
        known(user, f"{own}.system.filesystem.mountpoint")
    server, share = word(), word("file_systems.system.filesystem.mountpoint")
    machine.write(
        "/proc/self/mounts",
        f"/dev/sda1 / ext4 rw,{word()} 0 0\n"
        f"/dev/mapper/{mapping} /srv/{place} ext4 rw,user={word()} 0 0\n"
        f"/dev/sda2 /home/{user} xfs rw 0 0\n"
        f"//{server}/{word()} /mnt/{share} cifs rw,username={word()},"
        f"pass={word()} 0 0\n"
        f"{word()}:{word()} /mnt/{share}2 nfs4 rw,addr={word()} 0 0\n"
        f"{word()} /run/{word()} tmpfs rw 0 0\n",
    )
    usage = {path: DiskUsage(10**11, 10**10, 9 * 10**10) for path in ("/", "/srv/x")}
    machine.facts["usage"] = usage | {f"/srv/{place}": usage["/"]}
    machine.write("/sys/class/block/dm-0/dm/name", f"{mapping}\n")
    machine.write("/sys/class/block/dm-0/dm/uuid", f"CRYPT-LUKS2-{word()}-{mapping}\n")
    machine.folder("/sys/class/block/sda1")
    machine.secret("/etc/crypttab", "x UUID=1 /etc/{} luks\n")
    machine.secret("/etc/cryptsetup-keys.d/home.key")
    machine.secret("/etc/luks/root.keyfile")
    machine.secret("/etc/fstab", "//x/y /mnt cifs password={} 0 0\n")


def _batteries(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    folder = f"/sys/class/power_supply/{word('batteries.name')}"
    machine.write(f"{folder}/type", "Battery\n")
    machine.values(
        folder,
        manufacturer="batteries.hw.vendor",
        model_name="batteries.hw.model",
        technology="batteries.hw.battery.chemistry",
        status="batteries.hw.battery.state",
        capacity_level="",
        uevent="",
    )
    serial = machine.canaries.name("batteries.hw.serial_number")
    machine.write(f"{folder}/serial_number", f"{serial}\n")
    mouse = f"/sys/class/power_supply/hid-{word()}-battery"
    machine.write(f"{mouse}/type", "Battery\n")
    machine.write(f"{mouse}/scope", "Device\n")
    machine.values(mouse, manufacturer="", model_name="", serial_number="")


def _sensors(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    folder = f"/sys/class/hwmon/{word('sensors.system.device')}"
    machine.write(f"{folder}/temp1_input", "41000\n")
    machine.values(folder, name="sensors.chip", temp1_label="sensors.sensor", uevent="")
    headset = "/sys/class/hwmon/hwmon7"
    address = machine.canaries.known("0ec49a774411", identity=True)
    machine.write(f"{headset}/name", f"headset_{address}\n")
    machine.write(f"{headset}/temp1_input", "30000\n")
    machine.values(headset, temp1_label="")


def _devices(machine: CanaryMachine) -> None:
    word, own = machine.canaries.word, "peripherals"
    card = f"/sys/bus/pci/devices/0{word(f'{own}.address')}"
    machine.write(f"{card}/class", "0x030000\n")
    machine.link(f"{card}/driver", f"../drivers/{word(f'{own}.driver')}")
    machine.values(card, label="", uevent="", config="")
    attached = "/sys/bus/usb/devices/1-1"
    machine.values(
        attached,
        manufacturer=f"{own}.vendor_name",
        product=f"{own}.product_name",
        configuration="",
        uevent="",
    )
    serial = machine.canaries.name(f"{own}.serial")
    machine.write(f"{attached}/serial", f"{serial}\n")
    machine.values(f"{attached}/1-1:1.0", interface="", modalias="")
    screen = f"/sys/class/drm/card0-{word(f'{own}.address')}"
    panel, model = machine.canaries.name(f"{own}.serial"), word(f"{own}.product_name")
    edid = b"\x00\xff\xff\xff\xff\xff\xff\x00\x10\xac\x64\xa0\x4c\x31\x30\x30\x0c\x1d"
    edid = edid.ljust(54, b"\x01") + b"\x01" * 18
    for kind, text in ((0xFF, panel), (0xFC, model), (0xFE, word())):
        edid += bytes((0, 0, 0, kind, 0)) + text.encode().ljust(13, b"\n")
    machine.write(f"{screen}/edid", edid + b"\x00\x7f")
    machine.values(screen, connector_id="")


def structure(kind: int, body: bytes, *strings: str) -> bytes:
    """Return one structure of the firmware's table."""
    texts = b"".join(text.encode() + b"\0" for text in strings) or b"\0"
    return bytes((kind, len(body) + 4, 0, 0x11)) + body + texts + b"\0"


MODULE = bytes.fromhex(
    "0010feff480040000040" "0d000102" "1a8000800c030405" "060100000000"
    "800cb004b004b004"
)  # fmt: skip


def module(machine: CanaryMachine, own: str = "memory_modules") -> bytes:
    """Return the structure of a memory module, between those of other things."""
    word = machine.canaries.word
    named = ("slot", "bank", "vendor_name", "serial", "asset_tag", "model")
    strings = [word(f"{own}.{name}", identity=name == "serial") for name in named]
    return (
        structure(2, bytes(11), word(), word())
        + structure(17, MODULE, *strings)
        + structure(11, b"\1", word())
        + structure(24, b"\xff", word())
    )


def _memory(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    table = structure(0, bytes(14), word(), word()) + module(machine)
    machine.write("/sys/firmware/dmi/tables/DMI", table + structure(127, b""))


def _printers(machine: CanaryMachine) -> None:
    word, user = machine.canaries.word, machine.users[0]
    machine.canaries.inside("printers.name", user)
    machine.write(
        "/etc/cups/printers.conf",
        f"# {word()}\n<DefaultPrinter {word('printers.name')} of {user}>\n"
        f"UUID urn:uuid:{word()}\nInfo {word()}\nLocation {word()}\n"
        f"MakeModel {word('printers.driver')}\n"
        f"AuthInfoRequired {word()}\n"
        f"DeviceURI {word('printers.connection')}://{word()}:{word()}@{word()}/{word()}\n"
        f"State {word('printers.state')}\nStateMessage {word()}\nReason {word()}\n"
        f"Accepting Yes\nShared No\nOpPolicy {word()}\n"
        f"AllowUser {word()}\nDenyUser {word()}\nOption {word()} {word()}\n"
        f"Attribute {word()} {word()}\n</DefaultPrinter>\n"
        f"<Printer plain>\nDeviceURI {word()}\nState !{word()}\n</Printer>\n",
    )
    machine.secret("/etc/cups/classes.conf", "<Class {}>\n</Class>\n")
    machine.secret("/etc/cups/subscriptions.conf", "Owner {}\n")
    machine.secret("/etc/cups/ppd/plain.ppd", "*NickName: {}\n")
    machine.secret("/var/spool/cups/c00001")
    machine.secret("/var/log/cups/page_log", "plain {} 1\n")
