"""What a drop or a paste holds: photos, clips, or nothing that can be used."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QUrl
from PySide6.QtGui import QImage, QPixmap

from studio.core.preset_file import SHARED_ENDING

CLIP_SUFFIXES = {".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi"}
# As the file itself where the other program has it, best first; some browsers name no kind at all.
PICTURE_FORMATS = (
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/avif",
    "image/heic",
    "image/heif",
    "image/tiff",
    "image/gif",
    "image/bmp",
    "application/octet-stream",
)
ONLY_A_LINK = (
    "This is a link to a photo, not the photo itself. Save the picture and drop the file, "
    "or copy the picture and paste it."
)
NO_PHOTO = "There is no photo in this; drop or paste a picture or its file."


@dataclass(frozen=True)
class Intake:
    """Photos as files or their bytes, clips and presets as files, or a sentence why there are
    none.
    """

    photos: tuple[Path | bytes, ...] = ()
    clips: tuple[Path, ...] = ()
    presets: tuple[Path, ...] = ()
    complaint: str | None = None


def may_hold_media(mime: QMimeData) -> bool:
    """Whether it is worth a look: what is dragged cannot always be read before it is dropped."""
    return bool(
        mime.hasUrls()
        or mime.hasImage()
        or any(mime.hasFormat(name) for name in PICTURE_FORMATS)
        or _urls(mime)
    )


def take_in(mime: QMimeData) -> Intake:
    """The photos and clips in what was dropped or pasted."""
    urls = _urls(mime)
    files = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    if files:
        clips = tuple(file for file in files if file.suffix.lower() in CLIP_SUFFIXES)
        presets = tuple(file for file in files if file.suffix.lower() == SHARED_ENDING)
        rest = tuple(file for file in files if file not in (*clips, *presets))
        return Intake(rest, clips, presets)
    picture = _picture_bytes(mime) or _inline_bytes(urls)
    if picture is not None:
        return Intake((picture,))
    return Intake(complaint=ONLY_A_LINK if urls else NO_PHOTO)


def _urls(mime: QMimeData) -> list[QUrl]:
    if mime.hasUrls():
        return mime.urls()
    # A terminal or an older file manager gives a file's address as text.
    lines = mime.text().split("\n") if mime.hasFormat("text/plain") else []
    links = [line.strip() for line in lines if re.match(r"(file://|data:image/)", line)]
    return [QUrl(link) for link in links]


def _picture_bytes(mime: QMimeData) -> bytes | None:
    for name in PICTURE_FORMATS:
        if mime.hasFormat(name):
            data = bytes(mime.data(name).data())
            if data:
                return data
    image: object = mime.imageData() if mime.hasImage() else None
    if isinstance(image, QPixmap):
        image = image.toImage()
    return _as_png(image) if isinstance(image, QImage) and not image.isNull() else None


def _as_png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # pyright: ignore[reportArgumentType, reportCallIssue] - stubs want bytes
    return bytes(buffer.data().data())


def _inline_bytes(urls: list[QUrl]) -> bytes | None:
    """The picture that a data: address carries in itself (RFC 2397)."""
    for url in urls:
        if url.scheme() == "data" and url.path().startswith("image/"):
            head, _, body = url.path(QUrl.ComponentFormattingOption.FullyEncoded).partition(",")
            data = unquote_to_bytes(body)
            try:
                return base64.b64decode(data) if head.endswith(";base64") else data
            except binascii.Error:
                return None
    return None
