"""Objects whose names Spark passes over in silence are read from a copy: no file is lost for its name."""

from __future__ import annotations

from dataclasses import replace

from ..lake.admission import is_hidden
from ..lake.inputs import SourceFile
from ..plan import Settings
from ..lake.store import S3Store, in_parallel


def with_readable_names(files: tuple[SourceFile, ...], settings: Settings, store: S3Store) -> list[SourceFile]:
    def readable(numbered: tuple[int, SourceFile]) -> SourceFile:
        number, file = numbered
        if not is_passed_over(file.uri):
            return file
        suffix = next((ending for ending in (".gz", ".bz2") if file.uri.lower().endswith(ending)), "")
        copied_to = f"{settings.run}scratch/input/{number}{suffix}"
        store.copy(file.uri, copied_to)
        return replace(file, copied_to=copied_to)

    return in_parallel(readable, list(enumerate(files)))


def is_passed_over(uri: str) -> bool:
    """Spark takes these for hidden; Hadoop paths fold empty and dot segments; the codec is chosen by a lower-case ending."""
    _, _, path = uri.partition("://") if "://" in uri else uri.partition(":")
    segments = path.lstrip("/").split("/")
    name = segments[-1]
    folded = any(segment in ("", ".", "..") for segment in segments)
    codec = name.lower().endswith((".gz", ".bz2")) and not name.endswith((".gz", ".bz2"))
    return is_hidden(name) or folded or codec
