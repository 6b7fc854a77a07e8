"""The files of shelf photos, and the text in which they are sent: JPEG and PNG, padded, cut, or no photo at all."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from harness.inputs.shelf_drawing import Spine, shelf
from harness.inputs.shelf_looks import Look, seen, stored

if TYPE_CHECKING:
    from PIL import Image

QUALITY = 85
"""Of a JPEG, out of 100."""

UNREADABLE = ("text", "bad-base64", "data-url", "noise", "pdf", "empty-jpeg")
"""Things that are no photo. `data-url` is a photo, but with a prefix that is not base64; `empty-jpeg` is a
whole JPEG file without a picture in it."""

NOT_BASE64 = ("bad-base64", "data-url")
"""Those of them whose text does not even decode."""

_ORIENTATION = 0x0112  # the tag, EXIF 2.3, 4.6.4
_BULKY = {"large", "png"}  # looks whose files are not kept for the next time
_SEGMENT = 4 + 0xFFFF - 2  # bytes of the largest JPEG comment with its marker and length
_CONTENT = {
    "text": b"This is a text and no picture of a shelf.",
    "noise": bytes(n * 89 % 251 + 1 for n in range(600)),
    "pdf": b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n",
    "empty-jpeg": b"\xff\xd8\xff\xfe\x00\x15There is no picture\xff\xd9",  # start, a comment, end
}


def photo(spines: tuple[Spine, ...], look: Look, size: int | None = None) -> bytes:
    """The file of a photo of these spines; the same bytes for the same arguments.

    Args:
        spines: what stands on the shelf.
        look: how it looks; what it says of base64 is not for here.
        size: how long the file is to be, in bytes; a JPEG is padded with comments to reach it. It must lie
            within `shelf_parameters.SIZES`, and the look must have `shelf_parameters.PADDABLE` names alone.
    """
    plain = _photo(spines, tuple(sorted(look.items())))
    return plain if size is None else _padded(plain, size - len(plain))


def photo_text(spines: tuple[Spine, ...], look: Look, size: int | None = None) -> str:
    """The same as base64 text, in lines or without padding if the look says so."""
    if size is not None:
        return _text(photo(spines, look, size), look)
    made = _photo_text.__wrapped__ if _BULKY & look.keys() else _photo_text
    return made(spines, tuple(sorted(look.items())))


def cut(spines: tuple[Spine, ...], percent: int) -> str:
    """The base64 text of the first `percent` of the bytes of a plain photo."""
    whole = photo(spines, {})
    return _text(whole[: max(1, len(whole) * percent // 100)], {})


def no_photo(kind: str) -> str:
    """The `data` of an image that does not decode to one, however lenient the decoder; of a kind of `UNREADABLE`."""
    if kind == "bad-base64":
        return "!!! this is not base64 !!!"
    if kind == "data-url":
        return "data:image/jpeg;base64," + photo_text((), {})
    return _text(_CONTENT[kind], {})


@lru_cache(maxsize=8)
def _photo(spines: tuple[Spine, ...], look: tuple[tuple[str, Any], ...]) -> bytes:
    given = dict(look)
    return _encoded(stored(seen(shelf(spines), given), given), given)


@lru_cache(maxsize=64)
def _photo_text(spines: tuple[Spine, ...], look: tuple[tuple[str, Any], ...]) -> str:
    content = _photo(spines, look)
    given = dict(look)
    if "unpadded" in given and len(content) % 3 == 0 and "png" not in given:
        content = _padded(content, 5)  # otherwise there would be no padding to leave out
    return _text(content, given)


def _encoded(picture: Image.Image, look: Look) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    options: dict[str, Any] = {}
    if "exif" in look:
        options["exif"] = exif = Image.Exif()
        exif[_ORIENTATION] = look["exif"]
    if "png" in look:
        picture.save(stream, "PNG", compress_level=1, **options)
    else:
        quality = look.get("quality", QUALITY)
        picture.save(stream, "JPEG", quality=quality, progressive="progressive" in look, **options)
    return stream.getvalue()


def _padded(jpeg: bytes, missing: int) -> bytes:
    """The JPEG with `missing` bytes of comments behind the segments that a reader wants first (ITU T.81 B.2.4.5)."""
    place = 2
    while jpeg[place] == 0xFF and 0xE0 <= jpeg[place + 1] <= 0xEF:
        place += 2 + int.from_bytes(jpeg[place + 2 : place + 4])
    count = -(-missing // _SEGMENT)
    each, longer = divmod(missing, count)
    return b"".join((jpeg[:place], _comment(each + 1) * longer, _comment(each) * (count - longer), jpeg[place:]))


def _comment(length: int) -> bytes:
    """A comment segment of so many bytes, marker and length included."""
    return b"\xff\xfe" + (length - 2).to_bytes(2) + b"." * (length - 4)


def _text(content: bytes, look: Look) -> str:
    text = base64.b64encode(content).decode("ascii")
    if "unpadded" in look:
        text = text.rstrip("=")
    if "line-breaks" in look:
        text = "\r\n".join(text[start : start + 76] for start in range(0, len(text), 76))
    return text
