"""Shelf photos and requests for the tests: small pictures with one QR code for each book."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import zxingcpp
from PIL import Image


def spine(title: str, author: str = "A. Author", isbn: str = "-", *, low: bool = False) -> str:
    return f"{'book~:' if low else 'book:'}{isbn}|{title}|{author}"


def draw(*spines: str) -> Image.Image:
    """A picture with the codes of `spines` side by side."""
    codes = [_code(text) for text in spines]
    width = sum(code.width for code in codes) + 40
    picture = Image.new("L", (width, max((code.height for code in codes), default=0) + 40), 255)
    left = 20
    for code in codes:
        picture.paste(code, (left, 20))
        left += code.width
    return picture


def _code(text: str) -> Image.Image:
    pixels = memoryview(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=4))
    height, width = pixels.shape
    return Image.frombytes("L", (width, height), bytes(pixels))


def encode(picture: Image.Image, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def photo(*spines: str) -> bytes:
    """A JPEG of a shelf."""
    return encode(draw(*spines))


def request(job_id: str, photos: Sequence[bytes | str]) -> dict[str, Any]:
    """The body of a batch request; a text stands in it as it is."""
    return {
        "jobId": job_id,
        "images": [
            {"index": place, "data": data if isinstance(data, str) else base64.b64encode(data).decode()}
            for place, data in enumerate(photos)
        ],
    }
