"""Expressions (CEL) and JSON Schema, each behind one adapter. Pure."""
