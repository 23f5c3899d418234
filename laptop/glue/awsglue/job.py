class Job:
    """Bookmarks are what Job keeps on AWS; Sluice uses none, so there is nothing to keep."""

    def __init__(self, glue_context) -> None:
        self.glue_context = glue_context

    def init(self, job_name: str, args: dict | None = None) -> None:
        pass

    def commit(self) -> None:
        pass
