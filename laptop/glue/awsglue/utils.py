"""Job arguments, as Glue hands them over: `--name value`, `--name=value`."""


class GlueArgumentError(Exception):
    pass


def getResolvedOptions(args: list[str], options: list[str]) -> dict[str, str]:  # noqa: N802, the name is Glue's
    given: dict[str, str] = {}
    position = 1
    while position < len(args):
        name, equals, value = args[position].removeprefix("--").partition("=")
        if not equals and position + 1 < len(args):
            position += 1
            value = args[position]
        given[name.replace("-", "_")] = value
        position += 1
    missing = [name for name in options if name.replace("-", "_") not in given]
    if missing:
        raise GlueArgumentError(f"the following arguments are required: {', '.join(f'--{name}' for name in missing)}")
    # Glue answers with underscores, and gives the job's own name and id whether asked for or not.
    names = {name.replace("-", "_") for name in options} | {"JOB_NAME", "JOB_RUN_ID", "JOB_ID"}
    return {name: given[name] for name in names if name in given}
