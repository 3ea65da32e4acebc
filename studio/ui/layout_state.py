"""Where the window was and how its zones were divided, as bytes to keep until the next start."""

from __future__ import annotations

import base64
import binascii

from pydantic import BaseModel, ConfigDict, ValidationError
from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow, QSplitter


class LayoutState(BaseModel):
    """A window's geometry and the divisions of its splitters, each in Qt's own form as base64."""

    model_config = ConfigDict(frozen=True)

    geometry: str
    columns: str
    rows: str
    tab: int


def keep(window: QMainWindow, columns: QSplitter, rows: QSplitter, tab: int) -> bytes:
    """The layout as it is now."""
    state = LayoutState(
        geometry=_text(window.saveGeometry()),
        columns=_text(columns.saveState()),
        rows=_text(rows.saveState()),
        tab=tab,
    )
    return state.model_dump_json().encode()


def bring_back(kept: bytes, window: QMainWindow, columns: QSplitter, rows: QSplitter) -> int | None:
    """Lays the window out as it was kept and returns the tab; None, and nothing is changed, where
    the bytes are no layout.
    """
    try:
        state = LayoutState.model_validate_json(kept)
        geometry, left, right = map(_bytes, (state.geometry, state.columns, state.rows))
    except (ValidationError, binascii.Error):
        return None
    if not window.restoreGeometry(geometry):
        return None
    columns.restoreState(left)
    rows.restoreState(right)
    return state.tab


def _text(data: QByteArray) -> str:
    return base64.b64encode(data.data()).decode()


def _bytes(text: str) -> QByteArray:
    return QByteArray(base64.b64decode(text, validate=True))
