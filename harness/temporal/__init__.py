"""The temporal core: which messages may come, until when, and how they relate.

Pure: it has no clock and opens nothing. It is fed events and instants and says what they mean, so that a live
run, a replay and a test are one code path. It knows nothing of YAML, HTTP or jobs.
"""
