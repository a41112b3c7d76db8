# SPDX-License-Identifier: Apache-2.0
"""Words that name nobody, so that hiding them would only spoil a text.

Rules: an ordinary word is left out of the dictionary of known identities only; where
a text itself says that it is a user or a host, it is hidden all the same.
Not here: identities (`identities.py`).
"""

BUILT_IN_ACCOUNTS = frozenset(
    {
        "root",
        "system",
        "local service",
        "localservice",
        "network service",
        "networkservice",
        "anonymous logon",
        "anonymous",
        "administrator",
        "administrators",
        "guest",
        "defaultaccount",
        "wdagutilityaccount",
        "everyone",
        "builtin",
        "nt authority",
        "nt service",
        "font driver host",
        "window manager",
        "localhost",
        "unknown",
        "none",
        "null",
        "nil",
        "(null)",
        "n/a",
        "public",
        "default",
        "default user",
        "all users",
        "shared",
        "removed",
    }
)
"""Accounts that every machine has: shown even where the text says who it was."""

_ORDINARY = """
a about access account active adm admin administrator agent all allow an and any
apache app application apt as at auth authentication avahi backup be bin boot build by
cache call centos check client close closed cloud code com command computer config
connect connected connection console core cpu create cron cups current daemon data
database date db debian debug default delete demo deny desktop dev device devel dhcp
dir disconnect disk display dns do docker domain done down email end engine err error
errors event exec exit fail failed fedora file files for ftp fqdn games gateway get
git gnats gnome go group guest has head help home host hostname http https iban id if
in info init input install internet invalid ip irc is it java job kernel key kvm lan
laptop lib libvirt light linux list live load local localdomain localhost log logging
login logon lp mac mail mailman main man manager master me memory message messages
minimum mobile mode module monitor mysql name nat net network new news nginx no nobody
node node1 none not note null of off office ok on open operator or oracle os out
output owner pam panel password path pc peer phone pi pid ping port postfix postgres
power pre preview print printer private process profile program prod production proxy
public queue raspberrypi read ready redis release remote remove removed report request
reset response restart root router run running rw samba save screen script sd secret
secure security send serial server service services session set setup share shell
shutdown signal slave sleep smtp socket source ssh sshd ssid ssl staging standard
start started state status stop stopped storage store string sudo support switch sync
sys syslog system systemd table tcp temp terminal test testing tests text the this
time tmp to token tool total trace trusted tty type ubuntu udp unit unix unknown up
update upgrade uptime usb use used user username users uucp uuid value vagrant version
via video virtual vm wait wan warn warning web wheel wifi windows with work worker
workgroup workstation write www yes yarn zone zoom may will mark bill rose grant
"""
ORDINARY = frozenset(_ORDINARY.split()) | BUILT_IN_ACCOUNTS
"""Words of every log, products, and names of every machine's accounts."""


TAG_WORDS = frozenset(
    {
        "account",
        "card",
        "domain",
        "host",
        "iban",
        "ip",
        "ip4",
        "ip6",
        "location",
        "mac",
        "machine",
        "mail",
        "national",
        "person",
        "phone",
        "removed",
        "secret",
        "serial",
        "sid",
        "ssid",
        "user",
        "uuid",
    }
)
"""Words that tags are made of: hiding them would hide the tags."""


def is_ordinary(word: str) -> bool:
    """Tell whether a word names nobody, in any case."""
    return word.casefold() in ORDINARY
