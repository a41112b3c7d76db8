# SPDX-License-Identifier: Apache-2.0
"""Examples of disk encryption: layers as installers make them, and damaged ones.

Not here: reading them (`disk_encryption.py`).
"""

from collections.abc import Mapping

from agent.collectors._linux.layers import BLOCKS, BTRFS
from agent.rows import Example
from wire.catalogue import System
from wire.values import Value

_MOUNTS = "/proc/self/mounts"
_POINT = "system.filesystem.mountpoint"
_VIRTIO = "/sys/devices/pci0000:00"
_DISK = "../../devices/pci0000:00/nvme/nvme0/nvme0n1"


def _row(device: str | None, point: str | None, **values: Value) -> Mapping[str, Value]:
    known = {"system.device": device, _POINT: point, **values}
    return {name: value for name, value in known.items() if value is not None}


def _mapped(block: str, name: str, uuid: str, *below: str) -> Mapping[str, bytes]:
    """Return the files of a mapping: its name, its UUID and what is below."""
    return {
        f"{BLOCKS}/{block}/dm/name": f"{name}\n".encode(),
        f"{BLOCKS}/{block}/dm/uuid": f"{uuid}\n".encode(),
        **{f"{BLOCKS}/{block}/slaves/{item}/": b"" for item in below},
    }


_LINUX = (
    Example(
        System.LINUX,
        "Composed as Debian's installer makes it: LVM on LUKS, /boot and EFI plain.",
        rows=(
            _row("/dev/mapper/vg-root", "/", encrypted=True, method="luks2"),
            _row("/dev/nvme0n1p2", "/boot", encrypted=False),
            _row("/dev/nvme0n1p1", "/boot/efi", encrypted=False),
        ),
        files={
            _MOUNTS: b"/dev/mapper/vg-root / ext4 rw,relatime 0 0\n"
            b"proc /proc proc rw 0 0\n"
            b"/dev/nvme0n1p2 /boot ext2 rw,relatime 0 0\n"
            b"/dev/nvme0n1p1 /boot/efi vfat rw,relatime 0 0\n"
            b"files.example.test:/ada /mnt nfs4 rw 0 0\n",
            **_mapped(
                "dm-0",
                "nvme0n1p3_crypt",
                "CRYPT-LUKS2-3f0c9a5d2b6e4f7189abcdef01234567-nvme0n1p3_crypt",
                "nvme0n1p3",
            ),
            **_mapped("dm-1", "vg-root", "LVM-Wd3kPq0aXyZ", "dm-0"),
            f"/sys{_DISK[5:]}/nvme0n1p1/partition": b"1\n",
            f"/sys{_DISK[5:]}/nvme0n1p2/partition": b"2\n",
        },
        links={
            f"{BLOCKS}/nvme0n1": _DISK,
            f"{BLOCKS}/nvme0n1p1": f"{_DISK}/nvme0n1p1",
            f"{BLOCKS}/nvme0n1p2": f"{_DISK}/nvme0n1p2",
        },
    ),
    Example(
        System.LINUX,
        "Composed: LUKS below a RAID and above one, a volume of which half is plain, "
        "a btrfs on two disks, and a mapping that only checks.",
        rows=(
            _row("/dev/md0p1", "/", encrypted=True, method="luks1"),
            _row("/dev/mapper/data", "/data", encrypted=True, method="plain"),
            _row("/dev/vg/mixed", "/mixed", encrypted=False, method="luks2"),
            _row("/dev/mapper/one", "/pool", encrypted=True, method="luks1,luks2"),
            _row("/dev/mapper/usr", "/usr", encrypted=False),
        ),
        files={
            _MOUNTS: b"/dev/md0p1 / ext4 rw 0 0\n/dev/mapper/data /data xfs rw 0 0\n"
            b"/dev/vg/mixed /mixed ext4 rw 0 0\n/dev/mapper/one /pool btrfs rw 0 0\n"
            b"/dev/mapper/usr /usr ext4 ro 0 0\n",
            "/sys/devices/virtual/block/md0/md0p1/partition": b"1\n",
            "/sys/devices/virtual/block/md0/slaves/dm-0/": b"",
            "/sys/devices/virtual/block/md0/slaves/dm-1/": b"",
            **_mapped("dm-0", "a", "CRYPT-LUKS1-00-a", "sda1"),
            **_mapped("dm-1", "b", "CRYPT-LUKS1-01-b", "sdb1"),
            **_mapped("dm-2", "data", "CRYPT-PLAIN-data", "md1"),
            **_mapped("dm-3", "vg-mixed", "LVM-x", "dm-4", "sdd1"),
            **_mapped("dm-4", "one", "CRYPT-LUKS2-02-one", "sdc1"),
            **_mapped("dm-5", "usr", "CRYPT-VERITY-03-usr", "sda2"),
            f"{BTRFS}/features/": b"",
            f"{BTRFS}/6b2e3f8e/devices/dm-0/": b"",
            f"{BTRFS}/6b2e3f8e/devices/dm-4/": b"",
        },
        links={
            f"{BLOCKS}/md0": "../../devices/virtual/block/md0",
            f"{BLOCKS}/md0p1": "../../devices/virtual/block/md0/md0p1",
            "/dev/vg/mixed": "../dm-3",
        },
    ),
    Example(
        System.LINUX,
        "Composed: devices that are not there, a loop, a ZFS and junk: not known.",
        rows=(
            _row("/dev/root", "/"),
            _row("/dev/loop0", "/img"),
            _row(None, "/tank"),
            _row("/dev/mapper/\ufffd", "/x"),
            _row("/dev/dm-0", "/ring"),
        ),
        files={
            _MOUNTS: b"/dev/root / ext4 rw 0 0\n/dev/loop0 /img ext4 rw 0 0\n"
            b"tank /tank zfs rw 0 0\n/dev/mapper/\xff /x ext4 rw 0 0\n\xff\xfe\n"
            b"/dev/dm-0 /ring ext4 rw 0 0\n",
            f"{BLOCKS}/loop0/": b"",
            **_mapped("dm-0", "ring", "\ufffd", "dm-1"),
            **_mapped("dm-1", "ring2", "CRYPT-", "dm-0"),
        },
    ),
    Example(
        System.LINUX,
        "Composed: a container sees its own root only, which is on no device.",
        rows=(),
        files={_MOUNTS: b"overlay / overlay rw,lowerdir=/x 0 0\n"},
    ),
    Example(
        System.LINUX,
        "Recorded (Debian 12, Linux 6.1.192, cryptsetup 2.6, LVM 2.03, mdadm 4.2): "
        "LVM on LUKS, a partition of a RAID on LUKS, plain dm-crypt, a btrfs of two.",
        rows=(
            _row("/dev/vda1", "/mnt/boot", encrypted=False),
            _row("/dev/mapper/vg-root", "/mnt/root", encrypted=True, method="luks2"),
            _row("/dev/md0p1", "/mnt/raid", encrypted=True, method="luks1"),
            _row(
                "/dev/mapper/plain_crypt", "/mnt/plain", encrypted=True, method="plain"
            ),
            _row("/dev/vde", "/mnt/pool", encrypted=False),
        ),
        files={
            _MOUNTS: b"rootfs / rootfs rw,size=230200k,nr_inodes=57550,inode64 0 0\n"
            b"proc /proc proc rw,relatime 0 0\nsys /sys sysfs rw,relatime 0 0\n"
            b"t /run tmpfs rw,relatime,inode64 0 0\n"
            b"/dev/vda1 /mnt/boot ext4 rw,relatime 0 0\n"
            b"/dev/mapper/vg-root /mnt/root ext4 rw,relatime 0 0\n"
            b"/dev/md0p1 /mnt/raid ext4 rw,relatime 0 0\n"
            b"/dev/mapper/plain_crypt /mnt/plain ext4 rw,relatime 0 0\n"
            b"/dev/vde /mnt/pool btrfs rw,relatime,space_cache=v2,subvolid=5,subvol=/"
            b" 0 0\n",
            **_mapped(
                "dm-0",
                "vda2_crypt",
                "CRYPT-LUKS2-413c3bbb1b7645f6beb9fabfcfa0a869-vda2_crypt",
                "vda2",
            ),
            **_mapped(
                "dm-1",
                "vg-root",
                "LVM-V39piNt40nxudMQXsujHtAGRr9eKHLATWcr3LootbS7eC9Q66DzVwfvfzeSm3Nh1",
                "dm-0",
            ),
            **_mapped(
                "dm-2",
                "vdb_crypt",
                "CRYPT-LUKS1-5ecad6346d774e61a232ea8ce3398aea-vdb_crypt",
                "vdb",
            ),
            **_mapped(
                "dm-3",
                "vdc_crypt",
                "CRYPT-LUKS1-e3f2c8591cc642318cf69ec1f17e5e6b-vdc_crypt",
                "vdc",
            ),
            **_mapped("dm-4", "plain_crypt", "CRYPT-PLAIN-plain_crypt", "vdd"),
            "/sys/devices/virtual/block/md0/slaves/dm-2/": b"",
            "/sys/devices/virtual/block/md0/slaves/dm-3/": b"",
            "/sys/devices/virtual/block/md0/md0p1/partition": b"1\n",
            f"{_VIRTIO}/virtio0/block/vda/vda1/partition": b"1\n",
            f"{_VIRTIO}/virtio4/block/vde/": b"",
            f"{BTRFS}/features/": b"",
            f"{BTRFS}/cadb20db-72cb-4b9b-8c4c-377b2dece705/devices/vde/": b"",
            f"{BTRFS}/cadb20db-72cb-4b9b-8c4c-377b2dece705/devices/vdf/": b"",
        },
        links={
            f"{BLOCKS}/md0": "../../devices/virtual/block/md0",
            f"{BLOCKS}/md0p1": "../../devices/virtual/block/md0/md0p1",
            f"{BLOCKS}/vda1": "../../devices/pci0000:00/virtio0/block/vda/vda1",
            f"{BLOCKS}/vde": "../../devices/pci0000:00/virtio4/block/vde",
        },
    ),
)

_WINDOWS = (
    Example(
        System.WINDOWS,
        "Composed: a system volume, one that is suspended, one that is being "
        "encrypted, one that is locked and a plain one without a letter.",
        rows=(
            _row(
                "Volume{0c0ffee0-0000-0000-0000-000000000001}",
                "C:\\",
                encrypted=True,
                state="encrypted",
                method="bitlocker-xts-aes-128",
                protection_on=True,
            ),
            _row(
                "Volume{0c0ffee0-0000-0000-0000-000000000002}",
                "D:\\",
                encrypted=True,
                state="encrypted",
                method="bitlocker-aes-256",
                protection_on=False,
            ),
            _row(
                "Volume{0c0ffee0-0000-0000-0000-000000000003}",
                "E:\\",
                encrypted=False,
                state="encrypting",
                method="bitlocker-xts-aes-256",
                protection_on=False,
            ),
            _row("Volume{0c0ffee0-0000-0000-0000-000000000004}", "F:\\"),
            _row(
                "Volume{0c0ffee0-0000-0000-0000-000000000005}",
                None,
                encrypted=False,
                state="decrypted",
                protection_on=False,
            ),
        ),
        facts={
            "wmi": {
                "Win32_EncryptableVolume": tuple(
                    {
                        "DeviceID": "\\\\?\\Volume{0c0ffee0-0000-0000-0000-"
                        f"00000000000{number}}}\\",
                        "DriveLetter": letter,
                        "ConversionStatus": state,
                        "EncryptionMethod": method,
                        "ProtectionStatus": protection,
                    }
                    for number, letter, state, method, protection in (
                        (1, "C:", 1, 6, 1),
                        (2, "D:", 1, 4, 0),
                        (3, "E:", 2, 7, 0),
                        (4, "F:", None, None, 2),
                        (5, None, 0, 0, 0),
                    )
                )
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: numbers that Windows does not have, and a device of another form.",
        rows=(_row("\ufffd", None),),
        facts={
            "wmi": {
                "Win32_EncryptableVolume": (
                    {
                        "DeviceID": "\ufffd",
                        "DriveLetter": 7,
                        "ConversionStatus": 99,
                        "EncryptionMethod": -1,
                        "ProtectionStatus": "1",
                    },
                )
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: no volume could be encrypted.",
        rows=(),
        facts={"wmi": {"Win32_EncryptableVolume": ()}},
    ),
)

EXAMPLES = _LINUX + _WINDOWS
