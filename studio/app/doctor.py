"""`clipwright doctor`: what this machine has and will use, and whether a clip comes out right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

import typer

from studio.app import machine
from studio.app.failure import failure_of
from studio.app.finding import Finding, Topic
from studio.app.quiet import silence
from studio.app.stopping import Manner, Stopping
from studio.core.errors import StudioError
from studio.core.model_folder import STARTER, ModelFolder, find_model
from studio.core.request import Memory


def doctor(
    context: typer.Context,
    model: Annotated[
        str, typer.Option(metavar="NAME|FOLDER", help="The model to look at and try.")
    ] = STARTER,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
    write_reference: Annotated[bool, typer.Option("--write-reference", hidden=True)] = False,
) -> None:
    """Look at this machine and try a tiny render."""
    silence()
    if write_reference:
        from studio.app import trial

        _allow_unwinding(context.obj)
        print(trial.write_reference(find_model(model)))
        return
    findings: list[Finding] = []
    for finding in examine(model, context.obj):
        findings.append(finding)
        if not as_json:
            print(_line(finding, findings), flush=True)
    good = all(finding.good for finding in findings)
    if as_json:
        found = [finding.model_dump(mode="json") for finding in findings]
        print(json.dumps({"good": good, "findings": found}, ensure_ascii=False, indent=2))
    raise typer.Exit(0 if good else 1)


def examine(model: str, stopping: Stopping) -> Iterator[Finding]:
    """Everything that can be found out, cheap things first."""
    yield from machine.system()
    broken = None
    try:
        yield from machine.accelerators()
    except Exception as error:  # noqa: BLE001 - whatever a broken package raises is what was found
        text = f"torch cannot be used ({machine.reason_of(error)}); install the program again."
        broken = Finding(topic=Topic.PACKAGES, name="torch", text=text, good=False)
    yield from machine.packages()
    yield from machine.places()
    if broken is not None:
        yield broken
        return
    try:
        folder = find_model(model)
    except StudioError as error:
        yield Finding(topic=Topic.MODEL, name=model, text=str(error), good=False)
        return
    _allow_unwinding(stopping)
    yield from _model(model, folder)
    yield _trial(model, folder)


def _model(model: str, folder: ModelFolder) -> Iterator[Finding]:
    from studio.engine.placement import choose_placement

    text = f"{folder.family.title}, whole, in {folder.path}"
    yield Finding(topic=Topic.MODEL, name=model, text=text)
    try:
        good, used = True, choose_placement(Memory.AUTO, folder).describe()
    except Exception as error:  # noqa: BLE001 - whatever a device or its driver raises, as above
        good, used = False, f"no device that answers ({machine.reason_of(error)})"
    yield Finding(topic=Topic.MODEL, name="runs on", text=used, good=good)


def _trial(model: str, folder: ModelFolder) -> Finding:
    """A tiny render, compared with the reference if the model has one, as the starter must."""
    from studio.app import trial

    good, text = True, "a clip was rendered; this model has no reference to compare it with"
    try:
        reference = trial.read_reference(folder)
        if reference is None:
            trial.grid_of(folder, trial.TRIAL)
            good = model != STARTER
        else:
            likeness = trial.compare(folder, reference)
            good = likeness >= trial.ENOUGH
            text = f"{'as expected' if good else 'differs'} ({likeness:.1f} dB, at least "
            text += f"{trial.ENOUGH:g} wanted)"
    except Exception as error:  # noqa: BLE001 - whatever a render fails with is what was found
        good, text = False, failure_of(error).message
    return Finding(topic=Topic.TRIAL, name="tiny render", text=text, good=good)


def _allow_unwinding(stopping: Stopping) -> None:
    # A render of its own may have files open from here on.
    stopping.manner = Manner.UNWIND


def _line(finding: Finding, before: list[Finding]) -> str:
    first = len(before) < 2 or before[-2].topic is not finding.topic
    mark = "" if finding.good else "✗ "
    return f"{finding.topic if first else '':<9} {finding.name:<18} {mark}{finding.text}"
