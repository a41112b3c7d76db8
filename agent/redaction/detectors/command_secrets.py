# SPDX-License-Identifier: Apache-2.0
"""Secrets among the words of a command: --password x, curl -u user:x, sshpass -p x.

Rules: an option whose name is a secret's gives away its next word in any command; a
short option counts only behind a program that is known to take a secret there.
Not here: options with = or : (`secret_assignments.py`), URLs (`url_credentials.py`).
Source: the manual pages of the named programs, Microsoft's command reference.
"""

import re
from functools import cache, lru_cache
from itertools import islice

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.secret_names import demand_of
from agent.redaction.secret_values import (
    Demand,
    is_mixed,
    is_placeholder,
    is_secret,
    is_telling,
    is_wordy,
)

NAME = "command_secrets"
CLASS = "secret"
_SPOKEN = (
    rb"pass(?:word|wd|phrase|code)?|pwd|pw|token|secret|api-?key|access-?key|auth-?key|"
    rb"secret-?key|private-?key|account-?key|license-?key|credentials?|psk"
)
_WORD = rb"(?:\"[^\"\n]*\"?|'[^'\n]*'?|\\+\"[^\"\n]*\"?|[^\s\"',\]-][^\s\"',\]]*)"
_GAP = rb"(?:[ \t]+|\\*[\"'],[ \t]*\\*[\"'])"
"""Between an option and its value: blanks, or the comma of a list in JSON."""
_PROGRAMS = (
    rb"curl|sshpass|mysql[a-z]*|mariadb[a-z-]*|redis-cli|mongo[a-z]*|docker|podman|"
    rb"nerdctl|helm|oc|az|skopeo|ldap[a-z]+|smbclient|smbmap|rpcclient|winexe|plink|"
    rb"pscp|psftp|sqlcmd|osql|bcp|isql|mssql-cli|psexec(?:64)?|schtasks|ipmitool|zip|"
    rb"unzip|7z[ar]?|u?n?rar|snmp[a-z]+|htpasswd|lftp|ncftp[a-z]*|openssl|vncviewer|"
    rb"crackmapexec|nxc|evil-winrm|rdesktop|influx|cqlsh|keytool|jarsigner|signtool|"
    rb"certutil|[xw]freerdp3?|mosquitto_[a-z]+|usermod|useradd|dsadd|dsmod|"
    rb"twine"
)
_ALONE = (
    rb"net1?(?:\.exe)?[ \t]+use?r?[ \t]|sqlplus[ \t]|wpa_passphrase[ \t]|"
    rb"nmcli[ \t][^\n]*?password[ \t]|setx(?:\.exe)?[ \t]|"
    rb"(?:cargo|vault)[ \t]+login[ \t]"
)
_SPOKEN_OPTION = rb"(?:--?|\B/)(?:[a-z0-9]+[_-])*(?:" + _SPOKEN + rb")" + _GAP + _WORD
_SAYING = rb"\b(?:password|passwd|passphrase|pass|secret|community|key)[ \t]+"
_SET_WORDS = (b"requirepass", b"masterauth", b"bindpw", b"rootpw")
_SET = rb"\b(?:" + b"|".join(_SET_WORDS) + rb")[ \t]+[\"']?"
"""What Redis and LDAP call a password in their settings."""
_SAID = (
    _SAYING + rb"(?:[05789][ \t]+[^\s\"',;]+|[a-z!@#$%&*^+][^\s\"',;]*[0-9][^\s\"',;]*)"
)
"""What routers, .netrc and FTP say: password hunter2x, secret 5 $1$..."""
_PIPED = rb"[^\s\"':]+:[^\s\"']+[\"']?[ \t]*\|[ \t]*(?:sudo[ \t]+)?chpasswd"
_FED = (
    rb"\becho[ \t]+(?:-n[ \t]+)?[^\s|]+[ \t]*\|[ \t]*(?:sudo[ \t]+)?"
    rb"(?:docker|podman|nerdctl|helm|gh|glab|cosign|oras|crane|skopeo)[ \t]+[^\n|]*"
    rb"(?:password-stdin|with-token|--stdin)"
)
PATTERN = (
    rb"(?i:"
    + _SPOKEN_OPTION
    + rb"|"
    + _SAID
    + rb"|"
    + _PIPED
    + rb"|"
    + _SET
    + rb"[^\s\"'<;$]+|"
    + _FED
    + rb"|\b(?:"
    + _PROGRAMS
    + rb")(?:\.exe)?\\*[\"']?(?:[ \t,][^\n]*?)?[ \t\"'](?:--?[a-z]|/[rp])[^\n]+|\b(?:"
    + _ALONE
    + rb")[^\n]+"
    + rb"|\bidentified (?:with [a-z0-9_\"'`]+ )?(?:by|as)(?: password)?[ \t]+"
    + _WORD
    + rb"|\b(?:password|passphrase)(?:[ \t]+|[ \t]*\([ \t]*)'[^'\n]+'"
    + rb"|convertto-securestring[ \t]+(?:-string[ \t]+)?"
    + _WORD
    + rb")"
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = False

_SAYS = LazyPattern(
    rb"(?i)" + _SAYING + rb"(?P<kind>[05789][ \t]+)?(?P<value>[^\s\"',;()]+)"
)
_PIPES = LazyPattern(
    rb"(?<![^\s\"']):*[^\s\"':]+:([^\s\"']+)[\"']?[ \t]*\|[ \t]*(?i:sudo|chpasswd)"
)
_FEEDS = LazyPattern(
    rb"(?i)\becho[ \t]+(?:-n[ \t]+)?[\"']?([^\s|\"'$]{8,})[\"']?[ \t]*\|"
    rb"(?=[^\n|]*(?:password-stdin|with-token|--stdin))"
)
_SETS = LazyPattern(rb"(?i)" + _SET + rb"([^\s\"'<;$]{6,})")
_SHORTEST_SAID = 6
_OPTION = LazyPattern(
    rb"(?i)(?<![\w/.-])(?:--?|/)(?P<name>(?:[a-z0-9]+[_-])*(?:"
    + _SPOKEN
    + rb"))"
    + _GAP
    + rb"(?P<value>"
    + _WORD
    + rb")"
)
_SQL = LazyPattern(
    rb"(?i)\b(?:identified (?:with \S+ )?(?:by|as)(?: password)?[ \t]+"
    rb"|(?:password|passphrase)(?:[ \t]+|[ \t]*\([ \t]*)(?=')"
    rb"|convertto-securestring[ \t]+(?:-string[ \t]+)?)(?P<value>" + _WORD + rb")"
)
_SQL_WORDS = (b"identified", b"convertto-securestring")
"""One of these, or a single quote, is in all of them."""
_VALUE = rb"(\"[^\"\n]*\"|'[^'\n]*'|[^\s\"',;|]+)"
_SHORTEST_SLASHED = 4
"""Shortest value that begins like an option or a path."""
_WRITTEN: dict[bytes, bytes] = {
    b"curl": rb"(?:-u|--user|-U|--proxy-user)[ =]*[\"']?[^\s:\"']+:([^\s\"']+)"
    rb"|(?:-[a-z]*H|--header)[ =]*[\"'][\w-]*(?i:pass|token|secret|key)[\w-]*:"
    rb"[ ]*([^\"'\n]+)",
    b"wget": rb"--(?:http-|ftp-|proxy-)?password[ =]" + _VALUE,
    b"sshpass": rb"-p[ ]*" + _VALUE,
    b"mysql": rb"\s-p([^\s\"',]+)",
    b"mariadb": rb"\s-p([^\s\"',]+)",
    b"redis-cli": rb"\s-a[ ]+" + _VALUE,
    b"mongo": rb"\s-p[ ]*" + _VALUE,
    b"docker": rb"login\b.{0,200}?\s-p[ ]*" + _VALUE,
    b"podman": rb"login\b.{0,200}?\s-p[ ]*" + _VALUE,
    b"nerdctl": rb"login\b.{0,200}?\s-p[ ]*" + _VALUE,
    b"helm": rb"login\b.{0,200}?\s-p[ ]*" + _VALUE,
    b"oc": rb"login\b.{0,200}?\s-p[ ]*" + _VALUE,
    b"az": rb"login\b.{0,200}?\s-p[ ]*" + _VALUE,
    b"skopeo": rb"login\b.{0,200}?\s-p[ ]*" + _VALUE,
    b"ldap": rb"\s-w[ ]*" + _VALUE,
    b"smb": rb"(?:-U|--user)[ =]*[\"']?[^\s%\"']+%([^\s\"']+)",
    b"rpcclient": rb"(?:-U|--user)[ =]*[\"']?[^\s%\"']+%([^\s\"']+)",
    b"winexe": rb"(?:-U|--user)[ =]*[\"']?[^\s%\"']+%([^\s\"']+)",
    b"net": rb"net1?(?:\.exe)?\s+user\s+[^\s/;|&]+\s+([^\s/*\"]+)"
    rb"|\suse\s.{0,80}?\\\\\S+\s+([^\s/*\"]+)\s+/user:"
    rb"|\suse\s.{0,120}?/user:\S+\s+([^\s/*\"]+)",
    b"plink": rb"\s-pw[ ]+" + _VALUE,
    b"pscp": rb"\s-pw[ ]+" + _VALUE,
    b"psftp": rb"\s-pw[ ]+" + _VALUE,
    b"sqlcmd": rb"\s-P[ ]*" + _VALUE,
    b"osql": rb"\s-P[ ]*" + _VALUE,
    b"bcp": rb"\s-P[ ]*" + _VALUE,
    b"isql": rb"\s-P[ ]*" + _VALUE,
    b"mssql-cli": rb"\s-P[ ]*" + _VALUE,
    b"psexec": rb"\s-p[ ]+" + _VALUE,
    b"schtasks": rb"\s/rp[ ]+" + _VALUE,
    b"ipmitool": rb"\s-P[ ]*" + _VALUE,
    b"zip": rb"\s-P[ ]*" + _VALUE,
    b"unzip": rb"\s-P[ ]*" + _VALUE,
    b"7z": rb"\s-p([^\s\"',]+)",
    b"rar": rb"\s-h?p([^\s\"',-]+)",
    b"unrar": rb"\s-p([^\s\"',-]+)",
    b"snmp": rb"\s-[cAX][ ]*" + _VALUE,
    b"htpasswd": rb"\s-[a-zA-Z]*b[a-zA-Z]*\s+\S+\s+\S+\s+" + _VALUE,
    b"sqlplus": rb"\s[\w.$-]+/([^\s@\"'/]+)",
    b"lftp": rb"(?:-u|--user)[ =]*[^\s,]+,([^\s\"']+)",
    b"ncftp": rb"\s-p[ ]+" + _VALUE,
    b"openssl": rb"-(?:pass|passin|passout)[ ]+[\"']?pass:([^\s\"']+)",
    b"vncviewer": rb"-password[ ]+" + _VALUE,
    b"crackmapexec": rb"\s-(?:p|H)[ ]+" + _VALUE,
    b"nxc": rb"\s-(?:p|H)[ ]+" + _VALUE,
    b"evil-winrm": rb"\s-(?:p|H)[ ]+" + _VALUE,
    b"xfreerdp": rb"\s/p:" + _VALUE,
    b"wfreerdp": rb"\s/p:" + _VALUE,
    b"rdesktop": rb"\s-p[ ]+" + _VALUE,
    b"influx": rb"-password[ ]+" + _VALUE,
    b"cqlsh": rb"\s-p[ ]+" + _VALUE,
    b"nmcli": rb"\spassword[ ]+" + _VALUE,
    b"wpa_passphrase": rb"wpa_passphrase\s+\S+\s+" + _VALUE,
    b"keytool": rb"-(?:store|key|src|dest)pass[ ]+" + _VALUE,
    b"jarsigner": rb"-(?:store|key)pass[ ]+" + _VALUE,
    b"signtool": rb"\s/p[ ]+" + _VALUE,
    b"certutil": rb"\s-p[ ]+" + _VALUE,
    b"setx": rb"\s[\w.-]*(?i:pass|pwd|token|secret|key)[\w.-]*\s+" + _VALUE,
    b"twine": rb"\s-p[ ]*" + _VALUE,
    b"cargo": rb"\slogin\s+([^\s\"'-][^\s\"']{15,})",
    b"vault": rb"\slogin\s+([^\s\"'=-][^\s\"'=]{15,})",
    b"mosquitto": rb"\s-P[ ]+" + _VALUE,
    b"usermod": rb"\s(?:-p|--password)[ ]+" + _VALUE,
    b"useradd": rb"\s(?:-p|--password)[ ]+" + _VALUE,
    b"dsadd": rb"\s-pwd[ ]+" + _VALUE,
    b"dsmod": rb"\s-pwd[ ]+" + _VALUE,
}
"""Programs, by how their names begin, and where their secret stands."""
_SHORT = {begin: LazyPattern(written) for begin, written in _WRITTEN.items()}
_PROGRAM = LazyPattern(
    rb"(?i)\b(" + _PROGRAMS + rb"|net|sqlplus|wpa_passphrase|nmcli|setx|cargo|vault)1?"
    rb"(?:\.exe)?\\*[\"']?(?=[ \t,])"
)
_MOST_PROGRAMS = 32
"""Programs of one line: more would cost too much."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the secrets among the words, without their quotes."""
    del before, after
    spans = _options(match)
    if b"|" in match:
        spans += [one.span(1) for one in _PIPES.finditer(match)]
        spans += [one.span(1) for one in _FEEDS.finditer(match)]
    lowered = match.lower()
    if any(word in lowered for word in _SET_WORDS):
        spans += [one.span(1) for one in _SETS.finditer(match)]
    if b"'" in match or any(word in lowered for word in _SQL_WORDS):
        spans += [_told(one) for one in _SQL.finditer(match)]
    spans += _said(match)
    spans += _short_options(match)
    found: list[tuple[int, int, str]] = []
    counts = cache(_counts)  # a long line repeats its words; forgotten with it
    for first, last in spans:
        if first < last:
            start, end = _unquoted(match, first, last)
            if end > start and counts(match[start:end]):
                found.append((start, end, CLASS))
    return tuple(found)


def _counts(value: bytes) -> bool:
    """Tell whether a word is neither a sign of another thing nor an option."""
    if value[:1] in b"-/" and len(value) < _SHORTEST_SLASHED:
        return False
    return not (is_telling(value) or is_placeholder(value))


def _told(sql: re.Match[bytes]) -> tuple[int, int]:
    """Return where the password stands that SQL or PowerShell is told."""
    start, end = sql.span("value")
    value = sql["value"]
    if value[:1] in b"\"'" or is_secret(value, Demand.TOKEN, tight=False):
        return start, end
    return start, start


def _options(match: bytes) -> list[tuple[int, int]]:
    """Return where the values of spoken options stand."""
    counts = cache(_is_option)  # a long line repeats its words; forgotten with it
    return [
        option.span("value")
        for option in _OPTION.finditer(match)
        if counts(*option.groups())
    ]


def _is_option(name: bytes, value: bytes) -> bool:
    """Tell whether the value of a spoken option is a secret."""
    demand = demand_of(name.decode("ascii"))
    if demand is None or value[:1] in b"-|&;":
        return False
    if demand is Demand.ANY:
        return True
    return is_secret(value.strip(b"\\\"'"), demand, tight=True)


def _said(match: bytes) -> list[tuple[int, int]]:
    """Return where the secrets of a router's line or of FTP stand."""
    counts = cache(_is_said)  # a long line repeats its words; forgotten with it
    return [
        said.span("value")
        for said in _SAYS.finditer(match)
        if said.end() - said.start("value") >= _SHORTEST_SAID
        and counts(said["value"], said["kind"] is not None)
    ]


def _is_said(value: bytes, numbered: bool) -> bool:  # noqa: FBT001 - one caller, above
    """Tell whether a word that only stands behind a secret's name is one."""
    if is_wordy(value, numbered=not numbered):
        return False
    return numbered or is_mixed(value)


def _short_options(match: bytes) -> list[tuple[int, int]]:
    """Return where the secrets stand that known programs take, each up to the next."""
    programs = [*islice(_PROGRAM.finditer(match), _MOST_PROGRAMS + 1)]
    ends = [*(one.start() for one in programs[1:]), len(match)]
    spans: list[tuple[int, int]] = []
    for program, end in zip(programs[:_MOST_PROGRAMS], ends, strict=False):
        pattern = _of_program(program[1].lower())
        if pattern is not None:
            spans += [
                one.span(group)
                for one in pattern.finditer(match, program.start(), end)
                for group in range(1, (one.lastindex or 0) + 1)
                if one[group]
            ]
    return spans


@lru_cache(maxsize=256)
def _of_program(name: bytes) -> LazyPattern[bytes] | None:
    """Return the pattern of the options in which a program takes secrets."""
    for begin, pattern in _SHORT.items():
        if name.startswith(begin):
            return pattern
    return None


def _unquoted(match: bytes, start: int, end: int) -> tuple[int, int]:
    """Return the span without quotes, and without what closes a list around it."""
    value = match[start:end].lstrip(b"\\\"'")
    first = end - len(value)
    return first, first + len(value.rstrip(b"\\\"',;])"))


HITS = (
    ("mysqldump --password hunter2", "hunter2"),
    ("curl -sH 'x-api-key: hunter2' https://x.example", "hunter2"),
    ("setx DB_PASSWORD hunter2 /M", "hunter2"),
    ("run --api-key 9f8e7d6c5b now", "9f8e7d6c5b"),
    ('["run", "--token", "9f8e7d6c5b"]', "9f8e7d6c5b"),
    ("powershell -Password 'hunter 2' -x", "hunter 2"),
    ("CREATE USER x IDENTIFIED BY 'hunter2'", "hunter2"),
    ("ALTER ROLE x WITH PASSWORD 'hunter2'", "hunter2"),
    ('ConvertTo-SecureString "hunter2" -AsPlainText', "hunter2"),
    ("curl -u amelie:hunter2 https://intern.example", "hunter2"),
    ("curl -s --user 'amelie:hunter2' x", "hunter2"),
    ("sshpass -p hunter2 ssh x", "hunter2"),
    ("mysql -uroot -phunter2 db", "hunter2"),
    ("docker login -u amelie -p hunter2 r.example", "hunter2"),
    ("ldapsearch -x -D cn=a -w hunter2 -b dc=x", "hunter2"),
    (r"net use Z: \\srv\x hunter2 /user:amelie", "hunter2"),
    ("net user amelie hunter2 /add", "hunter2"),
    ("C:\\x\\psexec.exe \\\\srv -u a -p hunter2 cmd", "hunter2"),
    ("smbclient //srv/x -U amelie%hunter2", "hunter2"),
    ("snmpwalk -v2c -c hunter2 192.0.2.1", "hunter2"),
    ("openssl rsa -passin pass:hunter2 -in x", "hunter2"),
    ("sqlplus scott/hunter2@db", "hunter2"),
    ("redis-cli -h x -a hunter2 ping", "hunter2"),
    ('echo "amelie:hunter2" | chpasswd', "hunter2"),
    ("xfreerdp /v:srv /u:amelie /p:hunter2", "hunter2"),
    ("curl --user amelie:hunter2 x", "hunter2"),
    ("machine x login y password hunt3rTwo42", "hunt3rTwo42"),
    ("username x password 7 0822455D0A16", "0822455D0A16"),
    ("snmp-server community hunt3rTwo42 RO", "hunt3rTwo42"),
    ("docker exec db mysql -uroot -phunter2 x", "hunter2"),
    ("curl -s x | redis-cli -a hunter2", "hunter2"),
    ("run --token --password hunter2", "hunter2"),
    ("requirepass 3hunterTwo42", "3hunterTwo42"),
    ("twine upload -u __token__ -p hunter2 dist/*", "hunter2"),
    ("cargo login kX9vQ2mZ7pLr4TbN8sWd", "kX9vQ2mZ7pLr4TbN8sWd"),
    ("echo hunt3rTwo42 | docker login --password-stdin", "hunt3rTwo42"),
    ("echo 'hunt3rTwo42' | gh auth login --with-token", "hunt3rTwo42"),
    ("schtasks /create /ru a /rp hunter2 /tn x", "hunter2"),
)
MISSES = (
    "ssh -p 2222 intern.example",
    "curl -s https://intern.example -o x",
    "run --token-file x --password-stdin",
    "docker run -p 8080:80 nginx",
    "passwd: password updated for user",
    "net use deleted",
    "--password ${PASSWORD} --token <token>",
    "tar -p x; mkdir -p /srv/x",
    "zip archive - password needed",
    "password authentication2 key ed25519 key exchange: x25519",
    "Failed password for x1 from 192.0.2.1",
    "password 7 characters, key 5 was pressed",
    "rootpw was not set; bindpw is set",
    "echo $TOKEN | docker login -u x --password-stdin",
    "vault login -method=userpass username=x; vault login succeeded",
    "echo hunt3rTwo42 | grep password-stdin",
    "see /etc/passwd and /usr/bin/passwd again",
)
WORST = "docker login -p x docker login --password "
