"""What happened, and what is said of it: events with their instants, violations and verdicts. Pure data."""
