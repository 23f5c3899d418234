"""AWS on this machine: moto's server on a free port, until the process that started it is gone.

Prints one line of JSON with its port when it takes requests. Standard input is the leash: its end is our end, so no
server outlives a killed parent.
"""

import json
import os
import sys
import threading

from moto.moto_server import werkzeug_app
from moto.server import ThreadedMotoServer

import moto_events
import moto_transactions


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    # Headers and body go out in two writes; with Nagle's algorithm each answer over a kept connection waits 40 ms.
    werkzeug_app.MotoRequestHandler.disable_nagle_algorithm = True
    werkzeug_app.MotoRequestHandler.log_request = lambda *_arguments, **_keywords: None
    moto_events.install()
    moto_transactions.install()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(json.dumps({"port": server.get_host_and_port()[1]}), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
