"""Reads photos with Pillow and zxing-cpp alone, and writes specs."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

import zxingcpp
from PIL import Image


def planted(*numbers: int, confident: bool = True, **more: object) -> dict[str, Any]:
    return {"books": [{"book": number, "confident": confident} for number in numbers], **more}


def book(title: str, author: str, isbn: str | None, *, confident: bool = True) -> dict[str, Any]:
    return {"title": title, "author": author, "isbn": isbn, "confident": confident}


def content(data: str) -> bytes:
    """The bytes of base64 text that may be in lines and lack its padding."""
    packed = data.encode().translate(None, b"\r\n")
    return binascii.a2b_base64(packed + b"=" * (-len(packed) % 4), strict_mode=True)


def opened(data: str) -> Image.Image:
    picture = Image.open(io.BytesIO(content(data)))
    picture.load()
    return picture


def codes(picture: Image.Image) -> list[str]:
    """The texts of the QR codes, decoded as UTF-8."""
    found = zxingcpp.read_barcodes(picture.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
    return sorted(code.bytes.decode("utf-8") for code in found)


def told(books: list[dict[str, Any]]) -> list[str]:
    """What the codes of these books say."""
    return sorted(
        f"book{'' if book['confident'] else '~'}:{book['isbn'] or '-'}|{book['title']}|{book['author']}"
        for book in books
    )


def strictly_decoded(data: str) -> bytes:
    return base64.b64decode(data, validate=True)
