"""How files become tasks."""

from hypothesis import given
from hypothesis import strategies as st
from sluice_etl.lake.inputs import Inputs, SourceFile
from sluice_etl.lake.sizes import MB
from sluice_etl.session import LARGEST_TASK, LEAST_OPENING, OPENING, SMALLEST_TASK, TASKS_PER_CORE, cut, fit_to, open_session


def landed(folder, sizes: list[int]) -> Inputs:
    files = []
    for number, size in enumerate(sizes):
        path = folder / f"{number}.txt"
        with path.open("wb") as file:
            file.truncate(size)
        files.append(SourceFile(f"file:{path}", size, ()))
    return Inputs(tuple(files), (), ())


def tasks_of(spark, inputs: Inputs) -> list[list[int]]:
    """For each task the bytes of the pieces that it reads."""
    session = open_session(spark, 128)
    fit_to(inputs, session)
    partitions = session.read.text([file.uri for file in inputs.files])._jdf.queryExecution().toRdd().partitions()
    return [[piece.length() for piece in partition.files()] for partition in partitions]


def test_many_small_files_are_read_by_as_many_tasks_as_keep_the_cores_busy(spark, tmp_path):
    wanted, found = TASKS_PER_CORE * spark.sparkContext.defaultParallelism, tasks_of(spark, landed(tmp_path, [10] * 900))
    assert wanted - 1 <= len(found) <= wanted + 1 and sum(map(len, found)) == 900


def test_a_large_file_among_small_ones_is_read_by_several_tasks(spark, tmp_path):
    found = tasks_of(spark, landed(tmp_path, [10] * 900 + [1024 * MB]))
    assert sum(map(sum, found)) == 9000 + 1024 * MB
    assert max(map(sum, found)) <= LARGEST_TASK, "no task reads more of it than others"


@given(files=st.integers(0, 2_000_000), size=st.integers(0, 2**45), tasks=st.integers(8, 8_000))
def test_a_task_takes_neither_too_much_nor_a_file_for_nothing(files, size, tasks):
    opening, share = cut(files, size, tasks)
    assert SMALLEST_TASK <= share <= LARGEST_TASK and LEAST_OPENING <= opening <= OPENING
    # Where a file counts as little as it may, that and no less than a large task's bytes are what makes the tasks more.
    assert (size + files * opening) / share <= tasks + 1 or share == LARGEST_TASK and (opening == LEAST_OPENING or size > (tasks - 1) * LARGEST_TASK)
