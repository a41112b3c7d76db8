# SPDX-License-Identifier: Apache-2.0
"""What the agent opens while it reads, as the kernel saw it, for each policy.

Rules: the real programs, on this machine and on a tree full of decoys; what is not the
interpreter's or the agent's own counts; each check is shown to catch what it is for.
Not here: what leaves the machine (`test_canaries.py`).
"""

import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from policies import PRESETS
from tests.canary_whole import whole_canary_machine
from tests.trace_fixture import Trace, trace, tracers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="traces Linux"),
]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
READERS = str(HERE / "traced_readers.py")
TRACERS = tracers()
BEST = TRACERS[0]

OWN = re.compile(
    "|".join(
        (
            *(re.escape(str(place)) for place in {sys.prefix, sys.base_prefix, ROOT}),
            r"/(usr/)?lib(64|32)?(/[\w-]+)?/[^/]+\.so(\.\w+)*\Z",
            r"/usr/lib(64)?/(python3|locale/|[\w-]+/gconv/)",
            r"/usr/(local/)?(bin/|lib/|share/locale/|share/zoneinfo/|lib/ssl/)",
            r"/etc/(ld\.so\.\w+|localtime|ssl/openssl\.cnf|locale\.alias)\Z",
            r"/etc/discreet-agent/agent\.toml\Z",
            r"/opt/pyca/",
            r"/dev/(null|urandom)\Z",
            r"/sys/fs/cgroup/|/proc/self/(cgroup|mountinfo)\Z",
        )
    )
)
"""The interpreter, its libraries (some ask how many processors they may use), and the
agent with its settings. Of /usr/lib only what is no data source: see
`test_own_hides_no_source`."""
SOURCES_IN_LIBRARY = ("/usr/lib/systemd/", "/usr/lib/os-release", "/usr/lib/sysimage/")

FORBIDDEN = {
    "password hashes": r"/etc/(g?shadow|security/opasswd)-?\Z",
    "private keys": r"/\.ssh(/|\Z)|/ssh_host_\w+_key\Z|/ssl/private/|/privkey\w*\.pem\Z"
    r"|\.(key|p12|pfx|keytab|jks)\Z|/\.gnupg(/|\Z)|/\.pki(/|\Z)",
    "browsers": r"/\.mozilla(/|\Z)|/\.config/(google-chrome|chromium|BraveSoftware"
    r"|microsoft-edge|opera|vivaldi)(/|\Z)|/snap/(firefox|chromium)/common/",
    "what processes were told": r"/proc/(\d+|self|thread-self)(/task/\d+)?"
    r"/(environ|cmdline|mem|auxv|cwd|root|exe|maps)\Z",
    "cloud credentials": r"/\.(aws|azure|kube|oci|docker)(/|\Z)|/\.config/gcloud(/|\Z)"
    r"|/\.(boto|s3cfg)\Z",
    "networks' keys": r"/etc/NetworkManager/system-connections(/|\Z)|/etc/netplan(/|\Z)"
    r"|/wpa_supplicant[\w-]*\.conf\Z|/var/lib/iwd(/|\Z)|/etc/wireguard(/|\Z)",
    "mail": r"/var/(spool/)?mail(/|\Z)|/Maildir(/|\Z)|/\.(thunderbird|evolution)(/|\Z)",
    "history": r"/\.\w*_?history\Z|/\.(viminfo|lesshst)\Z",
    "keyrings": r"/\.local/share/(keyrings|kwalletd)(/|\Z)|/\.password-store(/|\Z)"
    r"|/\.(netrc|git-credentials|pgpass|my\.cnf)\Z",
    "disk keys": r"/etc/(crypttab\.d|luks|cryptsetup-keys\.d)(/|\Z)",
}
DECOYS = (
    "etc/shadow",
    "etc/shadow-",
    "etc/gshadow",
    "etc/security/opasswd",
    "etc/ssh/ssh_host_ed25519_key",
    "etc/ssl/private/ssl-cert-snakeoil.key",
    "etc/letsencrypt/live/example.test/privkey.pem",
    "etc/krb5.keytab",
    "etc/NetworkManager/system-connections/office.nmconnection",
    "etc/netplan/50-cloud-init.yaml",
    "etc/wpa_supplicant/wpa_supplicant-wlan0.conf",
    "etc/wireguard/wg0.conf",
    "etc/cryptsetup-keys.d/home.key",
    "proc/4242/environ",
    "proc/4242/cmdline",
    "proc/4242/maps",
    "var/lib/iwd/office.psk",
    "var/mail/ada",
    "var/spool/mail/ada",
    *(
        f"{home}/{name}"
        for home in ("root", "home/ada")
        for name in (
            ".aws/credentials",
            ".azure/accessTokens.json",
            ".bash_history",
            ".boto",
            ".config/chromium/Default/Login Data",
            ".config/gcloud/credentials.db",
            ".config/google-chrome/Default/Cookies",
            ".docker/config.json",
            ".git-credentials",
            ".gnupg/private-keys-v1.d/0.key",
            ".kube/config",
            ".lesshst",
            ".local/share/keyrings/login.keyring",
            ".mozilla/firefox/x.default/logins.json",
            ".mysql_history",
            ".netrc",
            ".password-store/a.gpg",
            ".pgpass",
            ".ssh/id_ed25519",
            ".ssh/known_hosts",
            ".thunderbird/x.default/key4.db",
            ".viminfo",
            "Maildir/new/1",
        )
    ),
)
MINIMAL = frozenset({"/etc/os-release"})
"""All that a fresh installation reads."""
BEYOND_MINIMAL = frozenset({"/etc/passwd", "/proc/meminfo", "/proc/net/route"})
"""Some of what `full` reads besides: were they not seen, nothing would be."""
SOCKETS = frozenset({"AF_NETLINK", "AF_UNIX"})
"""Interfaces are asked of the kernel; journalctl and rpm ask for names of accounts."""


def forbidden(paths: Iterable[str]) -> dict[str, str]:
    """Return the paths that nothing may open, each with what it holds."""
    return {
        path: what
        for path in paths
        for what, form in FORBIDDEN.items()
        if re.search(form, path)
    }


def sources(found: Trace, state: Path) -> set[str]:
    """Return what was opened and is no part of interpreter or agent."""
    return {
        path
        for path in found.paths
        if not path.startswith(str(state))
        and (path.startswith(SOURCES_IN_LIBRARY) or not OWN.match(path))
    }


def plant(root: Path) -> None:
    """Write the decoys into a tree."""
    for name in DECOYS:
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("decoy\n")


def preview(tracer: str, folder: Path, policy: str) -> Trace:
    """Trace the agent's reading under a policy, in a home full of decoys."""
    plant(folder / "decoys")
    state = folder / "state"
    state.mkdir(mode=0o700)
    home = str(folder / "decoys" / "home" / "ada")
    arguments = ("-m", "agent", "--state", str(state), "preview", "--json")
    return trace(
        tracer,
        folder,
        *arguments,
        "--rows",
        "0",
        "--policy",
        policy,
        environment={**os.environ, "HOME": home},
    )


@pytest.mark.parametrize("tracer", TRACERS)
def test_minimal_opens_what_it_needs(tracer: str, tmp_path: Path) -> None:
    """A fresh installation opens one data source, and no socket."""
    found = preview(tracer, tmp_path, "minimal")
    assert sources(found, tmp_path) == MINIMAL
    assert found.sockets == frozenset()


@pytest.mark.parametrize("tracer", TRACERS)
def test_full_opens_more(tracer: str, tmp_path: Path) -> None:
    """What only `full` needs is seen there, so that its absence elsewhere tells."""
    found = preview(tracer, tmp_path, "full")
    assert sources(found, tmp_path) >= MINIMAL | BEYOND_MINIMAL
    assert found.sockets >= {"AF_NETLINK"}


@pytest.mark.parametrize("policy", PRESETS)
def test_no_policy_opens_a_secret(policy: str, tmp_path: Path) -> None:
    """No shipped policy opens a forbidden path, nor a socket to another machine."""
    found = preview(BEST, tmp_path, policy)
    assert json.loads(found.output)["datasets"], "nothing was read"
    assert forbidden(found.paths) == {}
    assert found.sockets <= SOCKETS


@pytest.mark.parametrize("tracer", TRACERS)
def test_no_reader_opens_a_secret_here(tracer: str, tmp_path: Path) -> None:
    """No dataset, with every column, opens a forbidden path of this machine."""
    found = trace(tracer, tmp_path, READERS, "/")
    told = json.loads(found.output)
    assert (told["processes"], told["top_processes"]) == ("ok", "ok")
    assert forbidden(found.paths) == {}
    assert found.sockets <= SOCKETS


@pytest.mark.parametrize("tracer", TRACERS)
def test_no_reader_opens_a_decoy(tracer: str, tmp_path: Path) -> None:
    """On a machine that has each of the forbidden files, none is opened."""
    root = tmp_path / "machine"
    secrets = {f"{root}{path}" for path in whole_canary_machine(root).secrets}
    plant(root)
    found = trace(tracer, tmp_path, READERS, str(root))
    assert json.loads(found.output)["user_accounts"] == "ok"
    assert str(root / "etc/passwd") in found.paths
    assert forbidden(found.paths) == {}
    assert len(secrets) > 70
    assert secrets & found.paths == set()


@pytest.mark.parametrize("tracer", TRACERS)
def test_an_opened_decoy_is_seen(tracer: str, tmp_path: Path) -> None:
    """A program that opens the decoys is caught at each of them, and at its socket."""
    plant(tmp_path / "decoys")
    opened = [str(tmp_path / "decoys" / name) for name in DECOYS]
    script = tmp_path / "opener.py"
    script.write_text(
        f"import os, pathlib, socket\nplaces = {opened!r}\n"
        "for place in places[::2]: open(place).close()\n"
        "for place in places[1::2]: os.close(os.open(place, os.O_RDONLY))\n"
        "socket.socket(socket.AF_INET).close()\n"
    )
    found = trace(tracer, tmp_path, str(script))
    assert set(forbidden(found.paths)) == set(opened)
    assert found.sockets == {"AF_INET"}


@pytest.mark.parametrize("tracer", TRACERS)
def test_a_decoy_opened_by_a_child_is_seen(tracer: str, tmp_path: Path) -> None:
    """What a forked child opens, and in which folder it looks, counts too."""
    plant(tmp_path / "decoys")
    opened = str(tmp_path / "decoys" / "home/ada/.netrc")
    folder = str(tmp_path / "decoys" / "home/ada/.ssh")
    script = tmp_path / "opener.py"
    script.write_text(
        "import os\nif os.fork():\n    os.wait()\nelse:\n"
        f"    os.close(os.open({opened!r}, 0)); os.listdir({folder!r}); os._exit(0)\n"
    )
    assert set(forbidden(trace(tracer, tmp_path, str(script)).paths)) == {
        opened,
        folder,
    }


@pytest.mark.parametrize("tracer", TRACERS)
def test_a_source_that_is_too_much_is_seen(tracer: str, tmp_path: Path) -> None:
    """A data source that `minimal` does not need would not go unseen."""
    script = tmp_path / "opener.py"
    script.write_text("import os\nopen('/etc/passwd').close()\nos.listdir('/proc')\n")
    found = sources(trace(tracer, tmp_path, str(script)), tmp_path)
    assert found == {"/etc/passwd", "/proc"}


def test_own_hides_no_source() -> None:
    """No data source is taken for the interpreter's own."""
    state = Path("/nowhere")
    places = frozenset(
        {
            "/etc/passwd",
            "/proc/1/stat",
            "/sys/class/dmi/id/uuid",
            "/usr/lib/systemd/system/cron.service",
            "/usr/lib/sysimage/rpm/rpmdb.sqlite",
            "/var/lib/dpkg/status",
        }
    )
    found = Trace(places | {"/usr/lib/x86_64-linux-gnu/libc.so.6"}, frozenset(), "")
    assert sources(found, state) == places


def test_each_decoy_is_forbidden() -> None:
    """Each decoy is of a kind, and each kind has a decoy."""
    found = forbidden(f"/{name}" for name in DECOYS)
    assert set(found) == {f"/{name}" for name in DECOYS}
    assert set(found.values()) == set(FORBIDDEN)
