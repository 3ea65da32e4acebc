"""The scheme of the window: light or dark, by the system or by the person's choice.

A widget that paints with `tokens` repaints by itself; one that keeps a colour or a pixmap takes new
ones in its `changeEvent`, at `QEvent.Type.StyleChange` (Qt brings ApplicationPaletteChange to
windows only, and PaletteChange comes again when the widget then sets a palette of its own).

For the style sheet a widget may carry the property `role`: buttons "primary" (the one that starts
the work) or "danger", labels "heading", "title", "quiet" or "error", frames "card".
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget

from studio.core.settings import Theme
from studio.ui.style import style_sheet
from studio.ui.tokens import DARK, LIGHT, RADIUS, XL, L, M, S, Tokens

__all__ = [
    "DARK",
    "LIGHT",
    "RADIUS",
    "XL",
    "L",
    "M",
    "S",
    "Tokens",
    "apply",
    "give_role",
    "palette",
    "tokens",
]


def apply(app: QApplication, theme: Theme) -> None:
    """Gives the application the scheme, now and whenever the system changes its own."""
    scheme = app.findChild(_Scheme) or _Scheme(app)
    scheme.choose(theme)


def tokens(of: QWidget | QPalette | None = None) -> Tokens:
    """The colours that a widget is to be drawn with: those of the application's scheme.

    A palette is asked for its own scheme.
    """
    # While the scheme changes, a widget's own palette may still be the old one.
    colours = of if isinstance(of, QPalette) else QApplication.palette()
    return DARK if colours.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def give_role(widget: QWidget, role: str) -> None:
    """Gives a widget that may be shown already its `role` for the style sheet."""
    widget.setProperty("role", role)
    # The sheet looks at a property only when it is asked to.
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def indent_numbers(of: QWidget) -> None:
    """Sets the numbers in spin boxes off from the edge, where a style sheet has no say."""
    for box in of.findChildren(QAbstractSpinBox):
        for line in box.findChildren(QLineEdit):
            line.setTextMargins(M - 2, 0, 0, 0)


def palette(colours: Tokens) -> QPalette:
    """The palette of a scheme, for all that the style sheet does not draw."""
    made = QPalette(colours.raised, colours.window)
    role = QPalette.ColorRole
    for name, colour in {
        role.Window: colours.window,
        role.Base: colours.surface,
        role.AlternateBase: colours.window,
        role.Button: colours.raised,
        role.ToolTipBase: colours.raised,
        role.WindowText: colours.text,
        role.Text: colours.text,
        role.ButtonText: colours.text,
        role.BrightText: colours.text,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.quiet,
        role.Highlight: colours.accent,
        role.Accent: colours.accent,
        role.HighlightedText: colours.accent_text,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Mid: colours.line,
        role.Midlight: colours.hover,
        role.Light: colours.hover,
        role.Dark: colours.line,
        role.Shadow: QColor(0, 0, 0),
    }.items():
        made.setColor(name, colour)
    for name in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, name, colours.faint)
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, colours.line)
    return made


class _Scheme(QObject):
    """Keeps the application in the chosen scheme; a child of the application."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._theme = Theme.SYSTEM
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._follow)

    def choose(self, theme: Theme) -> None:
        self._theme = theme
        # Where the platform can, native dialogs and title bars come along.
        self._app.styleHints().setColorScheme(_WISHES[theme])
        self._follow()

    def _follow(self) -> None:
        colours = self._colours()
        if self._app.styleSheet() and tokens() is colours:
            return
        self._app.setPalette(palette(colours))
        self._app.setStyleSheet(style_sheet(colours))

    def _colours(self) -> Tokens:
        match self._theme:
            case Theme.LIGHT:
                return LIGHT
            case Theme.DARK:
                return DARK
            case Theme.SYSTEM:
                # A system that does not say gets dark: the picture is to be the brightest.
                light = self._app.styleHints().colorScheme() is Qt.ColorScheme.Light
                return LIGHT if light else DARK


_WISHES = {
    Theme.SYSTEM: Qt.ColorScheme.Unknown,
    Theme.LIGHT: Qt.ColorScheme.Light,
    Theme.DARK: Qt.ColorScheme.Dark,
}
