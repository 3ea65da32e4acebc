"""Names from elsewhere as they are written: nothing in them is markup, and none takes all room."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton


def plain_tip(text: str) -> str:
    """A tool tip that shows the text itself: Qt takes one with a tag in it for markup."""
    return f"<span>{escape(text)}</span>".replace("\n", "<br>") if "<" in text else text


def put_name(button: QAbstractButton, name: str, about: str, width: int) -> None:
    """Writes a name on a button, and what it is about into its tool tip; a name that is wider than
    `width` pixels is cut, and is there in full.
    """
    shown = button.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, width)
    button.setText(shown.replace("&", "&&"))
    button.setAccessibleName(name)
    told = about or name if shown == name else f"{name}\n{about}".rstrip()
    button.setToolTip(plain_tip(told))
