"""What moto holds, kept in a folder: for a pipeline that goes on where it stopped.

Data only (objects, items, messages, partitions, subscriptions): everything that the template declares is made anew at each start, and
the data is put back into what is there then. Data of what is not there any more waits in the folder, in case it comes back.
Of an object only the current version is kept. Nothing of moto's own classes is stored, so that another moto can read it.
"""

import errno
import fcntl
import json
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

from moto.moto_server import werkzeug_app

from moto_sections import SECTIONS

_READS = re.compile(r"\.(Get|Query|Scan|Describe|List|Receive|BatchGet)")
# A copy takes a twentieth of the time at most, however much there is.
_PAUSE = 20


class KeptState:
    """One folder, used by one process at a time: a successor waits until its predecessor has written."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.objects = folder, folder / "objects"
        self.objects.mkdir(parents=True, exist_ok=True)
        self.saving, self.changed, self.ready, self.orphans = threading.Lock(), False, False, {}
        self.trouble = None
        self.lock = (folder / "lock").open("w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        signal.signal(signal.SIGTERM, lambda *_: self.end())

    # Until then nothing is written: a start that was cut short leaves what was kept as it is.
    def begin(self) -> int:
        """Puts back what was kept, then keeps what changes; the number of things put back."""
        count = self.restore()
        self.ready = True
        self._notice_changes()
        threading.Thread(target=self._save_now_and_then, daemon=True).start()
        return count

    def end(self) -> None:
        if self.ready and self.changed:
            self.try_to_save()
        os._exit(0)

    def _notice_changes(self) -> None:
        original = werkzeug_app.MotoRequestHandler.run_wsgi

        def run_wsgi(handler):
            try:
                original(handler)
            finally:
                reads = handler.command in ("GET", "HEAD") or _READS.search(handler.headers.get("X-Amz-Target", ""))
                self.changed = self.changed or not reads

        werkzeug_app.MotoRequestHandler.run_wsgi = run_wsgi

    def _save_now_and_then(self) -> None:
        took = 0.0
        while True:
            time.sleep(max(1.0, took * _PAUSE))
            started = time.monotonic()
            if self.changed:
                self.try_to_save()
            took = time.monotonic() - started

    def try_to_save(self) -> bool:
        """What could not be written stays marked as changed and is tried again. The parent gets a message when the disk is full and when it has room."""
        trouble = None
        try:
            self.save()
        except RuntimeError as error:  # a dictionary that changed while it was walked
            self.changed = True
            print(error, file=sys.stderr)
            return False
        except OSError as error:
            self.changed = True
            trouble = "the disk is full" if error.errno == errno.ENOSPC else str(error)
        if trouble != self.trouble:
            print(json.dumps({"unkept": trouble}), flush=True)
        self.trouble = trouble
        return trouble is None

    def save(self) -> None:
        with self.saving:
            self.changed = False
            state = {section: self.orphans.get(section, {}) | read(self) for section, (read, _) in SECTIONS.items()}
            target = self.folder / "state.json"
            with target.with_suffix(".new").open("w", encoding="utf-8") as file:
                json.dump(state, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            target.with_suffix(".new").replace(target)
            named = {kept["file"] for objects in state["objects"].values() for kept in objects.values()}
            for path in self.objects.iterdir():
                if path.name not in named:
                    path.unlink()

    def restore(self) -> int:
        source = self.folder / "state.json"
        if not source.exists():
            return 0
        state, count = json.loads(source.read_text(encoding="utf-8")), 0
        for section, (_, write) in SECTIONS.items():
            for name, kept in state.get(section, {}).items():
                if write(self, name, kept):
                    count += len(kept)
                else:
                    self.orphans.setdefault(section, {})[name] = kept
        return count
