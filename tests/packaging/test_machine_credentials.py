# SPDX-License-Identifier: Apache-2.0
"""The collector's master key and an agent's identity as credentials of systemd's.

Rules: the built packages on a machine that a real systemd runs; it decrypts, with the
key of the machine or by a TPM, and the service gets what nobody else does.
Not here: the lock itself (`tests/unit/server/test_keyring_locks.py`).
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from collector_process import collector, run
from machine_fixture import Machine, machine
from machine_room import NOW, UNIT, deb, preseed, running
from package_fixture import built
from tpm_fixture import VARIABLE, forget_sessions, give_libraries, tpm

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(900)]

SERVER, MASTER, IDENTITY = "discreet-server", "discreet-master", "discreet-identity"
STORE = "/etc/credstore.encrypted"
PLACE, STATE = f"/var/lib/{SERVER}", "/var/lib/discreet-agent"
GIVEN = f"LoadCredentialEncrypted={MASTER}"
AS_SERVICE = (
    *("systemd-run", "--pipe", "--wait", "--collect", "--quiet"),
    *("-p", f"User={SERVER}", "-p", GIVEN, SERVER, "--directory", PLACE),
)
DRAW = (
    f"head -c 32 /dev/urandom | systemd-creds encrypt --name={MASTER} --with-key={{}}"
    f" - {STORE}/{MASTER}"
)
HIDE = f"""
systemd-creds encrypt --name={IDENTITY} --with-key=tpm2 {STATE}/identity.cbor \
  {STORE}/{IDENTITY}
shred -u {STATE}/identity.cbor
for unit in discreet-agent discreet-agent-update discreet-agent-window; do
  mkdir -p /etc/systemd/system/$unit.service.d
  cat >/etc/systemd/system/$unit.service.d/identity.conf <<END
[Service]
LoadCredentialEncrypted={IDENTITY}
BindReadOnlyPaths=%d/{IDENTITY}:{STATE}/identity.cbor
END
done
systemctl daemon-reload
"""


@pytest.fixture(params=["host", "tpm2"])
def by(request: pytest.FixtureRequest) -> str:
    """Name the key that a machine encrypts its credentials with."""
    return str(request.param)


@pytest.fixture
def host(tmp_path: Path, by: str) -> Iterator[Machine]:
    """Yield a machine, with a TPM where its key is to lie there."""
    with ExitStack() as stack:
        told = {}
        if by == "tpm2":
            told[VARIABLE] = stack.enter_context(tpm(tmp_path / "tpm"))
        made = stack.enter_context(machine(tmp_path, told=told))
        if told:
            give_libraries(made, told[VARIABLE])
        made.shell(f"mkdir -m 700 {STORE}")
        yield made


def ready(host: Machine) -> Machine:
    """Return the machine, whose TPM, if it has one, is free for the next program."""
    if VARIABLE in host.variables:
        forget_sessions(host.variables[VARIABLE])
    return host


def test_a_credential_unlocks_the_master_key(host: Machine, by: str) -> None:
    """The unit opens its keyring with it; who has both directories alone opens none."""
    host.ask("dpkg", "-i", host.put(next(built("server", "deb").glob("*.deb"))))
    host.shell(DRAW.format(by))
    url = ("--url", "https://127.0.0.1:8443")
    init = ("init", "--tenant", "Test", *url, "--master-credential", MASTER)
    ready(host).ask(*AS_SERVICE, *init)
    drop_in = f"/etc/systemd/system/{SERVER}.service.d/key.conf"
    host.write(drop_in, f"[Service]\n{GIVEN}\n")
    ready(host).shell(f"systemctl daemon-reload && systemctl start {SERVER}")
    assert host.unit(f"{SERVER}.service", "ActiveState") == ["active"]
    keyring = (SERVER, "--directory", PLACE, "keyring", "list")
    assert "provision" in ready(host).ask(*AS_SERVICE, "keyring", "list")
    said = host.ask("runuser", "-u", SERVER, "--", *keyring, fails=True)
    assert f"the credential {MASTER} is given to the service alone" in said


def test_a_tpm_keeps_a_credential_to_its_machine(
    host: Machine, by: str, tmp_path: Path
) -> None:
    """With a TPM a copy of the whole disk decrypts nothing elsewhere; else it does."""
    host.shell(DRAW.format(by))
    decrypt = f"systemd-creds decrypt --name={MASTER} {STORE}/{MASTER} /root/clear"
    if by == "tpm2":
        with tpm(tmp_path / "another") as elsewhere:
            host.shell(f"{VARIABLE}={elsewhere} {decrypt}", fails=True)
            assert not (host.root / "root/clear").exists()
    ready(host).shell(decrypt)
    assert (host.root / "root/clear").stat().st_size == 32


@pytest.mark.parametrize("by", ["tpm2"], indirect=True)
def test_an_identity_is_kept_to_its_machine(host: Machine, tmp_path: Path) -> None:
    """An agent whose identity is in a TPM's credential ships; its disk has no key."""
    with collector(tmp_path / "server", "minimal") as outside:
        preseed(host, outside)
        host.ask("dpkg", "-i", host.put(deb()))
        host.await_("it enrols", f"test -e {STATE}/identity.cbor")
        host.ask("systemctl", "stop", UNIT)
        host.shell(HIDE)
        drop_in = f"/etc/systemd/system/{UNIT}.d/now.conf"
        host.write(drop_in, NOW.format(watchdog="8min"))
        ready(host).shell(f"systemctl daemon-reload && systemctl start {UNIT}")
        running(host)
        host.await_("it ships", f"journalctl -u {UNIT} | grep -Eq 'ship .*sent=[1-9]'")
        stolen = tmp_path / "stolen"
        shutil.copytree(host.root / STATE.lstrip("/"), stolen)
        said = run("discreet-agent", "once", state=stolen, fails=True).stderr
        assert "identity.cbor" in said
