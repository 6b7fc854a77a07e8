"""The names of the runs that `made.runs` makes, known before there is a case."""

CLASSES = (
    "silent-job-no-answer", "silent-job-refused", "silent-job-not-upgraded", "silent-job-open-but-nothing",
    "silent-job-acknowledged-but-nothing", "silent-job-stopped-after-message", "silent-job-ended-without-close",
    "silent-job-closed-without-end", "lost-to-a-late-client", "wrong-order", "lost-message", "repeated-message",
    "foreign-message", "message-after-the-end", "wrong-totals", "broken-relation", "wrong-shape", "too-late",
    "not-closed", "wrong-close", "wrong-refusal", "wrong-answer", "server-error",
)  # fmt: skip
ENDS = (
    "passed", "several", "shared", "known", "recommended", "known-no-longer", "known-expired", "inconclusive",
    "unprepared", "not-said", "interrupted", "stopped", "nothing-judged", "no-cases",
)  # fmt: skip
NAMES = (*CLASSES, *ENDS)
