"""Where the prompt is typed."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from studio.core.family import Family

_ASK = "Say what the clip shows: who or what moves, how, and what the camera does."
_SAMPLE = "A red fox trots through fresh snow, the camera at its side."
# By the title of a model that cannot draw the usual one.
_SAMPLES = {"Clipwright starter": "A red circle moves left on a blue background."}


class PromptBox(QPlainTextEdit):
    """A text of several lines that grows with what is typed; Tab leaves it."""

    media_pasted = Signal(QMimeData)  # pasted, but no text: a photo perhaps

    def __init__(
        self, name: str, sample: str, lines: tuple[int, int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._lines = lines
        self.setPlaceholderText(sample)
        self.setAccessibleName(name)
        self.setToolTip(f"{name}. Ctrl+Enter renders.")
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().documentLayout().documentSizeChanged.connect(self._fit_height)
        self._fit_height()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802 - Qt's name
        return is_text(source) or source.hasImage() or source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802 - Qt's name
        if is_text(source):
            self.insertPlainText(source.text())
        else:
            self.media_pasted.emit(source)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit_height()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().sizeHint().width(), self.height())

    def _fit_height(self) -> None:
        least, most = self._lines
        # A QPlainTextEdit's document counts its height in lines.
        lines = round(self.document().documentLayout().documentSize().height())
        frame = 2 * self.frameWidth() + 2 * round(self.document().documentMargin()) + 4
        line = QFontMetrics(self.font()).lineSpacing()
        self.setFixedHeight(min(max(lines, least), most) * line + frame)


def sample_for(family: Family) -> str:
    """What stands where the prompt goes until one is typed: a sentence that the model can draw."""
    return f"{_ASK}\n{_SAMPLES.get(family.title, _SAMPLE)}"


def is_text(source: QMimeData) -> bool:
    """Whether something copied is meant as text: files and pictures come with a text as well."""
    files = any(url.isLocalFile() for url in source.urls())
    return source.hasFormat("text/plain") and not files
