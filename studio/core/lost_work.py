"""Folders of jobs that a damaged database has lost: kept, and told with the recovery."""

from __future__ import annotations

from studio.core.job_files import JobFiles
from studio.core.job_list import JobList
from studio.core.recovery import Recovery


def tell_lost_work(recovery: Recovery, queue: JobList, files: JobFiles) -> str:
    """The recovery's sentence, with the folders of the jobs that could not be read. They get other
    names at once, before a new job is given one of their ids.
    """
    folders = files.set_lost_aside({job.id for job in queue.jobs()})
    if not folders:
        return recovery.sentence
    names = ", ".join(folder.name for folder in folders)
    return (
        f"{recovery.sentence} What was kept of jobs that could not be read is in {files.root}: "
        f"{names}."
    )
