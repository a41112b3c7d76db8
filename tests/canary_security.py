# SPDX-License-Identifier: Apache-2.0
"""Canaries of security: certificates, groups, settings, products, shares, tasks.

Rules: keys, passwords, arguments, environments and who may do what are never read; a
file that holds nothing else is one that nothing may open.
Not here: accounts (`canary_machine.py`), encryption of disks (`canary_hardware.py`).
"""

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from agent.host.crontabs import numbered
from tests.canary_words import Canaries, CanaryMachine

_KEY_BLOCK = "-----BEGIN PRIVATE " + "KEY-----\n{}\n-----END PRIVATE " + "KEY-----\n"
_ANCHORS = "/usr/local/share/ca-certificates"
_LIVE = "/etc/letsencrypt/live"
_SECRETS = {
    "/etc/NetworkManager/system-connections/office.nmconnection": "psk={}\nssid={}\n",
    "/etc/gshadow": "root:{}::\n",
    "/etc/krb5.keytab": "{}",
    "/etc/netplan/50-cloud-init.yaml": "password: {}\n",
    "/etc/openvpn/client.conf": "auth-user-pass {}\n",
    "/etc/ppp/chap-secrets": '"x" * "{}"\n',
    "/etc/samba/smbpasswd": "x:1000:{}\n",
    "/etc/security/opasswd": "x:1000:1:{}\n",
    "/etc/sudoers": "{} ALL=(ALL) NOPASSWD: ALL\n",
    "/etc/sudoers.d/local": "{} ALL=(ALL) ALL\n",
    "/etc/wireguard/wg0.conf": "PrivateKey = {}\n",
    "/etc/wpa_supplicant/wpa_supplicant.conf": 'ssid="{}"\npsk="{}"\n',
    "/etc/wpa_supplicant/wpa_supplicant-wlan0.conf": 'psk="{}"\n',
    "/home/x/.bash_history": "mysql -p{}\n",
    "/home/x/.config/google-chrome/Default/Cookies": "{}",
    "/home/x/.git-credentials": "https://x:{}@example.org\n",
    "/home/x/.gnupg/secring.gpg": "{}",
    "/home/x/.mozilla/firefox/x.default/logins.json": "{}",
    "/root/.aws/credentials": "aws_secret_access_key = {}\n",
    "/root/.ssh/authorized_keys": "ssh-ed25519 AAAA {}\n",
    "/var/lib/iwd/office.psk": "Passphrase={}\n",
    "/var/lib/NetworkManager/secret_key": "{}",
    "/var/lib/samba/private/secrets.tdb": "{}",
    "/var/mail/x": "Subject: {}\n",
}


def add_security(machine: CanaryMachine) -> None:
    """Write the sources of the datasets that tell of security, and many secrets."""
    _certificates(machine)
    _groups(machine)
    _settings(machine)
    _products(machine)
    _shares(machine)
    _crontabs(machine)
    _queue(machine)
    _timers(machine)
    for path, form in _SECRETS.items():
        machine.secret(path, form)


def certificate(
    canaries: Canaries, common: str, *, leaf: bool, number: int
) -> x509.Certificate:
    """Return a certificate, the same for the same canaries, with more than is told."""
    word = canaries.word
    key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, word()),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, f"{word()}@example.org"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, word()),
        ]
    )
    issuer = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, word()),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, word("certificates.issuer")),
        ]
    )
    serial = 0x7C0FFEE0BADDECAF00 + number
    canaries.known(f"{serial:x}", "certificates.serial_number")
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    names = [x509.DNSName(f"{word()}.example"), x509.RFC822Name(f"{word()}@x.example")]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer if leaf else subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=4000))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, None)
    )
    print_ = made.fingerprint(made.signature_hash_algorithm or _sha256()).hex()
    canaries.known(print_, "certificates.fingerprint.sha256")
    return made


def _sha256():  # type: ignore[no-untyped-def]  # noqa: ANN202 - a hash of the library
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    return SHA256()


def _certificates(machine: CanaryMachine) -> None:
    canaries, word = machine.canaries, machine.canaries.word
    user = machine.users[0]
    canaries.inside("certificates.subject", user)
    named = f"{word('certificates.subject')} of {user}"
    forms = [
        certificate(canaries, named, leaf=True, number=1),
        certificate(canaries, word("certificates.subject"), leaf=False, number=2),
        certificate(canaries, word("certificates.subject"), leaf=True, number=3),
    ]
    texts = [form.public_bytes(Encoding.PEM).decode() for form in forms]
    block = _KEY_BLOCK.format(word())
    machine.write(f"{_ANCHORS}/{word()}/{word()}.crt", f"{word()}\n{block}{texts[0]}")
    machine.write(f"/etc/ssl/certs/{word()}.pem", f"# {word()}\n{texts[1]}{block}")
    live = f"{_LIVE}/{word()}"
    machine.write(f"{live}/cert.pem", texts[2])
    machine.secret(f"{live}/privkey.pem", _KEY_BLOCK)
    machine.secret(f"{_ANCHORS}/own.key", _KEY_BLOCK)
    machine.secret("/etc/ssl/certs/server-key.pem", _KEY_BLOCK)
    machine.secret("/etc/ssl/private/server.key", _KEY_BLOCK)
    machine.secret("/etc/kubernetes/pki/ca.key", _KEY_BLOCK)
    machine.secret("/etc/kubernetes/admin.conf", "client-key-data: {}\n")
    for kind in ("rsa", "ecdsa", "ed25519"):
        machine.secret(f"/etc/ssh/ssh_host_{kind}_key", _KEY_BLOCK)
    machine.secret("/etc/ssh/ssh_host_ed25519_key.pub", "ssh-ed25519 AAAA {}\n")


def _groups(machine: CanaryMachine) -> None:
    """Add a member from elsewhere and a group that is named after a person."""
    word = machine.canaries.word
    machine.canaries.inside("group_members.group", machine.users[1])
    machine.canaries.known(machine.users[1], "user_accounts.groups")
    elsewhere = machine.canaries.name("group_members.member")
    place = machine.root / "etc/group"
    before = place.read_text() if not machine.there else ""
    machine.write(
        "/etc/group",
        f"{before}sudo:{word()}:27:{machine.users[2]},{elsewhere}\n"
        f"team-{machine.users[1]}:x:300:{machine.users[0]}\n",
    )


def _settings(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    machine.write("/usr/sbin/sshd", b"")
    machine.write(
        "/etc/ssh/sshd_config",
        f"# {word()}\nPermitRootLogin {word()}\nPasswordAuthentication no\n"
        f"AllowUsers {word()} {word()}@{word()}\nBanner /etc/{word()}\n"
        f"HostKey /etc/ssh/{word()}\nSetEnv TOKEN={word()}\n"
        f"Match User {word()}\n  ForceCommand {word()}\n",
    )
    machine.values("/proc/sys/kernel", hostname="", domainname="", core_pattern="")
    machine.write("/proc/sys/kernel/kptr_restrict", "1\n")
    machine.write("/proc/cmdline", f"root=UUID=1 {word()}={word()}\n")
    machine.write("/sys/kernel/security/lockdown", f"none [{word()}]\n")
    machine.write("/sys/class/tpm/tpm0/tpm_version_major", f"{word()}\n")
    machine.write("/etc/default/locale", f"LANG={word('operating_systems.lang')}\n")
    machine.write("/etc/timezone", f"Etc/{word('devices.timezone')}\n")


def _products(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    machine.write("/usr/sbin/clamd", b"")
    head = f"ClamAV-VDB:{word()}:27000:9:90:{word()}:{word()}:{word()}:1700000000"
    machine.write("/var/lib/clamav/daily.cld", head.ljust(512))
    machine.write("/usr/sbin/ufw", b"")
    machine.write("/etc/ufw/ufw.conf", f"ENABLED=yes\nLOGLEVEL={word()}\n")
    machine.secret("/etc/ufw/user.rules", "-A INPUT -s {} -j ACCEPT\n")
    machine.secret("/etc/clamav/clamd.conf", "VirusEvent curl -u x:{}\n")
    machine.secret("/opt/CrowdStrike/falconstore")
    machine.write("/opt/CrowdStrike/falcond", f"{word()}\n")
    machine.write("/etc/selinux/config", f"SELINUX=enforcing\n# {word()}\n")
    machine.secret("/var/ossec/etc/client.keys", "1 x any {}\n")
    machine.secret("/etc/fail2ban/jail.local", "destemail = {}@example.org\n")


def _shares(machine: CanaryMachine) -> None:
    word, user = machine.canaries.word, machine.users[1]
    machine.canaries.inside("shares.name", user)
    machine.canaries.inside("shares.path", user)
    machine.write(
        "/etc/samba/smb.conf",
        f"# {word()}\n[global]\n workgroup = {word()}\n netbios name = {word()}\n"
        f" server string = {word()}\n ldap admin dn = cn={word()}\n"
        f" passdb backend = ldapsam:ldap://{word()}\n hosts allow = {word()}\n"
        f" include = /etc/samba/{word()}\n"
        f"[{word('shares.name')} {user}]\n comment = {word()}\n"
        f" path = /srv/{word('shares.path')}/{user}\n valid users = {word()}\n"
        f" write list = @{word()}\n force user = {word()}\n preexec = sh {word()}\n",
    )
    machine.write(
        f"/var/lib/samba/usershares/{word()}",
        f"#VERSION 2\npath=/srv/{word('shares.path')}\ncomment={word()}\n"
        f"usershare_acl={word()}:F\nguest_ok=n\nsharename={word('shares.name')}\n",
    )
    machine.write(
        "/etc/exports",
        f"# {word()}\n/srv/{word('shares.path')} {word()}.example(rw,sec={word()}) "
        f"@{word()}(ro)\n",
    )


def _crontabs(machine: CanaryMachine) -> None:
    word, own = machine.canaries.word, "scheduled_tasks"
    users, known = machine.users, machine.canaries.known
    for user in users:
        known(user, f"{own}.run_as")
    machine.canaries.inside(f"{own}.name", users[0])
    run = f"/opt/{word()}/{word(f'{own}.program')} --password {word()} > /tmp/{word()}"
    fed = f"0 3 * jan-MAR sun {users[0]} {run}%{word()}%{word()}\n"
    odd = f"0 3 * * {word()} {users[0]} /opt/{word()}\n"  # a field is missing
    machine.write(
        "/etc/crontab",
        f"MAILTO={word()}@example.org\nTOKEN={word()}\n# {word()}\n{fed}{odd}"
        f"@daily {users[1]} KEY={word()} {word(f'{own}.program')} {word()}\n"
        f"@daily {users[1]} KEY='{word()} {word()}' run {word()}\n",
    )
    machine.write(
        f"/etc/cron.d/{word(f'{own}.name')}-{users[0]}",
        f"PATH=/opt/{word()}\n5 4 * * * {users[2]} {run}\n",
    )
    machine.write(f"/etc/cron.d/{word()}.dpkg-old", f"1 1 1 1 1 root {word()}\n")
    script = word(f"{own}.name", f"{own}.program")
    machine.secret(f"/etc/cron.daily/{script}", "#!/bin/sh\ncurl -u x:{}\n")
    machine.write(
        "/etc/anacrontab",
        f"MAILTO={word()}\n7 5 {word(f'{own}.name')} TOKEN={word()} "
        f"{word(f'{own}.program')} {word()}\n",
    )
    machine.write(
        f"/var/spool/cron/crontabs/{users[1]}",
        f"# {word()}\nAPI_KEY={word()}\n"
        f"*/5 * * * * cd /home/{word()} && {word()} --token {word()}\n"
        f"@reboot {word(f'{own}.program')} --token {word()}\n",
    )
    assert numbered("crontab", 2) == "crontab (2)"


def _queue(machine: CanaryMachine) -> None:
    job = "export TOKEN={}\ncd /home/x\n/opt/tool\n"
    machine.secret("/var/spool/cron/atjobs/a0000101b2c3d4", job)
    machine.secret("/var/spool/cron/atspool/x")


def _timers(machine: CanaryMachine) -> None:
    word, own = machine.canaries.word, "scheduled_tasks"
    name = word(f"{own}.name", "services.name")
    folder = "/etc/systemd/system"
    machine.write(
        f"{folder}/{name}.timer",
        f"[Unit]\nDescription={word()}\n[Timer]\nOnCalendar=Sun 03:00\n"
        f"OnCalendar={word()}\nOnBootSec=5min {word()}\n"
        f"[Install]\nWantedBy={word()}.target\n",
    )
    machine.write(
        f"{folder}/{name}.service",
        f"[Unit]\nDescription={word()}\nDocumentation=https://{word()}\n[Service]\n"
        f"User={machine.users[2]}\nEnvironment=PASSWORD={word()}\n"
        f"EnvironmentFile=/etc/{word()}\nWorkingDirectory=/home/{word()}\n"
        f"ExecStartPre=/bin/{word()}\n"
        f"ExecStart=/opt/{word()}/{word(f'{own}.program')} --key {word()}\n",
    )
    machine.write(
        f"{folder}/{name}.service.d/{word()}.conf",
        f"[Service]\nEnvironment=KEY={word()}\nLoadCredential=x:/etc/{word()}\n",
    )
    machine.secret("/etc/credstore/token")
