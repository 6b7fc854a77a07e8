"""What holds for every test: what Hypothesis draws does not depend on which modules other tests have loaded."""

from harness.runner.drawing import forget_local_constants

forget_local_constants()
