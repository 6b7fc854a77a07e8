"""How a photo may look other than the plainest: turned, blurred, dark, stored in another way.

A look is `{"turned": 3, "noisy": 20}`: names of `LOOKS`, each with one of its values. Whatever the look, the codes on
the spines can be read exactly; each value is as strong as that allows, with two others beside it.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.inputs.shelf_drawing import WALL

if TYPE_CHECKING:
    from PIL import Image

Look: TypeAlias = dict[str, Any]
"""Names of `LOOKS` and a value of each; empty for the plainest photo."""

LOOKS: dict[str, tuple[Any, ...]] = {
    "turned": (3, 90, -5, 180, 10, 270),  # degrees, counterclockwise
    "blurred": (1, 1.5),  # pixels to each side
    "noisy": (10, 20),  # the most that a pixel differs by, out of 255
    "dark": (60, 30),  # percent of the light
    "large": (2, 3),  # times as wide and as high
    "tiny": (1, 16),  # pixels wide and high; an empty shelf
    "quality": (95, 60, 40),  # of the JPEG, out of 100
    "progressive": (True,),  # a progressive JPEG
    "greyscale": (True,),
    "cmyk": (True,),
    "png": (True,),
    "exif": (6, 3, 8, 2, 4, 5, 7),  # EXIF orientation: stored turned or mirrored, shown upright
    "line-breaks": (True,),  # the base64 text in lines of 76 digits
    "unpadded": (True,),  # the base64 text without `=` at its end
}
"""The looks by name, and their values: the simplest first."""

_ALTERNATIVES = ("quality", "progressive", "greyscale", "cmyk", "png")

_TILE = 256  # pixels: the grain of a noisy photo repeats after so many


def group(name: str) -> str:
    """The same text for looks of which a photo has at most one: the ways in which its file is stored."""
    return "stored" if name in _ALTERNATIVES else "size" if name in ("large", "tiny") else name


def seen(picture: Image.Image, look: Look) -> Image.Image:
    """The picture as a camera sees it; the same if the look has nothing of that kind."""
    from PIL import Image, ImageFilter

    if "tiny" in look:
        picture = picture.resize((look["tiny"], look["tiny"]))
    if "turned" in look:
        picture = _turned(picture, look["turned"])
    if "blurred" in look:
        picture = picture.filter(ImageFilter.BoxBlur(look["blurred"]))
    if "noisy" in look:
        picture = _noisy(picture, look["noisy"])
    if "dark" in look:
        light = look["dark"]
        picture = picture.point([level * light // 100 for level in range(256)] * 3)
    if "large" in look:
        picture = picture.resize((picture.width * look["large"], picture.height * look["large"]), Image.Resampling.BOX)
    return picture


def stored(picture: Image.Image, look: Look) -> Image.Image:
    """The pixels as the file has them: in its mode, and turned or mirrored so that its EXIF orientation undoes it."""
    from PIL import Image

    flip = Image.Transpose
    undone = {  # what a viewer does for each orientation, the other way round
        2: flip.FLIP_LEFT_RIGHT,
        3: flip.ROTATE_180,
        4: flip.FLIP_TOP_BOTTOM,
        5: flip.TRANSPOSE,
        6: flip.ROTATE_90,
        7: flip.TRANSVERSE,
        8: flip.ROTATE_270,
    }
    if "exif" in look:
        picture = picture.transpose(undone[look["exif"]])
    if "greyscale" in look:
        return picture.convert("L")
    return picture.convert("CMYK") if "cmyk" in look else picture


def _turned(picture: Image.Image, degrees: int) -> Image.Image:
    from PIL import Image

    if degrees % 90:
        return picture.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=WALL)
    return picture.rotate(degrees, expand=True)


def _noisy(picture: Image.Image, most: int) -> Image.Image:
    from PIL import Image, ImageChops

    grain = Image.new("L", picture.size)
    tile = _grain(most)
    for left in range(0, picture.width, _TILE):
        for top in range(0, picture.height, _TILE):
            grain.paste(tile, (left, top))
    return ImageChops.add(picture, Image.merge("RGB", (grain, grain, grain)), 1, -128)


@lru_cache(maxsize=4)
def _grain(most: int) -> Image.Image:
    """A tile of grey that differs from 128 by at most `most`; always the same."""
    from PIL import Image

    tile = Image.frombytes("L", (_TILE, _TILE), random.Random(most).randbytes(_TILE * _TILE))
    return tile.point([128 + (level - 128) * most // 128 for level in range(256)])
