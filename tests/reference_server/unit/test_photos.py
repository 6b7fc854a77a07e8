import base64

import pytest
from PIL import Image

from reference_server.photos import UnreadablePhoto, decode_base64, read_photo
from tests.reference_server.shelf import draw, encode, photo, spine

DATA = bytes(range(256))
TEXT = base64.b64encode(DATA).decode()


@pytest.mark.parametrize("text", [TEXT, TEXT.rstrip("="), TEXT[:76] + "\r\n" + TEXT[76:] + "\n"])
def test_base64(text: str) -> None:
    assert decode_base64(text) == DATA


@pytest.mark.parametrize(
    "text", ["A", "data:image/png;base64,AAAA", "AA-_", "AA=A", "AAA===", "Ünï", "AAAA AAAA!", "\ud800", "AAAA\0"]
)
def test_not_base64(text: str) -> None:
    assert decode_base64(text) is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_books_are_read_from_pictures_of_any_format(kind: str) -> None:
    picture = draw(spine("Dune", "Frank Herbert", "9780441172719"), spine("Ünï 日本", low=True))
    books = read_photo(encode(picture, kind))
    assert [(book.title, book.author, book.isbn, book.confidence) for book in books] == [
        ("Dune", "Frank Herbert", "9780441172719", 0.9),
        ("Ünï 日本", "A. Author", None, 0.5),
    ]
    first, second = (book.box for book in books)
    assert 0 <= first.x1 < first.x2 <= second.x1 < second.x2 <= 1
    assert 0 <= first.y1 < first.y2 <= 1


@pytest.mark.parametrize("mode", ["1", "RGB", "RGBA", "P", "CMYK", "LA", "I;16"])
def test_books_are_read_from_pictures_of_any_mode(mode: str) -> None:
    picture = draw(spine("Dune"))
    if mode == "I;16":
        picture = picture.convert("I")
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert [book.title for book in read_photo(encode(picture.convert(mode), kind))] == ["Dune"]


def test_transparent_paper_is_white() -> None:
    ink = draw(spine("Dune")).point(lambda level: 255 - level)
    picture = Image.new("RGBA", ink.size, (0, 0, 0, 0))
    picture.putalpha(ink)
    assert [book.title for book in read_photo(encode(picture, "PNG"))] == ["Dune"]


def test_a_shelf_without_books_is_readable() -> None:
    assert read_photo(photo()) == []
    assert read_photo(photo("no book", "book:-|no author")) == []


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"no picture",
        photo(spine("Dune"))[:20],
        b"\xff\xd8\xff\xe0",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n",
        encode(Image.new("1", (10_001, 5_000)), "PNG"),
        encode(Image.new("1", (20_000, 10_000)), "PNG"),
    ],
    ids=["no base64", "empty", "text", "torn", "only a start", "a program", "large", "a bomb"],
)
def test_what_cannot_be_read(content: bytes | None) -> None:
    with pytest.raises(UnreadablePhoto, match="image"):
        read_photo(content)
