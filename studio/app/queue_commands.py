"""`clipwright queue …`: jobs for later, and what becomes of them."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from studio.app.checks import check_request
from studio.app.desk import QueueDesk, database, open_desk
from studio.app.failure import FAILED, complain
from studio.app.options import (
    Background,
    Crop,
    FitName,
    FlowShift,
    FrameRate,
    Guidance,
    Guidance2,
    Height,
    ModelName,
    NegativePrompt,
    NumFrames,
    NumSteps,
    Photo,
    PresetName,
    Prompt,
    QualityName,
    SchedulerName,
    Seed,
    Width,
    request_from,
)
from studio.app.presets import preset_named
from studio.app.queue_table import job_content, json_of, listing_content, listing_text, told
from studio.core.errors import BadInput
from studio.core.job import Job
from studio.core.params import MAX_SEED, GenerationParams

queue = typer.Typer(help="Jobs for later: they wait in the queue, also over a restart.")

JobId = Annotated[int, typer.Argument(metavar="ID", help="The job, as in the list.")]
JobOrAll = Annotated[
    int | None,
    typer.Argument(metavar="[ID]", help="A job; without it the whole queue.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]


@queue.command()
def add(
    context: typer.Context,
    prompt: Prompt = None,
    image: Photo = None,
    crop: Crop = None,
    fit: FitName = None,
    background: Background = None,
    negative_prompt: NegativePrompt = None,
    width: Width = None,
    height: Height = None,
    num_frames: NumFrames = None,
    frame_rate: FrameRate = None,
    quality: QualityName = None,
    model: ModelName = None,
    preset: PresetName = None,
    num_inference_steps: NumSteps = None,
    guidance_scale: Guidance = None,
    guidance_scale_2: Guidance2 = None,
    flow_shift: FlowShift = None,
    seed: Seed = None,
    scheduler: SchedulerName = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, max=1000, help="So many jobs, each with its own seed.")
    ] = None,
    front: Annotated[
        bool, typer.Option("--front", help="Before all that wait, not after them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a job, or with --seeds several."""
    with _desk(context) as desk:
        # Where the clip goes is chosen when the job starts; its name here only has to be one.
        given = {**context.params, "out": database().with_suffix(".mp4")}
        request = request_from(given, desk.folder)
        check_request(request)
        own = None if preset is None else preset_named(preset).settings.seeds
        count = seeds or own or 1
        _tell(desk.add(_with_seeds(request.params, count), front=front), as_json)


@queue.command("list")
def list_jobs(context: typer.Context, as_json: AsJson = False) -> None:
    """List all jobs: first those that wait or run, in order, then the finished ones."""
    with _desk(context) as desk:
        listing = desk.listing()
        print(json_of(listing_content(listing)) if as_json else listing_text(listing))


@queue.command()
def pause(context: typer.Context, job: JobOrAll = None, as_json: AsJson = False) -> None:
    """Pause the whole queue, or one job."""
    with _desk(context) as desk:
        _tell_of(desk.pause(job), "asked to pause", desk, as_json)


@queue.command()
def resume(context: typer.Context, job: JobOrAll = None, as_json: AsJson = False) -> None:
    """Let the whole queue go on, or one paused or interrupted job."""
    with _desk(context) as desk:
        _tell_of(desk.resume(job), "goes on", desk, as_json)


@queue.command()
def cancel(context: typer.Context, job: JobId, as_json: AsJson = False) -> None:
    """Cancel a job; it stays in the list and can be retried."""
    with _desk(context) as desk:
        _tell(desk.cancel(job), as_json, "asked to stop")


@queue.command()
def retry(
    context: typer.Context,
    job: Annotated[
        int | None,
        typer.Argument(metavar="[ID]", help="A failed or cancelled job.", show_default=False),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All jobs that failed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a failed or cancelled job back into the queue."""
    if (job is None) != failed:
        raise BadInput("Say either which job to retry, by its ID, or --failed for all that failed.")
    with _desk(context) as desk:
        jobs = desk.retry_failed() if job is None else desk.retry(job)
        if not jobs and not as_json:
            print("No job has failed.")
        else:
            _tell(jobs, as_json)


@queue.command()
def move(
    context: typer.Context,
    job: JobId,
    position: Annotated[int, typer.Argument(metavar="POSITION", min=1, help="1 is the next.")],
    as_json: AsJson = False,
) -> None:
    """Give a job another place in the order."""
    with _desk(context) as desk:
        _tell(desk.move(job, position), as_json)


@queue.command("export")
def export_jobs(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to, a .json.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file of that name.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write all jobs that are not finished into a file."""
    with _desk(context) as desk:
        count = desk.export_file(file, overwrite=overwrite)
        if as_json:
            print(json_of({"file": str(desk.folder / file), "jobs": count}))
        else:
            print(f"{file}: {count} job{'' if count == 1 else 's'}.")


@queue.command("import")
def import_jobs(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What export wrote.")],
    as_json: AsJson = False,
) -> None:
    """Add the jobs of a file; status 1 where some of them cannot be read."""
    with _desk(context) as desk:
        imported = desk.import_file(file)
        for complaint in imported.complaints:
            complain(complaint)
        if as_json:
            jobs = [job_content(job) for job in imported.jobs]
            print(json_of({"jobs": jobs, "left_out": imported.complaints}))
        elif imported.jobs:
            print(told(imported.jobs, ""))
        elif not imported.complaints:
            print(f"{file} has no jobs.")
    if imported.complaints:
        raise typer.Exit(FAILED)


@queue.command()
def run(
    context: typer.Context,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End when no job is left to render.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print each change as JSON.")] = False,
) -> None:
    """Render what is in the queue; without --until-empty, wait for more until Ctrl-C."""
    if isinstance(context.obj, QueueDesk):
        context.obj.go_on()
        if not as_json:
            print("The Clipwright that is open works the queue off.")
        return
    # Only now: it needs Qt, which the other commands do without.
    from studio.app.queue_run import OwnedQueue, work_off

    assert isinstance(context.obj, OwnedQueue)
    raise typer.Exit(work_off(context.obj, until_empty=until_empty, as_json=as_json))


COMMAND_NAMES = frozenset(
    command.name or command.callback.__name__
    for command in queue.registered_commands
    if command.callback is not None
)


@contextmanager
def _desk(context: typer.Context) -> Generator[QueueDesk]:
    """The desk that whoever runs these commands gave them, else one straight on the database."""
    if isinstance(context.obj, QueueDesk):
        yield context.obj
        return
    with open_desk() as desk:
        if desk.complaint is not None:
            complain(desk.complaint)
        yield desk


def _with_seeds(params: GenerationParams, count: int) -> list[GenerationParams]:
    if count == 1:
        return [params]
    first = secrets.randbelow(2**32) if params.seed is None else params.seed
    if first + count - 1 > MAX_SEED:
        raise BadInput(f"--seed {first} leaves no room for {count} seeds; give a smaller one.")
    return [params.model_copy(update={"seed": first + number}) for number in range(count)]


def _tell(jobs: list[Job], as_json: bool, asked: str = "stays so") -> None:
    print(json_of({"jobs": [job_content(job) for job in jobs]}) if as_json else told(jobs, asked))


def _tell_of(jobs: list[Job], asked: str, desk: QueueDesk, as_json: bool) -> None:
    """What became of a job, or where none was named, of the queue."""
    if jobs:
        _tell(jobs, as_json, asked)
        return
    listing = desk.listing()
    if as_json:
        print(json_of({"paused": listing.paused, "pause_reason": listing.pause_reason}))
    else:
        print("The queue is paused." if listing.paused else "The queue goes on.")
