"""Properties whose change makes CloudFormation replace a resource, by type, from CloudFormation's own schemas (cfn-lint carries them)."""

import json
import sys

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

types = json.load(sys.stdin)
schemas = {name: PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", name).schema for name in types}
json.dump({name: [path.removeprefix("/properties/") for path in schema.get("createOnlyProperties", [])] for name, schema in schemas.items()}, sys.stdout)
