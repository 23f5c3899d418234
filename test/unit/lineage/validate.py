"""Problems of OpenLineage events (JSON lines on stdin) by the specification's own schemas, as a JSON list on stdout.

Each event must be a RunEvent; each of its facets must be what the schema at its `_schemaURL` wants, and a facet must not name a schema that is not here.
"""

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

HERE = Path(__file__).parent / "openlineage"
SCHEMAS = [json.loads(path.read_text("utf-8")) for path in HERE.glob("*.json")]
REGISTRY = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS)
KNOWN = {schema["$id"] for schema in SCHEMAS}


def problems_of(event: dict):
    yield from check(event, event["schemaURL"], "event")
    holders = [("run", event["run"]), ("job", event["job"])]
    holders += [(f"{side}[{index}]", dataset) for side in ("inputs", "outputs") for index, dataset in enumerate(event[side])]
    for where, holder in holders:
        for kind in ("facets", "inputFacets", "outputFacets"):
            for name, facet in holder.get(kind, {}).items():
                yield from check(facet, facet["_schemaURL"], f"{where}.{kind}.{name}")


def check(value: dict, url: str, where: str):
    if url.partition("#")[0] not in KNOWN:
        yield f"{where}: no schema {url}"
        return
    validator = Draft202012Validator({"$ref": url}, registry=REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for error in validator.iter_errors(value):
        yield f"{where}: {error.json_path} {error.message}"


json.dump([problem for line in sys.stdin if line.strip() for problem in problems_of(json.loads(line))], sys.stdout)
