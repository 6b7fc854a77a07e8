"""Running cases against a target: draw, drive, judge, shrink, keep. Yields events; prints nothing."""
