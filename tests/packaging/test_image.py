# SPDX-License-Identifier: Apache-2.0
"""The recipe of the collector's image is built, and what it builds runs.

Rules: the real recipe and package, built without a daemon; the base is a Debian made
here, with no more in it than the recipe's own has: no systemd, no init.
Not here: the package on a machine (`test_machine_credentials.py`).
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from free_ports import free_port
from package_fixture import built, locked

from tools.packages.products import PACKAGING
from wire.release import __version__

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(1200)]
SECONDS = 120.0
PLACES = ("/var/lib/discreet-server", "/var/lib/discreet-server-master")


@dataclass
class Image:
    """A built image, and a container of it.

    Attributes:
        store: where both lie.
        name: of the container.
        folder: of the directories that are its volumes.
    """

    store: tuple[str, ...]
    name: str
    folder: Path

    def command(self, *command: str) -> list[str]:
        """Return what runs a command in it, as its user and with its volumes."""
        volumes = [f"-v={self.folder / Path(at).name}:{at}" for at in PLACES]
        run = ("run", "--isolation=chroot", *volumes, self.name, "--")
        return ["buildah", *self.store, *run, *command]

    def ask(self, *command: str) -> str:
        """Run a command in it and return what it said."""
        return said(*self.command(*command))


def said(*command: str | Path, folder: Path | None = None) -> str:
    """Return what a program prints; it must succeed."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout


def base() -> Path:
    """Return the files of a Debian as small as the recipe's base, made once."""
    with locked("image") as folder:
        made = folder / "base.tar"
        if not made.exists():
            root = folder / "root"
            shutil.rmtree(root, ignore_errors=True)
            said("debootstrap", "--variant=minbase", "bookworm", root)
            said("tar", "-C", root, "-cf", folder / "new.tar", ".")
            shutil.rmtree(root)
            (folder / "new.tar").replace(made)
        return made


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Build the image by its recipe, and make a container of it."""
    missing = [
        name for name in ("buildah", "debootstrap") if shutil.which(name) is None
    ]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("image")
    places = (f"--root={folder}/kept", f"--runroot={folder}/run")
    store = (*places, "--storage-driver=vfs")
    (folder / "dist").mkdir()
    shutil.copy(next(built("server", "deb").glob("*.deb")), folder / "dist")
    shutil.copy(PACKAGING / "Containerfile", folder)
    shutil.copy(base(), folder)
    (folder / "Base").write_text("FROM scratch\nADD base.tar /\n")
    build = ("buildah", *store, "bud", "--isolation=chroot")
    said(*build, "-f", "Base", "-t", "localhost/base", ".", folder=folder)
    recipe = ("-f", "Containerfile", "--build-arg", "BASE=localhost/base")
    said(*build, *recipe, "-t", "discreet-server", ".", folder=folder)
    try:
        name = said("buildah", *store, "from", "localhost/discreet-server").strip()
        root = Path(said("buildah", *store, "mount", name).strip())
        # buildah mounts volumes of the image too, before or after those of the command
        said("buildah", *store, "config", *(f"--volume={at}-" for at in PLACES), name)
        for at in PLACES:  # as an engine fills a volume that is new
            place, there = folder / Path(at).name, root / at.lstrip("/")
            place.mkdir(mode=0o700)
            shutil.chown(place, there.stat().st_uid, there.stat().st_gid)
        yield Image(store, name, folder)
    finally:
        said("buildah", *store, "rm", "--all")
        said("buildah", *store, "rmi", "--all", "--force")


def test_it_says_its_version(image: Image) -> None:
    """The program of the image is this release's, and runs as a user of its own."""
    version = image.ask("/usr/bin/discreet-server", "--version")
    assert version.split()[-1] == __version__
    told = image.folder / Path(PLACES[0]).name / "told"
    # a file, for what it prints by way of buildah's chroot came empty once
    image.ask("sh", "-c", f"id -un > {PLACES[0]}/{told.name}")
    assert told.read_text().strip() == "discreet-server"
    told.unlink()


def test_it_is_a_collector(image: Image) -> None:
    """As the recipe starts it, it begins in new volumes, and listens."""
    about = json.loads(
        said("buildah", *image.store, "inspect", "--type=image", "discreet-server")
    )["OCIv1"]["config"]
    begin = about["Entrypoint"]
    port = free_port()
    url = f"https://127.0.0.1:{port}"
    image.ask(*begin, "init", "--tenant", "Test", "--url", url)
    command = image.command(*begin, *about["Cmd"], "--port", str(port))
    log = image.folder / "serve.log"
    with log.open("wb") as told:
        serve = subprocess.Popen(command, stdout=told, stderr=told)
    until = time.monotonic() + SECONDS
    while "listening" not in log.read_text():
        assert serve.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)
    serve.terminate()
    serve.wait(60)
