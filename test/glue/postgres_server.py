"""A PostgreSQL of the tests' own: binaries from npm, a fresh cluster in a folder, reached over TCP on this machine."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import time
from pathlib import Path

USER, PASSWORD = "sluice", "s3cret-päss"
# PostgreSQL refuses to run as root; any other user will do.
_NOBODY = 65534
_MACHINES = {("Linux", "x86_64"): "linux-x64", ("Linux", "aarch64"): "linux-arm64", ("Darwin", "arm64"): "darwin-arm64", ("Darwin", "x86_64"): "darwin-x64"}


class PostgresServer:
    def __init__(self, folder: Path, packages: Path):
        self._native = packages / "@embedded-postgres" / _MACHINES[platform.system(), platform.machine()] / "native"
        self._folder = folder
        self._as = {"user": _NOBODY, "group": _NOBODY} if os.geteuid() == 0 else {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def url(self) -> str:
        return f"jdbc:postgresql://127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> PostgresServer:
        self._folder.mkdir(parents=True)
        password = self._folder / "password"
        password.write_text(PASSWORD, "utf-8")
        if self._as:
            for path in (self._folder, password):
                os.chown(path, _NOBODY, _NOBODY)
        data = str(self._folder / "data")
        self._run("initdb", "-D", data, "-U", USER, f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
        # A zone of its own, which no value may depend on.
        settings = ["fsync=off", "listen_addresses=127.0.0.1", f"port={self.port}", f"unix_socket_directories={self._folder}", "timezone=America/New_York"]
        command = [str(self._native / "bin" / "postgres"), "-D", data, *(f"-c{setting}" for setting in settings)]
        self._log = (self._folder / "log").open("wb")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, env=self._environment(), **self._as)
        for _ in range(300):
            if self._process.poll() is None and "ready to accept connections" in (self._folder / "log").read_text("utf-8", "replace"):
                return self
            time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL did not begin: {(self._folder / 'log').read_text('utf-8', 'replace')}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run([str(self._native / "bin" / name), *arguments], check=True, capture_output=True, env=self._environment(), **self._as)

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(self._native / "lib"), "LC_ALL": "C"}


if __name__ == "__main__":
    # For tests that are not Python's: prints the port, and ends with its input.
    import sys

    with PostgresServer(Path(sys.argv[1]), Path(sys.argv[2])) as server:
        print(server.port, flush=True)
        sys.stdin.read()
