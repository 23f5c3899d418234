"""Into how many parts rows are shuffled, and how many tasks then read them."""

from __future__ import annotations

from ..lake.sizes import MB

# Rows are sorted part by part: parts fit a G.1X worker's memory with room to spare. Fewer, larger tasks take several parts each.
PART_BYTES = 64 * MB
MOST_PARTS = 2000
# Below this a task more is not worth its files; Parquet makes about a third of it.
LEAST_TASK_BYTES = 16 * MB
# Bad rows are strings and few; each task writes a file to every folder that it has rows of.
LEAST_BAD_BYTES = 4 * MB
LEAST_FILE_BYTES = 4 * MB
# Room for one row in five that comes again.
BITS_A_ROW = 2
LEAST_BITS = 1024
# 8 MB, which every task is sent.
MOST_BITS = 64 * 2**20
# Rows that lose, in the memory of the driver and of each executor: about 100 bytes each.
MOST_BROADCAST = 1_000_000
# One after the other; each takes a request to S3 and its answer.
MOST_FILES_OF_A_TASK = 64


def parts_for(size: int, cores: int) -> int:
    return min(MOST_PARTS, max(2 * cores, -(-size // PART_BYTES)))


def parts_of_query(size: int, cores: int) -> int:
    """
    For shuffles that Spark plans itself. It brings small parts together once it knows them, so these may be small; but each task of a shuffle opens a
    file for each part, so the 200 that Spark has by default are most of what a small batch does.
    """
    return min(MOST_PARTS, max(2 * cores, size // LEAST_TASK_BYTES))


def tasks_for_good(size: int, cores: int, target_file_mb: int) -> int:
    """Few enough that files are not small."""
    return max(1, min(cores, size // LEAST_TASK_BYTES), -(-size // (2 * target_file_mb * MB)))


def tasks_for_bad(size: int, cores: int) -> int:
    return max(1, min(cores, size // LEAST_BAD_BYTES), -(-size // PART_BYTES))


def would_scatter(size: int, cores: int, partitions: int) -> bool:
    """Whether every task writing to every partition would make files so small that one more shuffle is the lesser evil."""
    tasks = min(cores, size // LEAST_TASK_BYTES)
    return tasks > 1 and partitions > tasks and size // (tasks * partitions) < LEAST_FILE_BYTES


def writers_of_few(size: int, cores: int, partitions: int) -> int | None:
    """
    Tasks that write many partitions with few rows in each, side by side; None where they are enough as they are. So few rows would be left to one task, which
    would write file after file.
    """
    if size >= 2 * LEAST_TASK_BYTES or partitions <= MOST_FILES_OF_A_TASK:
        return None
    return min(cores, -(-partitions // MOST_FILES_OF_A_TASK))


def bits_for_repeated(rows: int) -> int:
    """Of a filter of the keys that come more than once. It fits a processor's cache for some million rows."""
    return max(LEAST_BITS, min(MOST_BITS, BITS_A_ROW * rows))


def join_with_losers(again: int, rows: int) -> str:
    """
    Spark's hint for how all rows are joined with those that lose, of which there are at most `again`. A broadcast lets each row pass as it is. A
    table in each task must fit its memory. Where a large share of the rows lose, as with a wrong primary key, they may all be in one task, so they are sorted.
    """
    if again <= MOST_BROADCAST:
        return "broadcast"
    return "shuffle_hash" if again <= rows // 4 else "merge"


def evenly(sizes: tuple[int, ...], first: int, ranges: int) -> list[tuple[int, int]]:
    """At most so many ranges of neighbouring parts, each of about the same size."""
    total, passed, ends = max(1, sum(sizes)), 0, []
    for index, size in enumerate(sizes):
        passed += size
        # A part belongs to the range that its end comes closest to filling.
        if index + 1 == len(sizes) or passed + sizes[index + 1] / 2 > total * (len(ends) + 1) / ranges:
            ends.append(first + index + 1)
    return list(zip([first, *ends], ends))
