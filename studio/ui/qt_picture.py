"""Pictures of Pillow as Qt's."""

from __future__ import annotations

from PIL import Image
from PySide6.QtGui import QImage


def as_qimage(image: Image.Image) -> QImage:
    """An RGB picture as Qt's."""
    wide, high = image.size
    picture = QImage(image.tobytes(), wide, high, 3 * wide, QImage.Format.Format_RGB888)
    # A copy, because QImage does not hold on to the bytes that it was made of.
    return picture.copy()
