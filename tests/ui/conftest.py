"""What the window's tests share: both schemes, and no widget that outlives its test."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.settings import Theme
from studio.ui import theme


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lets pass what the offscreen platform says of screens that it does not have."""
    mark = pytest.mark.qt_log_ignore("This plugin does not support")
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(mark)


@pytest.fixture(params=[Theme.DARK, Theme.LIGHT])
def themed(request: pytest.FixtureRequest, qapp: QApplication) -> Theme:
    """Runs the test once in each scheme."""
    theme.apply(qapp, request.param)
    return request.param


@pytest.fixture(autouse=True)
def nothing_left_alive() -> Iterator[None]:
    """Fails a test that leaves a window behind; what it left is then deleted."""
    yield
    if QApplication.instance() is None:
        return
    _delete_what_waits()
    if _windows():
        gc.collect()  # a window may only hang in a cycle of the test's own objects
        _delete_what_waits()
    left = _windows()
    names = [f"{type(widget).__name__} {widget.objectName()}".strip() for widget in left]
    for widget in left:
        widget.deleteLater()
    _delete_what_waits()
    assert names == []


def _windows() -> list[QWidget]:
    # Qt keeps its one tooltip for a moment after it was hidden.
    return [
        widget
        for widget in QApplication.topLevelWidgets()
        if widget.metaObject().className() != "QTipLabel"
    ]


def _delete_what_waits() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
