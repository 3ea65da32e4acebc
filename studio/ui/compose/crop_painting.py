"""How the crop box is drawn over its photo."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

MARK = 7.0  # pixels: a handle
# What lies on a photo is black and white in both schemes: it has to show on any picture.
SHADE = QColor(0, 0, 0, 150)
EDGE = QColor(255, 255, 255)
THIRDS = QColor(255, 255, 255, 150)
OUTLINE = QColor(0, 0, 0, 110)


def paint_box(
    painter: QPainter, photo: QRectF, box: QRectF, handles: Sequence[QPointF], *, thirds: bool
) -> None:
    """Darkens the photo around the box and draws its edge, its handles and, if wanted, thirds."""
    outside = QPainterPath()
    outside.addRect(photo)
    outside.addRect(box)
    painter.fillPath(outside, SHADE)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((OUTLINE, 3.0), (EDGE, 1.5)):
        painter.setPen(QPen(colour, width))
        painter.drawRect(box.adjusted(0.75, 0.75, -0.75, -0.75))
    if thirds:
        painter.setPen(QPen(THIRDS, 1))
        for part in (1 / 3, 2 / 3):
            x, y = box.left() + box.width() * part, box.top() + box.height() * part
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
    painter.setPen(QPen(OUTLINE, 1))
    painter.setBrush(EDGE)
    for handle in handles:
        mark = QRectF(0, 0, MARK, MARK)
        mark.moveCenter(handle)
        painter.drawRoundedRect(_pushed_into(mark, photo), 2, 2)


def _pushed_into(mark: QRectF, photo: QRectF) -> QRectF:
    """A handle at the photo's edge, moved so that all of it is seen."""
    x = min(max(mark.left(), photo.left() + 1), photo.right() - 1 - mark.width())
    y = min(max(mark.top(), photo.top() + 1), photo.bottom() - 1 - mark.height())
    return QRectF(x, y, mark.width(), mark.height())
