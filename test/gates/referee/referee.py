"""AWS's own word on calls: botocore's service models say which members, values and lengths an operation takes.

Reads `[{"service", "operation", "parameters", "where"}]` from stdin, or, with `--scripts FOLDER`, every boto3 call of the Python files below
it. Writes `[{"where", "problem"}]`; no problem, an empty list.
"""

import ast
import json
import re
import sys
from pathlib import Path

import botocore.session
from botocore import xform_name
from botocore.validate import ParamValidator

# As resource ARNs and clients of Step Functions name them → as botocore does.
NAMES = {"sfn": "stepfunctions", "states": "stepfunctions", "monitoring": "cloudwatch", "eventbridge": "events"}

_session = botocore.session.get_session()
_models = {}


def model_of(service):
    service = NAMES.get(service, service)
    if service not in _models:
        _models[service] = _session.get_service_model(service)
    return _models[service]


def problems_of(call):
    model = model_of(call["service"])
    name = call["operation"][0].upper() + call["operation"][1:]
    if name not in model.operation_names:
        return [f"{model.service_name} has no operation {name}"]
    shape = model.operation_model(name).input_shape
    parameters = call["parameters"]
    if shape is None:
        return [f"{name} takes no parameters"] if parameters else []
    if model.service_name == "stepfunctions":
        parameters = {key[0].lower() + key[1:]: value for key, value in parameters.items()}
    report = ParamValidator().validate(parameters, shape)
    found = report.generate_report().splitlines() if report.has_errors() else []
    return found + list(beyond(shape, parameters, name))


def beyond(shape, value, at):
    """What botocore leaves to the service: enums, patterns, and greatest lengths and numbers."""
    if value is None or (shape.type_name == "structure" and not isinstance(value, dict)):
        return
    if shape.type_name == "structure":
        for member, inner in shape.members.items():
            if member in value:
                yield from beyond(inner, value[member], f"{at}.{member}")
    elif shape.type_name == "list" and isinstance(value, list):
        yield from sized(shape, len(value), at, "items")
        for index, item in enumerate(value):
            yield from beyond(shape.member, item, f"{at}[{index}]")
    elif shape.type_name == "map" and isinstance(value, dict):
        yield from sized(shape, len(value), at, "entries")
        for key, item in value.items():
            yield from beyond(shape.key, key, f"{at} (key)")
            yield from beyond(shape.value, item, f"{at}.{key}")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from text(shape, value, at)
    elif shape.type_name in ("integer", "long") and isinstance(value, int):
        yield from sized(shape, value, at, "")


def text(shape, value, at):
    yield from sized(shape, len(value), at, "characters")
    if shape.enum and value not in shape.enum:
        yield f"{at}: {value!r} is none of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern and not matches(pattern, value):
        yield f"{at}: {value!r} does not match {pattern}"


def sized(shape, size, at, what):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{at}: {size} {what}, at least {least}".replace("  ", " ")
    if most is not None and size > most:
        yield f"{at}: {size} {what}, at most {most}".replace("  ", " ")


def matches(pattern, value):
    # The models write Unicode as Java does: a pair of surrogates is one character above them.
    pattern = re.sub(r"\\uD800\\uDC00-\\uDBFF\\uDFFF", r"\\U00010000-\\U0010FFFF", pattern)
    pattern = re.sub(r"\\p\{(L|N|Z|S|P|M|IsLetter)\}", r"\\w", pattern)
    try:
        return re.search(f"^(?:{pattern})$", value, re.DOTALL) is not None
    except re.error:
        return True


def calls_of_scripts(folder):
    """Each call of a boto3 client in the scripts, as far as its text tells: names of members, and values that stand in it."""
    methods = {
        xform_name(operation): (service, operation)
        for service in ("s3", "glue", "secretsmanager")
        for operation in model_of(service).operation_names
    }
    for file in sorted(Path(folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            where = f"{file}:{node.lineno}"
            name = node.func.attr
            paginator = node.func.value
            if name == "paginate" and isinstance(paginator, ast.Call) and getattr(paginator.func, "attr", "") == "get_paginator":
                name = paginator.args[0].value
            elif not ast.unparse(node.func.value).endswith("client"):
                continue
            if name in ("get_paginator", "copy", "upload_fileobj"):
                continue
            if name not in methods:
                yield {"where": where, "unknown": name}
                continue
            service, operation = methods[name]
            yield {
                "where": where,
                "service": service,
                "operation": operation,
                "open": any(keyword.arg is None for keyword in node.keywords),
                "parameters": {keyword.arg: literal(keyword.value) for keyword in node.keywords if keyword.arg},
            }


class Unknown:
    """A value that only a run would tell."""


def literal(node):
    try:
        return ast.literal_eval(node)
    except (ValueError, SyntaxError):
        return Unknown


def problems_of_script_call(call):
    if "unknown" in call:
        return [f"boto3 has no method {call['unknown']}"]
    shape = model_of(call["service"]).operation_model(call["operation"]).input_shape
    found = [f"unknown parameter {name}" for name in call["parameters"] if name not in shape.members]
    if not call["open"]:
        found += [f"lacks {name}" for name in shape.required_members if name not in call["parameters"]]
    for name, value in call["parameters"].items():
        if value is not Unknown and name in shape.members:
            report = ParamValidator().validate({name: value}, _only(shape, name))
            found += report.generate_report().splitlines() if report.has_errors() else []
            found += list(beyond(shape.members[name], value, name))
    return found


def _only(shape, name):
    """The shape of one parameter of an operation."""
    from botocore.model import StructureShape

    model = {"type": "structure", "members": {name: shape._shape_model["members"][name]}}
    return StructureShape(shape.name, model, shape._shape_resolver)


def main():
    if sys.argv[1:2] == ["--scripts"]:
        calls, judge = list(calls_of_scripts(sys.argv[2])), problems_of_script_call
    else:
        calls, judge = json.load(sys.stdin), problems_of
    problems = [{"where": call["where"], "problem": problem} for call in calls for problem in judge(call)]
    json.dump({"calls": len(calls), "problems": problems}, sys.stdout)


if __name__ == "__main__":
    main()
