"""Runs a Glue script as Glue does: as `__main__`, with its arguments, its modules on the path, its failure as text."""

import sys
import threading
import traceback
from pathlib import Path

from pyspark.sql import SparkSession

from roles import act_as_job
from thread_argv import set_argv

_ERROR_LIMIT = 8000
_path_changes = threading.Lock()


class StoppedError(Exception):
    """Thrown into the thread of a run that was stopped or timed out."""


def run_script(spark: SparkSession, request: dict) -> dict:
    _put_on_path(spark, request["modules"])
    argv = [request["script"]]
    for name, value in request["arguments"].items():
        argv += [name, value]
    set_argv(argv)
    act_as_job(spark, request["accessKeyId"])
    spark.sparkContext.setJobGroup(request["runId"], request["runId"], interruptOnCancel=True)
    try:
        # Not runpy: it swaps the process's own argv and __main__, and other runs are beside this one.
        source = Path(request["script"]).read_text(encoding="utf-8")
        exec(compile(source, request["script"], "exec"), {"__name__": "__main__", "__file__": request["script"]})
    except StoppedError:
        raise
    except SystemExit as left:
        if left.code not in (None, 0):
            return {"failed": f"SystemExit: {left.code}"}
    except BaseException as error:
        print(traceback.format_exc(), file=sys.stderr, flush=True)
        return {"failed": f"{type(error).__name__}: {error}"[:_ERROR_LIMIT]}
    finally:
        spark.sparkContext._jsc.sc().clearJobGroup()
    return {}


def _put_on_path(spark: SparkSession, modules: list[str]) -> None:
    # One run at a time: addPyFile copies the zip to where another run would already import it from.
    with _path_changes:
        for path in modules:
            if path not in sys.path:
                spark.sparkContext.addPyFile(path)
                sys.path.insert(0, path)
