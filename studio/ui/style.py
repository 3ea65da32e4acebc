"""The style sheet over Qt's Fusion style, made from the colours of a scheme."""

from __future__ import annotations

from dataclasses import fields
from string import Template

from PySide6.QtGui import QColor

from studio.core.folders import assets
from studio.ui.tokens import RADIUS, Tokens

# Labels get no colour here: a sheet would overrule the palette that a label gives itself.


def style_sheet(colours: Tokens) -> str:
    """The sheet of the whole application for one scheme."""
    names = {
        field.name: value.name()
        for field in fields(colours)
        if isinstance(value := getattr(colours, field.name), QColor)
    }
    marks = (assets() / "icons" / "marks").as_posix()
    names |= {"marks": f"{marks}/{'dark' if colours.dark else 'light'}", "radius": f"{RADIUS}px"}
    return Template("".join(_PARTS)).substitute(names)


_TEXT = """
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="title"] { font-size: 17pt; font-weight: 600; }
QLabel[role="quiet"] { color: $quiet; }
QLabel[role="error"] { color: $danger; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px; }
QFrame[role="card"] { background: $surface; border: 1px solid $line; border-radius: 8px; }
"""

_BUTTONS = """
QPushButton {
    background: $raised; color: $text; border: 1px solid $line; border-radius: $radius;
    padding: 5px 12px; min-height: 18px;
}
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $pressed; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $faint; background: transparent; }
QPushButton[role="primary"] {
    background: $accent; color: $accent_text; border-color: $accent; font-weight: 600;
    padding: 7px 16px;
}
QPushButton[role="primary"]:hover { background: $accent_hover; }
QPushButton[role="primary"]:pressed { background: $accent; }
QPushButton[role="primary"]:focus { border: 2px solid $text; padding: 6px 15px; }
QPushButton[role="primary"]:disabled { background: $raised; color: $faint; border-color: $line; }
QPushButton[role="danger"] { color: $danger; }
ProblemBar QPushButton { padding: 2px 10px; }
QToolButton {
    background: transparent; color: $text; border: 1px solid transparent; border-radius: $radius;
    padding: 4px;
}
QToolButton:hover { background: $hover; }
QToolButton:pressed { background: $pressed; }
QToolButton:checked { background: $pressed; border-color: $line; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $faint; }
QToolButton[popupMode="1"] { padding-right: 16px; }
QToolButton::menu-indicator { image: none; }
QToolButton::menu-button { border: none; width: 14px; }
QToolButton::menu-arrow { image: url($marks-down.svg); width: 10px; height: 10px; }
"""

_FIELDS = """
QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {
    background: $surface; color: $text; border: 1px solid $line; border-radius: $radius;
    selection-background-color: $accent; selection-color: $accent_text;
    placeholder-text-color: $quiet;
}
QLineEdit, QAbstractSpinBox, QComboBox { padding: 4px 8px; min-height: 18px; }
QPlainTextEdit, QTextEdit { padding: 4px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {
    border-color: $accent;
}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled, QPlainTextEdit:disabled {
    color: $faint; background: $window;
}
QAbstractSpinBox { padding-right: 20px; }
QAbstractSpinBox QLineEdit { background: transparent; border: none; padding: 0; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
    subcontrol-origin: border; width: 18px; border: none; background: transparent;
}
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 2px 2px 0 0; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 2px 2px 0; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {
    background: $hover; border-radius: 4px;
}
QAbstractSpinBox::up-arrow { image: url($marks-up.svg); width: 9px; height: 9px; }
QAbstractSpinBox::down-arrow { image: url($marks-down.svg); width: 9px; height: 9px; }
QComboBox { padding-right: 22px; background: $raised; }
QComboBox:hover { background: $hover; }
QComboBox::drop-down { subcontrol-position: center right; width: 22px; border: none; }
QComboBox::down-arrow { image: url($marks-down.svg); width: 10px; height: 10px; }
QComboBox QAbstractItemView {
    background: $raised; border: 1px solid $line; padding: 4px; outline: none;
    selection-background-color: $accent; selection-color: $accent_text;
}
QCheckBox, QRadioButton { spacing: 8px; padding: 2px 0; }
QCheckBox[role="heading"] { font-weight: 600; }
QCheckBox:disabled, QRadioButton:disabled { color: $faint; }
QCheckBox::indicator {
    width: 16px; height: 16px; border: 1px solid $faint; border-radius: 4px; background: $surface;
}
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked {
    background: $accent; border-color: $accent; image: url($marks-check.svg);
}
QCheckBox::indicator:disabled { border-color: $line; background: $window; }
QCheckBox::indicator:checked:disabled { border-color: $faint; background: $faint; }
"""

_LISTS = """
QAbstractItemView { background: $surface; border: none; outline: none; }
QHeaderView::section {
    background: $window; color: $quiet; border: none; border-bottom: 1px solid $line;
    padding: 4px 8px;
}
QTreeView::item { padding: 4px 2px; }
QTreeView::item:selected { background: $accent; color: $accent_text; }
QTableView { gridline-color: $line; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget#page { background: transparent; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: $line; border: 3px solid transparent; border-radius: 6px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar {
    background: $line; color: transparent; border: none; border-radius: 3px; max-height: 6px;
    min-height: 6px;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider:horizontal { min-height: 20px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $line; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
    background: $text; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: $accent; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled { background: $faint; }
"""

_WINDOW = """
QMainWindow, QDialog { background: $window; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QTabWidget::pane { border: none; }
QTabBar { background: transparent; }
QTabBar::tab {
    background: transparent; color: $quiet; border: none; border-bottom: 2px solid transparent;
    padding: 7px 4px 6px 4px; margin: 0 12px 0 4px; font-weight: 600;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar:focus::tab:selected, QTabBar::tab:selected:focus { color: $accent; }
QMenuBar { background: $window; color: $text; border: none; padding: 2px 6px; }
QMenuBar::item { background: transparent; padding: 4px 8px; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; color: $text; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent; color: $accent_text; }
QMenu::item:disabled { color: $faint; background: transparent; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QGroupBox { border: none; margin-top: 22px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; color: $quiet; }
"""

_PARTS = (_TEXT, _BUTTONS, _FIELDS, _LISTS, _WINDOW)
