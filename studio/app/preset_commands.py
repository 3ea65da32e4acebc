"""`clipwright presets …`: what there is, and presets given away and taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from studio.app.failure import FAILED, complain
from studio.app.presets import command_line_presets, models_here, why_unavailable
from studio.app.queue_table import json_of
from studio.core.errors import BadInput, BadPreset
from studio.core.family import Family
from studio.core.preset import KNOWN_FAMILIES, check_preset
from studio.core.preset_exchange import Incoming, export_presets, review_files, take
from studio.core.preset_file import parse_toml, read_text, unknown_keys
from studio.core.preset_shelf import Shelved

presets = typer.Typer(help="Settings under a name, for render and the queue.")

AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A preset's name or id.")]


@presets.command("list")
def list_presets(as_json: AsJson = False) -> None:
    """List all presets, by category; those that cannot be used with their reason."""
    shelf = command_line_presets()
    for problem in [*([shelf.complaint] if shelf.complaint else []), *shelf.problems]:
        complain(problem)
    models = models_here()
    unfit = {each.path: why_unavailable(each.preset, models) for each in shelf.all()}
    if as_json:
        said = [{**_content(each), "unavailable": unfit[each.path]} for each in shelf.all()]
        print(json_of({"presets": said}))
        return
    categories: dict[str, list[Shelved]] = {}
    for each in shelf.all():
        categories.setdefault(each.preset.category, []).append(each)
    for category, inside in categories.items():
        print(category or "No category")
        wide = max(len(each.preset.name) for each in inside)
        for each in inside:
            print(f"  {each.preset.name:<{wide}}  {each.preset.description}")
            if unfit[each.path]:
                print(f"  {'':<{wide}}  Not available: {unfit[each.path]}")


@presets.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Print a preset as its file has it."""
    shelved = command_line_presets().find(name)
    print(json_of(_content(shelved)) if as_json else read_text(shelved.path).rstrip())


@presets.command("export")
def export_some(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file, or a folder.")],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]…", help="Which; all of your own where none is named."),
    ] = None,
    category: Annotated[str | None, typer.Option(help="All of this category.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write presets into one file, or into a folder a file each."""
    shelf = command_line_presets()
    if names:
        chosen = [shelf.find(name) for name in names]
    elif category is not None:
        chosen = [each for each in shelf.all() if each.preset.category == category]
    else:
        chosen = [each for each in shelf.all() if not each.built_in]
    files = export_presets([each.preset for each in chosen], file, overwrite=overwrite, shelf=shelf)
    count = f"{len(chosen)} preset{'' if len(chosen) == 1 else 's'}"
    said = {"files": [str(path) for path in files], "presets": len(chosen)}
    place = file if file.is_dir() else files[0]
    print(json_of(said) if as_json else f"{place}: {count}.")


@presets.command("import")
def import_some(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Files of presets, or folders of them.")
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over your own presets of the same id.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take presets in; status 1 where some of them cannot be."""
    shelf = command_line_presets()
    taken: list[str] = []
    same: list[str] = []
    problems: list[str] = []
    for incoming in review_files(files, shelf):
        try:
            preset = take(incoming, shelf, replace=replace)
        except BadInput as error:
            problems.append(str(error))
            continue
        if preset is not None:
            taken.append(preset.name)
        elif incoming.preset is not None:
            same.append(incoming.preset.name)
    for problem in problems:
        complain(problem)
    if as_json:
        print(json_of({"taken": taken, "there_already": same, "left_out": problems}))
    else:
        for name in taken:
            print(f"{name}: taken in.")
        for name in same:
            print(f"{name}: there already.")
    if problems:
        raise typer.Exit(FAILED)


@presets.command()
def validate(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Files of presets, or folders of them.")
    ],
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with preset files; status 1 where something is."""
    families = [*KNOWN_FAMILIES, *(model.family for model in models_here())]
    reviewed = review_files(files, command_line_presets())
    said = [_looked_at(incoming, families) for incoming in reviewed]
    if as_json:
        print(json_of({"files": said}))
    else:
        for each in said:
            print(each["problem"] or f"{each['file']}: good.")
            for note in _notes(each):
                print(f"{each['file']}: {note}")
    if any(each["problem"] for each in said):
        raise typer.Exit(FAILED)


def _looked_at(incoming: Incoming, families: Sequence[Family]) -> dict[str, Any]:
    """What there is to say of a preset that could be taken in, as JSON has it."""
    problem, preset = incoming.problem, incoming.preset
    unknown: list[str] = []
    family = None
    if preset is not None:
        own = [each for each in families if each.title == preset.family]
        family = None if own else preset.family
        try:
            for each in own:
                check_preset(preset, each)
        except BadPreset as error:
            problem = f"{incoming.where}: {error}"
        unknown = unknown_keys(parse_toml(incoming.text, incoming.where))
    return {
        "file": incoming.where,
        "problem": problem or None,
        "unknown_keys": unknown,
        "unknown_family": family,
    }


def _notes(said: Mapping[str, Any]) -> list[str]:
    notes = [
        f"{key} is not known to this version and has no effect." for key in said["unknown_keys"]
    ]
    if said["unknown_family"]:
        notes.append(
            f"there is no model of the family '{said['unknown_family']}' here, and none of Wan's "
            "is called so; the preset waits for one."
        )
    return notes


def _content(shelved: Shelved) -> dict[str, Any]:
    preset = shelved.preset
    return {
        **preset.model_dump(mode="json", by_alias=True, exclude_none=True),
        "built_in": shelved.built_in,
        "file": str(shelved.path),
    }
