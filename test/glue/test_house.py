"""How the job's modules depend on each other, and how much a reader must hold in mind at once."""

import ast
from pathlib import Path

import sluice_etl

ROOT = Path(sluice_etl.__file__).parent
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ROOT.rglob("*.py") if path.name != "__init__.py"}
# Rooms whose functions may have more parameters until they are next worked on.
CROWDED = {"formats.csv.format", "formats.csv.multiline", "formats.csv.records"}


def imports_of(module: str) -> set[str]:
    tree, here = ast.parse(MODULES[module].read_text("utf-8")), module.split(".")
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*here[: len(here) - node.level], *(node.module or "").split(".")]
            base = ".".join(part for part in base if part)
            found |= {base} | {f"{base}.{name.name}".lstrip(".") for name in node.names}
    return found & MODULES.keys()


def test_imports_have_no_circle():
    left = {module: imports_of(module) for module in MODULES}
    while free := {module for module, needed in left.items() if not needed & left.keys()}:
        left = {module: needed for module, needed in left.items() if module not in free}
    assert not left


def test_no_function_has_more_than_five_parameters():
    crowded = {
        f"{module}.{node.name}"
        for module, path in MODULES.items()
        if module not in CROWDED
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and len(node.args.args) + len(node.args.kwonlyargs) > 5
    }
    assert not crowded
