"""AWS on this machine: moto's server on a free port, until the process that started it is gone.

Prints one line of JSON with its port when it takes requests. The server ends when standard input ends, so no
server outlives a killed parent.

With a folder to keep its state in, `{"begin": true}` on standard input puts back what is there, which must wait until the template's
resources exist; `{"save": true}` writes now. Both answer with a line. At the end it writes by itself, also when its parent was killed.
"""

import hmac
import json
import os
import sys
import threading
from pathlib import Path

from moto.moto_server import werkzeug_app
from moto.server import ThreadedMotoServer

import moto_events
import moto_streams
import moto_tables
import moto_transactions
from moto_state import KeptState


def obey_parent(state: KeptState | None) -> None:
    for line in sys.stdin:
        wish = json.loads(line)
        if state and "begin" in wish:
            print(json.dumps({"restored": state.begin()}), flush=True)
        if state and "save" in wish:
            print(json.dumps({"saved": state.try_to_save()}), flush=True)
    if state:
        state.end()
    os._exit(0)


def answer_gateway_alone(secret: str) -> None:
    """Every other process, and every web page, could reach this port too, and moto does not check who calls."""
    original = werkzeug_app.DomainDispatcherApplication.__call__

    def call(application, environ, start_response):
        if hmac.compare_digest(environ.pop("HTTP_X_SLUICE_GATEWAY", "").encode(), secret.encode()):
            return original(application, environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"only the gateway may call this port\n"]

    werkzeug_app.DomainDispatcherApplication.__call__ = call


def main() -> None:
    answer_gateway_alone(os.environ.pop("SLUICE_GATEWAY_SECRET"))
    folder = os.environ.get("SLUICE_STATE_FOLDER")
    state = KeptState(Path(folder)) if folder else None
    threading.Thread(target=obey_parent, args=(state,), daemon=True).start()
    # Headers and body go out in two writes; with Nagle's algorithm each answer over a kept connection waits 40 ms.
    werkzeug_app.MotoRequestHandler.disable_nagle_algorithm = True
    werkzeug_app.MotoRequestHandler.log_request = lambda *_arguments, **_keywords: None
    moto_events.install()
    moto_streams.install()
    moto_transactions.install()
    moto_tables.install()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(json.dumps({"port": server.get_host_and_port()[1]}), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
