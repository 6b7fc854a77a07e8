"""The schemas that reports are held to, read once."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema_rs
import xmlschema

from harness.reporting.document import SCHEMA

JUNIT = xmlschema.XMLSchema(Path(__file__).parents[2] / "fixtures" / "junit.xsd")
RESULT_SCHEMA = json.loads(files("harness.reporting").joinpath(SCHEMA).read_text("utf-8"))
RESULT = jsonschema_rs.Draft202012Validator(RESULT_SCHEMA)
