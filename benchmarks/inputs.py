"""How fast photos of shelves are drawn, beside the least that drawing such a photo takes.

    python benchmarks/inputs.py [--examples 100]

The least is a grey picture with the QR codes of the same books in a row, made with Pillow and zxing-cpp and stored as
JPEG, without lettering, looks or text. Every figure is milliseconds a photo on one core and its ratio to that, over
the examples that a run would draw, in the same run: machines differ, ratios hold. Drawing the specs with Hypothesis
has a figure of its own.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable
from typing import Any

import zxingcpp
from PIL import Image

from harness.inputs import registry
from harness.runner.drawing import draw

SHELF = registry()["shelf_photos"]
KINDS: dict[str, dict[str, Any]] = {
    "plain photos": {},
    "photos of any look": {"looks": "any"},
    "some malformed": {"looks": "any", "malformed": "some"},
}
PIXELS_A_MODULE = 4


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes in time of this process alone; once, since what is drawn is kept for the next time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def bare(value: Any) -> None:  # noqa: ANN401 - what the input type builds
    """The photos of one example at the least cost."""
    for photo in value["photos"]:
        codes = []
        for book in photo["books"]:
            text = f"book:{book['isbn'] or '-'}|{book['title']}|{book['author']}"
            made = zxingcpp.create_barcode(text.encode(), zxingcpp.BarcodeFormat.QRCode, ec_level="M")
            code = made.to_image(scale=PIXELS_A_MODULE)
            codes.append(Image.frombytes("L", code.shape[::-1], bytes(memoryview(code))))
        picture = Image.new("RGB", (max(320, 32 + 200 * len(codes)), 440), (90, 60, 40))
        for number, code in enumerate(codes):
            picture.paste(code, (16 + 200 * number, 200))
        picture.save(io.BytesIO(), "JPEG", quality=85)


def measure(name: str, parameters: dict[str, Any], examples: int, seed: int) -> str:
    """The figures for the examples of these parameters."""
    strategy = SHELF.strategy(parameters)
    specs: list[Any] = []
    drawing = seconds(lambda: specs.extend(draw(strategy, examples, seed)))
    values: list[Any] = []
    building = seconds(lambda: values.extend(SHELF.build(spec) for spec in specs))
    least = seconds(lambda: [bare(value) for value in values])
    count = sum(len(value["photos"]) for value in values)
    return (
        f"{name:20} {count:4} photos   {building * 1000 / count:6.2f} ms a photo   {building / least:5.2f} of it; "
        f"{drawing * 1000 / len(specs):5.2f} ms an example to draw its spec"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=100)
    examples = parser.parse_args().examples
    SHELF.build({"photos": [{"books": []}], "labels": [0]})  # imports what draws
    for seed, (name, parameters) in enumerate(KINDS.items()):
        print(measure(name, parameters, examples, seed))


if __name__ == "__main__":
    main()
