"""What is noted of the table's kind, under the names that the contract gives its columns (functions/domain/iceberg/evolved-kind.ts)."""

from __future__ import annotations

from ....contract import Contract


def evolved_kind(noted: dict, contract: Contract) -> tuple[dict, list[str]]:
    """Also returns what cannot be renamed or dropped, in words."""
    had, produced = noted["columns"], contract.curated_columns
    renamed = {before: name for name, before in contract.renamed.items() if before in had and name not in had}
    dropped = [name for name in contract.drop_columns if name in had]
    by_name = {*contract.primary_key, *contract.latest_by} if noted.get("deleteWhen") else set()
    problems = [
        *(f"column {name} was {before}, and the table is partitioned by it: it keeps its name" for before, name in renamed.items() if before in noted["partitionBy"]),
        *(f"column {name} was {before}, by which removed keys are remembered: it keeps its name" for before, name in renamed.items() if name in by_name),
        *(f"column {name} is dropped, and the table is partitioned by it" for name in dropped if name in noted["partitionBy"]),
        *(
            f"column {before} has become {name}, so this contract is an earlier one"
            for before, name in noted.get("renamed", {}).items()
            if before in produced and before not in had and name not in produced
        ),
    ]
    kind = {
        **noted,
        "columns": {renamed.get(name, name): type_ for name, type_ in had.items() if name not in dropped},
        "primaryKey": [renamed.get(name, name) for name in noted["primaryKey"]],
        "partitionBy": [renamed.get(name, name) for name in noted["partitionBy"]],
    }
    if every := {**noted.get("renamed", {}), **renamed}:
        kind["renamed"] = {before: name for before, name in every.items() if before not in produced}
    return kind, problems


def other_columns(noted: dict, contract: Contract) -> list[str]:
    """Columns that the contract renames or drops, in words; a table that is migrated keeps its columns until it is an Iceberg table."""
    had = noted["columns"]
    renamed = [f"column {before} gets the name {name}" for name, before in contract.renamed.items() if before in had]
    return renamed + [f"column {name} is dropped" for name in contract.drop_columns if name in had]
