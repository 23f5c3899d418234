"""Whether a foreign key and the column that it refers to have one type: a comparison of two would lose rows, or find them, by Spark's casts."""

from expressions import UNKNOWN, Expressions


def check_foreign_keys(expressions: Expressions, by_dataset: dict[str, Expressions]) -> list[dict]:
    problems = []
    for column, text in expressions.contract["foreignKeys"].items():
        dataset, _, parent_column = text.partition(".")
        parent = by_dataset.get(dataset)
        own = _type_of(expressions, column)
        its = _type_of(parent, parent_column) if parent else None
        # What is not there is reported where it is named.
        if own is None or its is None or UNKNOWN in (own, its):
            continue
        if own != its:
            message = f"{column} is {own}, and {text} is {its}; give both one type"
        elif own.startswith(("array", "map", "struct")):
            message = f"{column} is {own}, which cannot be a key"
        else:
            continue
        problems.append({"path": ["foreign_keys", column], "message": message})
    return problems


def _type_of(expressions: Expressions, column: str) -> str | None:
    return next((field.dataType.simpleString() for field in expressions.curated.schema if field.name == column), None)
