"""Draws shelves: a board of spines, each with its title and author as text and a QR code that says the same.

The code is a QR code of 4 px a module with error correction M: at JPEG quality 85 it is read back exactly. Pillow
and zxing-cpp are imported when the first photo is drawn, not before.
"""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL import Image, ImageFont

QUALITY = 85
"""Of the JPEG, out of 100."""

_MODULE = 4  # pixels a QR module
_ON_A_BOARD = 8  # spines, before the next one stands on a new board
_SPINE_HEIGHT = 440
_MARGIN = 16
_TITLE_SIZES = (30, 26, 22, 18, 14, 11)
_WALL = (74, 52, 36)
_BOARD = (128, 92, 60)
_CLOTH = ((122, 32, 40), (28, 62, 98), (34, 84, 58), (88, 60, 110), (60, 60, 64), (150, 96, 30), (24, 92, 100))


class Spine(NamedTuple):
    """What is to be seen on a spine. `isbn` None and low confidence are told by the code alone."""

    title: str
    author: str
    isbn: str | None
    confident: bool

    @property
    def code(self) -> str:
        """The text of the QR code."""
        return f"{'book' if self.confident else 'book~'}:{self.isbn or '-'}|{self.title}|{self.author}"


@lru_cache(maxsize=64)
def photo(spines: tuple[Spine, ...]) -> bytes:
    """A JPEG of the spines, left to right, eight on a board; of an empty board if there are none."""
    from PIL import Image

    drawn = [_spine(spine) for spine in spines]
    boards = [drawn[start : start + _ON_A_BOARD] for start in range(0, len(drawn), _ON_A_BOARD)] or [[]]
    width = max(320, *(sum(spine.width + 4 for spine in board) + 2 * _MARGIN for board in boards))
    step = _SPINE_HEIGHT + 2 * _MARGIN
    picture = Image.new("RGB", (width, step * len(boards)), _WALL)
    for number, board in enumerate(boards):
        foot = step * (number + 1) - _MARGIN
        picture.paste(_BOARD, (0, foot, width, foot + _MARGIN))
        left = _MARGIN
        for spine in board:
            picture.paste(spine, (left, foot - spine.height))
            left += spine.width + 4
    return _jpeg(picture)


@lru_cache(maxsize=64)
def photo_base64(spines: tuple[Spine, ...]) -> str:
    """The same as standard base64 text."""
    return base64.b64encode(photo(spines)).decode("ascii")


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()


@lru_cache(maxsize=96)
def _spine(spine: Spine) -> Image.Image:
    """A spine: the text running up it, the code at its foot. Its height and colour follow from its text."""
    from PIL import Image

    code = _code(spine.code)
    tint = sum(spine.title.encode()) + len(spine.author)
    height = _SPINE_HEIGHT - 12 * (tint % 4)
    picture = Image.new("RGB", (code.width, height), _CLOTH[tint % len(_CLOTH)])
    room = height - code.height - 8
    text = _lettering(spine, (room, code.width)).transpose(Image.Transpose.ROTATE_90)
    picture.paste((244, 236, 214), (0, 4), text)
    picture.paste(code, (0, height - code.height))
    return picture


def _lettering(spine: Spine, size: tuple[int, int]) -> Image.Image:
    """Title over author, white on black, as a mask of `size`: width and height before it is turned."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    lines = [*_wrapped(spine.title, size[0]), (spine.author, _font(18))]
    heights = [int(font.size * 1.25) for _, font in lines]
    top = (size[1] - sum(heights)) // 2
    for (text, font), height in zip(lines, heights, strict=True):
        draw.text(((size[0] - font.getlength(text)) / 2, top), text, fill=255, font=font)
        top += height
    return mask


def _wrapped(title: str, width: int) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    """The title in the largest letters in which it fits, on two lines where that makes them larger."""
    words = title.split(" ")
    splits = [[title], *([" ".join(words[:n]), " ".join(words[n:])] for n in range(1, len(words)))]
    for size in _TITLE_SIZES:
        font = _font(size)
        for lines in splits:
            if all(font.getlength(line) <= width for line in lines):
                return [(line, font) for line in lines]
    return [(title, _font(_TITLE_SIZES[-1]))]


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow was built without FreeType and cannot draw text; install its wheel")
    return font


def _code(text: str) -> Image.Image:
    """The QR code with its quiet zone, black on white."""
    import zxingcpp
    from PIL import Image

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(scale=_MODULE)
    rows, columns = code.shape
    return Image.frombytes("L", (columns, rows), bytes(memoryview(code)))  # type: ignore[arg-type]
