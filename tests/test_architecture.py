"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "studio").rglob("*.py"))
MODULES = {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text("utf-8")) for file in FILES}

LONGEST_FILE = 350
LONGEST_FUNCTION = 60
NO_NAMES = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}
HEAVY = ("PySide6", "accelerate", "av", "diffusers", "imageio", "numpy", "torch", "transformers")


def definitions(
    *kinds: type[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef],
) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path, module in MODULES.items():
        for node in ast.walk(module):
            if isinstance(node, kinds):
                yield f"{path}:{node.lineno} {node.name}", node


def words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def test_there_is_code_to_look_at() -> None:
    assert "studio/core/errors.py" in MODULES


def test_every_module_says_what_lives_in_it() -> None:
    assert [path for path, module in MODULES.items() if not ast.get_docstring(module)] == []


def test_every_class_says_what_it_is() -> None:
    silent = [at for at, node in definitions(ast.ClassDef) if not ast.get_docstring(node)]
    assert silent == []


def test_no_file_is_long() -> None:
    lengths = {file.name: len(file.read_text("utf-8").splitlines()) for file in FILES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_long() -> None:
    functions = definitions(ast.FunctionDef, ast.AsyncFunctionDef)
    lengths = {at: (node.end_lineno or 0) - node.lineno + 1 for at, node in functions}
    assert {at: length for at, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_no_module_or_class_is_named_after_nothing() -> None:
    names = [(path, part) for path in MODULES for part in Path(path).with_suffix("").parts]
    names += [(at, node.name) for at, node in definitions(ast.ClassDef)]
    assert [at for at, name in names if words(name) & NO_NAMES] == []


@pytest.mark.parametrize("name", ["JobManager", "photo_utils", "Misc", "HTTPHelper"])
def test_a_name_after_nothing_is_recognised(name: str) -> None:
    assert words(name) & NO_NAMES


def test_nothing_is_left_to_do_in_a_comment() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert [file.name for file in FILES if later.search(file.read_text("utf-8"))] == []


def test_core_loads_no_heavy_library() -> None:
    core = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in FILES]
    code = "\n".join(f"import {name}" for name in core if name.startswith("studio.core."))
    code += f"\nimport sys; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.split() == []
