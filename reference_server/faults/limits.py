"""Limits that are off by one, in the wrong unit, or applied to something else than what they are for."""

import functools
import itertools
from collections.abc import Iterator
from typing import Annotated

from annotated_types import Len

from reference_server.batch_http import MAX_PHOTO_BYTES, Scan, read_scan
from reference_server.bodies import MAX_FILE_BYTES
from reference_server.csv_books import Library, read_library
from reference_server.csv_text import MAX_ROWS, read_table, records
from reference_server.faults.fault import Fault
from reference_server.faults.parts import on_csv_reader
from reference_server.faults.request_parts import BATCH_PATH, CSV_PATH, on_reads
from reference_server.shapes import MAX_PHOTOS, Image, ScanRequest

_MIB = 1024 * 1024
_CUT_AT = 100


class _UpToSix(ScanRequest):
    """`<=` for `<`."""

    images: Annotated[list[Image], Len(1, MAX_PHOTOS + 1)]


class _UpToFour(ScanRequest):
    """`<` for `<=`."""

    images: Annotated[list[Image], Len(1, MAX_PHOTOS - 1)]


def _fewer_rows(content: bytes) -> Library:
    return read_library(content, table=functools.partial(read_table, max_rows=MAX_ROWS - 1))


def _more_rows(content: bytes) -> Library:
    return read_library(content, table=functools.partial(read_table, max_rows=MAX_ROWS + 1))


def _first_rows(text: str) -> Iterator[list[str]]:
    return itertools.islice(records(text), 1 + _CUT_AT)


def _cut(content: bytes) -> Library:
    return read_library(content, table=functools.partial(read_table, records=_first_rows))


def _photo_limit(max_bytes: int) -> functools.partial[Scan]:
    return functools.partial(read_scan, max_photo_bytes=max_bytes)


FAULTS = (
    Fault(
        name="sixth-photo-accepted",
        family="limits",
        symptom="a batch of six photos is accepted",
        killed_by=("batch-scan/refused/status",),
        told_as=("wrong-refusal",),
        apply=on_reads(BATCH_PATH, model=_UpToSix),
    ),
    Fault(
        name="fifth-photo-refused",
        family="limits",
        symptom="a batch of five photos is refused",
        killed_by=("batch-scan/accepted/status",),
        told_as=("wrong-answer",),
        apply=on_reads(BATCH_PATH, model=_UpToFour),
    ),
    Fault(
        name="photo-of-10-mb-refused",
        family="limits",
        symptom="a photo of exactly 10,000,000 bytes is refused",
        killed_by=("batch-scan/accepted/status",),
        told_as=("wrong-answer",),
        apply=on_reads(BATCH_PATH, finish=_photo_limit(MAX_PHOTO_BYTES - 1)),
    ),
    Fault(
        name="photo-limit-in-mib",
        family="limits",
        symptom="photos of up to 10 MiB, 10,485,760 bytes, are accepted",
        killed_by=("batch-scan/refused/status",),
        told_as=("wrong-refusal",),
        apply=on_reads(BATCH_PATH, finish=_photo_limit(10 * _MIB)),
    ),
    Fault(
        name="csv-of-10-mib-refused",
        family="limits",
        symptom="a CSV file of exactly 10 MiB is refused",
        killed_by=("csv-import/accepted/status",),
        told_as=("wrong-answer",),
        apply=on_reads(CSV_PATH, max_bytes=MAX_FILE_BYTES - 1),
    ),
    Fault(
        name="csv-over-10-mib-accepted",
        family="limits",
        symptom="CSV files of up to 11 MiB are accepted",
        killed_by=("csv-import/refused/status",),
        told_as=("wrong-refusal",),
        apply=on_reads(CSV_PATH, max_bytes=11 * _MIB),
    ),
    Fault(
        name="csv-10000-rows-refused",
        family="limits",
        symptom="a CSV file of exactly 10,000 rows is not usable",
        killed_by=("csv-import/order",),
        told_as=("wrong-order",),
        apply=on_csv_reader(_fewer_rows),
    ),
    Fault(
        name="csv-10001-rows-accepted",
        family="limits",
        symptom="a CSV file of 10,001 rows is imported",
        killed_by=("csv-import/order",),
        told_as=("wrong-order",),
        apply=on_csv_reader(_more_rows),
    ),
    Fault(
        name="csv-cut-at-100-rows",
        family="limits",
        symptom="of a CSV file the first 100 rows are imported; the others are neither imported nor reported",
        killed_by=("csv-import/at_end/no-other-row",),
        told_as=("wrong-totals",),
        apply=on_csv_reader(_cut),
    ),
)
