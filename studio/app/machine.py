"""What this machine has: system, processor, memory, GPU, packages, and room for files."""

from __future__ import annotations

import dataclasses
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from studio.app.finding import Finding, Topic
from studio.core.errors import StudioError
from studio.core.files import check_writable_folder, storage_error
from studio.core.folders import HOME_VARIABLE, folders

_PACKAGES = ("torch", "diffusers", "transformers", "av", "PySide6-Essentials")


def system() -> Iterator[Finding]:
    """Python, the operating system, the processor and the memory; imports no torch."""
    import psutil

    yield _machine("Python", f"{platform.python_version()}, {platform.machine()}")
    yield _machine("system", _system_name())
    yield _machine("processor", f"{_processor_name()}, {os.cpu_count()} cores")
    memory = psutil.virtual_memory()
    yield _machine("memory", f"{_gigabytes(memory.available)} of {_gigabytes(memory.total)} free")


def packages() -> Iterator[Finding]:
    """The versions that are installed, and whether FFmpeg can write clips."""
    for name in _PACKAGES:
        try:
            yield Finding(topic=Topic.PACKAGES, name=name, text=metadata.version(name))
        except metadata.PackageNotFoundError:
            text = "not installed; install the program again."
            yield Finding(topic=Topic.PACKAGES, name=name, text=text, good=False)
    try:
        import av

        there = "libx264" in av.codecs_available
    except Exception as error:  # noqa: BLE001 - whatever a broken package raises is what was found
        text = f"av cannot be loaded ({reason_of(error)}); install the program again."
        yield Finding(topic=Topic.PACKAGES, name="libx264", text=text, good=False)
        return
    text = "present" if there else "missing, and no clip can be written; install av from its wheel."
    yield Finding(topic=Topic.PACKAGES, name="libx264", text=text, good=there)


def accelerators() -> Iterator[Finding]:
    """What torch can compute on."""
    import torch

    from studio.engine.placement import best_device, fast_dtype

    has_bf16 = fast_dtype(torch.device("cpu")) is torch.bfloat16
    yield _machine("bf16 on the CPU", "in hardware" if has_bf16 else "none, fp32 is used")
    if not torch.cuda.is_available():
        name = "Apple GPU" if best_device().type == "mps" else "none that torch can use"
        yield _machine("GPU", name)
    for index in range(torch.cuda.device_count()):
        try:
            free, total = torch.cuda.mem_get_info(index)
            card = torch.cuda.get_device_name(index)
        except RuntimeError as error:
            text = f"does not answer ({reason_of(error)}); start the machine or its driver anew."
            yield Finding(topic=Topic.MACHINE, name="GPU", text=text, good=False)
            continue
        room = f"{_gigabytes(free)} of {_gigabytes(total)} free"
        yield _machine("GPU", f"{card}, {room}, driver {_driver() or 'unknown'}")


def places() -> Iterator[Finding]:
    """Where files go, and whether they can be written there; makes no folder."""
    try:
        own = folders()
    except StudioError as error:
        yield Finding(topic=Topic.FOLDERS, name=HOME_VARIABLE, text=str(error), good=False)
        return
    for field in dataclasses.fields(own):
        folder: Path = getattr(own, field.name)
        try:
            _check_place(folder)
        except StudioError as error:
            text, good = f"{folder}: {error}", False
        else:
            text, good = f"{folder}, can be written", True
        yield Finding(topic=Topic.FOLDERS, name=field.name, text=text, good=good)


def reason_of(error: Exception) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _check_place(folder: Path) -> None:
    try:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        check_writable_folder(folder)
    except OSError as error:
        raise storage_error(error, folder) from error


def _machine(name: str, text: str) -> Finding:
    return Finding(topic=Topic.MACHINE, name=name, text=text)


def _system_name() -> str:
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.release()}"
    except (OSError, KeyError):
        return platform.platform()


def _processor_name() -> str:
    """The name that Linux tells in /proc/cpuinfo; elsewhere the one that Python knows."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except (OSError, ValueError):
        pass
    return platform.processor() or "unknown"


def _driver() -> str | None:
    """The version of NVIDIA's driver, which torch does not tell."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    command = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return next(iter(told.stdout.split()), None)


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
