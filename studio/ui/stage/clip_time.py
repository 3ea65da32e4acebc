"""How times, speeds and zooms are written on the stage."""

from __future__ import annotations


def seconds_text(seconds: float) -> str:
    """Seconds with two places, minutes before them where there are any: 4.21, 1:04.21."""
    minutes, rest = divmod(round(seconds * 100), 6000)
    if minutes:
        return f"{minutes}:{rest / 100:05.2f}"
    return f"{rest / 100:.2f}"


def speed_text(speed: float, *, backward: bool = False) -> str:
    """0.5×, 1×, and –2× where it runs backward."""
    return f"{'–' if backward else ''}{speed:.4g}×"


def zoom_text(scale: float, *, fitted: bool) -> str:
    """Fit, or device pixels a picture pixel in percent."""
    return "Fit" if fitted else f"{round(scale * 100)} %"
