#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs @NAME@ from this folder where there is neither dpkg nor rpm, or removes it.
# usage, as root: ./install.sh [install | remove]
# Doing it again is safe, and is how another version is installed over this one.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
fail() {
    echo "@NAME@: $1" >&2
    exit 1
}
[ "$(id -u)" = 0 ] || fail "only root can install it: sudo $0"
@include room@
@include wipe@
running() { [ -d /run/systemd/system ]; }
# What installs this very release, if something of ours does, lives on.
stop() { if running; then systemctl stop @STOPPED_UNITS@ >/dev/null 2>&1 || true; fi; }

install_it() {
    [ "$(uname -m)" = "@RPM_ARCH@" ] || fail "this is for @RPM_ARCH@, and the machine is $(uname -m)"
    "$here/tree/usr/lib/@NAME@/bin/python3" -I -c "" 2>/dev/null ||
        fail "its Python does not start here: the C library must be glibc @GLIBC@ or later"
    look_for_room
    stop
    rm -rf "/usr/lib/@NAME@"
    # A configuration that is there is somebody's: it stays, and ours lies beside it.
    (cd "$here/tree" && find etc -type f 2>/dev/null) | while read -r file; do
        mkdir -p "/$(dirname "$file")"
        if [ -e "/$file" ]; then to="/$file.new"; else to="/$file"; fi
        cmp -s "$here/tree/$file" "/$file" || cp "$here/tree/$file" "$to"
    done
    cp -R --preserve=mode,timestamps "$here/tree/usr/." /usr/
    chown -R root:root "/usr/lib/@NAME@"
    . "/usr/lib/@NAME@/maintain"
    make_users
    make_places
    take_enrolment
    if command -v systemctl >/dev/null; then
        systemctl preset @UNITS@ >/dev/null 2>&1 || true
    fi
    if running; then
        systemctl daemon-reload
        for unit in @UNITS@; do
            systemctl --quiet is-enabled "$unit" 2>/dev/null || continue
            systemctl start "$unit" || echo "@NAME@: $unit does not start: systemctl status $unit tells why" >&2
        done
    fi
    echo "@NAME@ @VERSION@ is installed"
}

remove_it() {
    if command -v systemctl >/dev/null; then
        systemctl disable @UNITS@ >/dev/null 2>&1 || true
    fi
    if running; then systemctl stop @ALL_UNITS@ >/dev/null 2>&1 || true; fi
    if [ -r "/usr/lib/@NAME@/maintain" ]; then
        . "/usr/lib/@NAME@/maintain"
        say_farewell
    fi
    (cd "$here/tree" && find usr ! -type d) | while read -r file; do rm -f "/$file"; done
    rm -rf "/usr/share/doc/@NAME@"
    wipe
    if running; then systemctl daemon-reload; fi
    echo "@NAME@ is removed"
}

case "${1:-install}" in
install) install_it ;;
remove) remove_it ;;
*) fail "usage: $0 [install | remove]" ;;
esac
