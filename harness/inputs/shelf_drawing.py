"""Draws shelves: boards of spines, each with its title and author as text and a QR code that says the same.

The code is a QR code of 4 px a module with error correction M, its text UTF-8. Pillow and zxing-cpp are imported when
the first shelf is drawn, not before. How a photo of the shelf looks is `shelf_looks`', what file it is `shelf_files`'.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.records import NamedTuple

if TYPE_CHECKING:
    from PIL import Image, ImageFont

FONT = Path(__file__).parent / "fonts" / "DejaVuSerifCondensed-Bold.ttf"
"""The letters on the spines: Latin, Greek and Cyrillic. Its licence stands beside it."""

WALL = (74, 52, 36)
"""The colour behind the books."""

_MODULE = 4  # pixels a QR module
_ON_A_BOARD = 8  # spines, before the next one stands on a new board
_SPINE_HEIGHT = 440
_MARGIN = 16
_TITLE_SIZES = (34, 30, 26, 23, 20, 17, 14)
_AUTHOR_SIZES = (20, 17, 14, 12)
_LINE = 1.25  # of the size of the letters
_BOARD = (128, 92, 60)
_INK = (244, 236, 214)
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


def shelf(spines: tuple[Spine, ...]) -> Image.Image:
    """The spines in RGB, left to right, eight on a board; an empty board if there are none."""
    from PIL import Image

    drawn = [_spine(spine) for spine in spines]
    boards = [drawn[start : start + _ON_A_BOARD] for start in range(0, len(drawn), _ON_A_BOARD)] or [[]]
    width = max(320, *(sum(spine.width + 4 for spine in board) + 2 * _MARGIN for board in boards))
    step = _SPINE_HEIGHT + 2 * _MARGIN
    picture = Image.new("RGB", (width, step * len(boards)), WALL)
    for number, board in enumerate(boards):
        foot = step * (number + 1) - _MARGIN
        picture.paste(_BOARD, (0, foot, width, foot + _MARGIN))
        left = _MARGIN
        for spine in board:
            picture.paste(spine, (left, foot - spine.height))
            left += spine.width + 4
    return picture


@lru_cache(maxsize=192)  # as many as the catalogue has, each with high confidence and with low
def _spine(spine: Spine) -> Image.Image:
    """A spine: the text running up it, the code at its foot. Its height and colour follow from its text."""
    from PIL import Image

    code = _code(spine.code)
    tint = sum(spine.title.encode()) + len(spine.author)
    height = _SPINE_HEIGHT - 12 * (tint % 4)
    picture = Image.new("RGB", (code.width, height), _CLOTH[tint % len(_CLOTH)])
    room = height - code.height - 8
    text = _lettering(spine, (room, code.width)).transpose(Image.Transpose.ROTATE_90)
    picture.paste(_INK, (0, 4), text)
    picture.paste(code, (0, height - code.height))
    return picture


def _lettering(spine: Spine, size: tuple[int, int]) -> Image.Image:
    """Title over author, white on black, as a mask of `size`: width and height before it is turned."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    author = _fitted(spine.author, _AUTHOR_SIZES, (size[0] - 8, size[1] // 3))
    title = _fitted(spine.title, _TITLE_SIZES, (size[0] - 8, size[1] - 12 - _height(author)))
    top = (size[1] - _height(title) - _height(author)) // 2
    for text, font in (*title, *author):
        draw.text(((size[0] - font.getlength(text)) / 2, top), text, fill=255, font=font)
        top += int(font.size * _LINE)
    return mask


def _fitted(text: str, sizes: tuple[int, ...], room: tuple[int, int]) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    """The text in lines, in the largest letters in which it fits into `room`; in the smallest if it fits in none."""
    lines: list[tuple[str, ImageFont.FreeTypeFont]] = []
    for size in sizes:
        font = _font(size)
        lines = [(line, font) for line in _wrapped(text, font, room[0])]
        if _height(lines) <= room[1] and all(font.getlength(line) <= room[0] for line, _ in lines):
            break
    return lines


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):
        if lines and font.getlength(longer := f"{lines[-1]} {word}") <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _height(lines: list[tuple[str, ImageFont.FreeTypeFont]]) -> int:
    return sum(int(font.size * _LINE) for _, font in lines)


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)


def _code(text: str) -> Image.Image:
    """The QR code with its quiet zone, black on white. Text that is not ASCII is declared as UTF-8 (ECI 26)."""
    import zxingcpp
    from PIL import Image

    charset = {} if text.isascii() else {"eci": "UTF-8"}
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", **charset)
    code = made.to_image(scale=_MODULE)
    rows, columns = code.shape
    return Image.frombytes("L", (columns, rows), bytes(memoryview(code)))  # type: ignore[arg-type]
