"""`sys.argv` for scripts that run beside each other in one process: each thread sees its own."""

import sys
import threading

_of_thread = threading.local()


class ThreadArgv(list):
    def _current(self) -> list[str]:
        return getattr(_of_thread, "argv", [""])

    def __getitem__(self, index):
        return self._current()[index]

    def __len__(self):
        return len(self._current())

    def __iter__(self):
        return iter(self._current())

    def __contains__(self, value):
        return value in self._current()

    def __repr__(self):
        return repr(self._current())

    def index(self, *arguments):
        return self._current().index(*arguments)


def install() -> None:
    sys.argv = ThreadArgv()


def set_argv(argv: list[str]) -> None:
    _of_thread.argv = argv
