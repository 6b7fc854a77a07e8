"""Photos as cameras and web pages make them: what is found on each."""

import asyncio
import base64
import io
from collections.abc import Sequence

from PIL import Image

from reference_server.components import Pace
from tests.faults.battery.bench import Bench, Noted
from tests.reference_server.shelf import draw, encode, photo, spine


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    draw(spine("Turned")).rotate(90, expand=True).save(file, "JPEG", exif=exif)
    return file.getvalue()


def _transparent() -> bytes:
    picture = draw(spine("Transparent")).convert("RGBA")
    picture.putpixel((0, 0), (255, 255, 255, 0))
    return encode(picture, "PNG")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


JPEG = encode(draw(spine("Colour")).convert("RGB"))
PADDED = next(
    data
    for data in (encode(draw(spine("Padding" + "g" * more)).convert("RGB")) for more in range(9))
    if _text(data).endswith("=")
)
PICTURES: dict[str, bytes | str] = {
    "colour": JPEG,
    "grey": photo(spine("Grey")),
    "cmyk": encode(draw(spine("Print")).convert("CMYK")),
    "palette": encode(draw(spine("Palette")).convert("P"), "GIF"),
    "png": encode(draw(spine("Lossless")).convert("RGB"), "PNG"),
    "transparent": _transparent(),
    "turned": _turned(),
    "line breaks": "\r\n".join(_text(JPEG)[place : place + 76] for place in range(0, len(_text(JPEG)), 76)),
    "no padding": _text(PADDED).rstrip("="),
    "no picture": b"no picture",
}
DUPLICATES = [
    photo(spine("Dune", "Frank Herbert", "9780441172719", low=True), spine("Emma", "Jane Austen")),
    photo(spine("Dune", "Frank Herbert", "9780441172719"), spine("Emma", "Jane Austen", low=True)),
    photo(spine("Dune", "Frank Herbert", "9780441172719", low=True), spine("Poems", "Emily Dickinson")),
    photo(spine("Poems", "W. H. Auden")),
]


async def pictures(bench: Bench) -> Noted:
    async with bench.another(pace=Pace()) as fast:
        return await asyncio.gather(
            *(_scanned(fast, f"picture-{place}", [data]) for place, data in enumerate(PICTURES.values()))
        )


async def duplicates(bench: Bench) -> Noted:
    async with bench.another(pace=Pace()) as fast:
        return await _scanned(fast, "duplicates", DUPLICATES)


async def a_bad_photo_among_good_ones(bench: Bench) -> Noted:
    async with bench.another(pace=Pace()) as fast:
        return await _scanned(fast, "bad-among-good", [JPEG, b"no picture", JPEG])


async def _scanned(bench: Bench, job_id: str, photos: Sequence[bytes | str]) -> Noted:
    await bench.scan(job_id, photos)
    return (await bench.story(job_id))["job"][-1:]


SCENARIOS = (pictures, duplicates, a_bad_photo_among_good_ones)
