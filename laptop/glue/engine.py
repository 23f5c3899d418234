"""The laptop's Glue on Spark: one warm process, requests and answers as lines of JSON on stdio.

Requests: {"id", "kind": "job" | "quality" | "relocate" | "stop", …}; answers: {"id", "answer"} or {"id", "error"}. Several run beside each
other, a thread each. The end of stdin ends the process, and Spark with it.
"""

import ctypes
import json
import os
import sys
import threading
import traceback

import boto3
from pyspark import InheritableThread

import job_runs
import quality_runs
import relocated_tables
import thread_argv
import warm_spark
from rehearsal import rehearse

_writing = threading.Lock()
_running: dict[str, threading.Thread] = {}


def main() -> None:
    # Whatever scripts and Spark print must not mix with answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    thread_argv.install()
    requests = (json.loads(line) for line in sys.stdin)
    spark = warm_spark.start(os.environ["AWS_ENDPOINT_URL"], os.environ["SLUICE_JARS"], os.environ["SLUICE_WORK_FOLDER"])
    _answer(answers, {"ready": True})
    if os.environ.get("SLUICE_REHEARSES") != "no":
        InheritableThread(target=rehearse, args=(spark, os.environ["SLUICE_WORK_FOLDER"]), daemon=True).start()
    for request in requests:
        if request["kind"] == "stop":
            _stop(spark, request["runId"])
            continue
        InheritableThread(target=_serve, args=(spark, request, answers), daemon=True).start()
    # Not spark.stop(): it waits for tasks whose results are no longer needed.
    os._exit(0)


def _serve(spark, request: dict, answers) -> None:
    _running[request.get("runId", request["id"])] = threading.current_thread()
    try:
        _answer(answers, {"id": request["id"], "answer": _handle(spark, request)})
    except BaseException as error:
        print(traceback.format_exc(), file=sys.stderr, flush=True)
        _answer(answers, {"id": request["id"], "error": {"name": type(error).__name__, "message": _message(error)}})
    finally:
        _running.pop(request.get("runId", request["id"]), None)


def _handle(spark, request: dict) -> dict:
    if request["kind"] == "job":
        return job_runs.run_script(spark, request)
    if request["kind"] == "quality":
        glue, s3 = (_client(name, request["accessKeyId"]) for name in ("glue", "s3"))
        return quality_runs.evaluate(spark, glue, s3, request)
    if request["kind"] == "relocate":
        return relocated_tables.relocate(spark, request)
    raise ValueError(f"unknown request kind {request['kind']}")


def _client(service: str, access_key: str):
    return boto3.client(service, aws_access_key_id=access_key, aws_secret_access_key="local")


def _stop(spark, run_id: str) -> None:
    spark.sparkContext.cancelJobGroup(run_id)
    thread = _running.get(run_id)
    if thread is not None and thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(job_runs.StoppedError))


def _message(error: BaseException) -> str:
    """Java's message without its stack, Python's as it is."""
    java = getattr(error, "java_exception", None)
    text = java.toString() if java is not None else str(error)
    return text.split("\n\tat ")[0][:4000]


def _answer(answers, message: dict) -> None:
    with _writing:
        answers.write(json.dumps(message) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
