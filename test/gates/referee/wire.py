"""What goes over the wire, by botocore: the same parameters, serialized by AWS's own code from AWS's own models.

Reads `[{"service", "operation", "parameters", "sent": {"method", "path", "query", "headers", "body"}, "where"}]` from stdin, what another SDK
was about to send. Writes `[{"where", "problem"}]`.
"""

import json
import sys
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

import botocore.session
from botocore.serialize import create_serializer

_session = botocore.session.get_session()

# JavaScript's own, and what each SDK chooses by itself: checksums, and how a body is described.
OWN_QUERY = {"x-id"}
OWN_HEADERS = {"content-type", "content-length", "content-md5"}


def problems_of(call):
    model = _session.get_service_model(call["service"])
    operation = model.operation_model(call["operation"])
    sent, parameters = call["sent"], call["parameters"]
    protocol = {"s3": "rest-xml", "sns": "query"}.get(call["service"], "json")
    if protocol != model.metadata["protocol"] and protocol not in model.metadata.get("protocols", []):
        yield f"{call['service']} does not speak {protocol}, but {model.metadata.get('protocols')}"
        return
    wanted = create_serializer(protocol).serialize_to_request(parameters, operation)
    if sent["method"] != wanted["method"]:
        yield f"method {sent['method']}, not {wanted['method']}"
    path, query = target_of(wanted, parameters)
    if unquote(without_bucket(sent["path"], parameters)) != unquote(path):
        yield f"path {sent['path']}, not {path}"
    sent_query = {name: value or "" for name, value in sent["query"].items() if name not in OWN_QUERY}
    if sent_query != query:
        yield f"query {sent_query}, not {query}"
    headers = {name.lower(): str(value) for name, value in wanted["headers"].items() if name.lower() not in OWN_HEADERS}
    for name, value in headers.items():
        if sent["headers"].get(name) != value:
            yield f"header {name}: {sent['headers'].get(name)}, not {value}"
    if body_of(protocol, sent.get("body")) != body_of(protocol, wanted["body"]):
        yield f"body {sent.get('body')}, not {wanted['body']}"


def target_of(wanted, parameters):
    split = urlsplit(wanted["url_path"])
    query = dict(parse_qsl(split.query, keep_blank_values=True))
    given = wanted["query_string"]
    query.update({name: str(value) for name, value in given.items()} if isinstance(given, dict) else {})
    return without_bucket(split.path, parameters), query


def without_bucket(path, parameters):
    """The bucket is in the host or in the path, as the SDK likes."""
    start = f"/{parameters.get('Bucket')}"
    return "/" + path[len(start) :].lstrip("/") if (path + "/").startswith(start + "/") else path


def body_of(protocol, body):
    if not body:
        return None
    if protocol == "query":
        return parse_qs(body) if isinstance(body, str) else {name: [str(value)] for name, value in body.items()}
    text = body.decode() if isinstance(body, bytes) else body
    if protocol == "json":
        return json.loads(text)
    return tree_of(ElementTree.fromstring(text)) if text.lstrip().startswith("<") else text


def tree_of(element):
    """Without namespaces, which the two write at different places, and without the order of an element's members."""
    members = sorted((tree_of(child) for child in element), key=repr)
    return element.tag.split("}")[-1], (element.text or "").strip(), members


def main():
    calls = json.load(sys.stdin)
    print(json.dumps([{"where": call["where"], "problem": problem} for call in calls for problem in problems_of(call)]))


main()
