"""The colours and distances that the whole window is drawn with, once for each scheme."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

# Distances in logical pixels, between parts of one thing up to between zones.
S, M, L, XL = 4, 8, 12, 16
RADIUS = 6


@dataclass(frozen=True)
class Tokens:
    """The colours of one scheme.

    `window` lies behind everything, `surface` behind lists and fields, `raised` behind what can be
    pressed or floats; `hover` and `pressed` are `raised` under the pointer. `stage` surrounds the
    picture. `text`, `quiet`, `accent`, `danger`, `warn` and `ok` can be read on window, surface and
    raised; `accent_text` on accent.
    """

    dark: bool
    window: QColor
    surface: QColor
    raised: QColor
    hover: QColor
    pressed: QColor
    stage: QColor
    line: QColor
    text: QColor
    quiet: QColor
    faint: QColor
    accent: QColor
    accent_hover: QColor
    accent_text: QColor
    danger: QColor
    warn: QColor
    ok: QColor


DARK = Tokens(
    dark=True,
    window=QColor("#191d24"),
    surface=QColor("#1f242d"),
    raised=QColor("#2a303b"),
    hover=QColor("#333a47"),
    pressed=QColor("#242933"),
    stage=QColor("#101318"),
    line=QColor("#343b48"),
    text=QColor("#e3e6ec"),
    quiet=QColor("#a0a8b7"),
    faint=QColor("#697182"),
    accent=QColor("#86a4ff"),
    accent_hover=QColor("#9bb4ff"),
    accent_text=QColor("#0d1531"),
    danger=QColor("#ff8f88"),
    warn=QColor("#e9b45c"),
    ok=QColor("#74ca94"),
)

LIGHT = Tokens(
    dark=False,
    window=QColor("#efedea"),
    surface=QColor("#f8f7f5"),
    raised=QColor("#ffffff"),
    hover=QColor("#f3f1ee"),
    pressed=QColor("#e6e3de"),
    stage=QColor("#dcd9d4"),
    line=QColor("#d3cfc8"),
    text=QColor("#24221f"),
    quiet=QColor("#635e57"),
    faint=QColor("#9c978f"),
    accent=QColor("#3c56c8"),
    accent_hover=QColor("#324ab4"),
    accent_text=QColor("#ffffff"),
    danger=QColor("#b0261e"),
    warn=QColor("#835400"),
    ok=QColor("#1d7040"),
)
