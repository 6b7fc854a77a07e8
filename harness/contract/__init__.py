"""The contract language: YAML with source positions, read into a model, held against a connection."""
