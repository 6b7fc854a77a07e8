"""Telling people what happened: consumes events and results, decides nothing."""
