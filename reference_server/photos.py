"""From the text of an uploaded photo to the books on it: base64, pictures and the codes on the spines."""

import base64
import binascii
import functools
import io
import warnings

import zxingcpp
from PIL import Image, UnidentifiedImageError

from reference_server.books import Book, Box, read_spine

MAX_PIXELS = 50_000_000
_HEAVY_BYTES = 256 * 1024
_HEAVY_PIXELS = 2_000_000
_COMMON = ("JPEG", "PNG", "GIF", "BMP", "PPM")
_READABLE = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])

# A picture far larger than its file is a bomb: an error that makes the photo unreadable, not a warning on stderr.
warnings.simplefilter("error", Image.DecompressionBombWarning)


class UnreadablePhoto(Exception):
    """The data is no picture that can be read; the text says why, for the person who sent it."""


def decode_base64(text: str) -> bytes | None:
    """The bytes in standard base64 (RFC 4648 4), line breaks and missing padding tolerated; None if it is none."""
    packed = text.replace("\r", "").replace("\n", "")
    digits = packed.rstrip("=")
    if len(packed) - len(digits) > 2:
        return None
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def read_photo(content: bytes | None) -> list[Book]:
    """The books on a photo, from left to right; none on a picture without codes.

    Slow (some milliseconds, more for large pictures): call it off the event loop. `content` is a picture file in any
    format, or None where the upload was not even base64.

    Raises:
        UnreadablePhoto: it is no picture, is damaged, or has more than `MAX_PIXELS` pixels.
    """
    if content is None:
        raise UnreadablePhoto("the image data is not base64")
    picture = _open(content)
    # Neither a bar code lying on its side nor one in light on dark is a spine's.
    codes = zxingcpp.read_barcodes(picture, formats=_READABLE, try_rotate=False, try_invert=False)
    found = [_book(code, picture.size) for code in codes]
    return sorted((book for book in found if book), key=lambda book: (book.box.x1, book.box.y1))


def is_heavy(content: bytes | None) -> bool:
    """Whether reading this photo takes so long that it should not be done beside the event loop; cheap to ask."""
    if content is None:
        return False
    if len(content) > _HEAVY_BYTES:
        return True
    try:
        with _recognised(content) as picture:
            return picture.width * picture.height > _HEAVY_PIXELS
    except Exception:  # noqa: BLE001 - as below; nothing to decode, and `read_photo` says why
        return False


def _open(content: bytes) -> Image.Image:
    try:
        with _recognised(content) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise UnreadablePhoto(f"the image has more than {MAX_PIXELS:,} pixels")
            return _grey(picture)
    except UnreadablePhoto:
        raise
    except (
        Exception
    ) as error:  # decoders fail on damaged data with whatever they like: OSError, SyntaxError, IndexError
        raise UnreadablePhoto("the image data cannot be read as a picture") from error


def _recognised(content: bytes) -> Image.Image:
    """The picture, nothing of it decoded; what reads the rarer formats is only loaded for what is no common one."""
    try:
        return Image.open(io.BytesIO(content), formats=_COMMON)
    except UnidentifiedImageError:
        return Image.open(io.BytesIO(content), formats=_formats())


@functools.cache
def _formats() -> list[str]:
    """All formats but EPS, which is a program that Pillow would hand to Ghostscript to run."""
    Image.init()
    return [name for name in Image.OPEN if name != "EPS"]


def _grey(picture: Image.Image) -> Image.Image:
    picture.draft("L", None)
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered)
    return picture.convert("L")


def _book(code: zxingcpp.Barcode, size: tuple[int, int]) -> Book | None:
    try:
        text = code.bytes.decode()
    except UnicodeDecodeError:
        return None
    return read_spine(text, _box(code.position, size))


def _box(position: zxingcpp.Position, size: tuple[int, int]) -> Box:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    xs = [min(max(corner.x / size[0], 0.0), 1.0) for corner in corners]
    ys = [min(max(corner.y / size[1], 0.0), 1.0) for corner in corners]
    return Box(min(xs), min(ys), max(xs), max(ys))
