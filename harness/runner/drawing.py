"""Drawing examples with Hypothesis, and shrinking those that fail.

Jobs are slow and servers parallel, Hypothesis is sequential. So examples are drawn first, all at once; they are
run concurrently; and only if one fails does Hypothesis run its own loop, over the same seed and so over the same
examples, with the verdicts that are known already. Then only shrinking costs new jobs.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from harness.errors import HarnessError
from harness.runner.behaviour import behaviour_of
from harness.runner.behaviour_words import behaviour_words
from harness.runner.client_drawing import beside_strategy, client_strategy, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from harness.contract.model import Case
    from harness.inputs.base import Json, Registry
    from harness.runner.results import Example

MOST_TOLD = 3
"""Of so many jobs beside the first is told what they are."""


class _FailsError(Exception):
    """Tells Hypothesis that an example fails."""


class StopSearch(KeyboardInterrupt):
    """Raised where an example should be judged, ends Hypothesis' loop: it takes no other exception for no verdict."""


def case_strategy(case: Case, registry: Registry) -> SearchStrategy[Json]:
    """Draws what an example of `case` is made of, as `harness.trace.specs` describes it."""
    uses = case.inputs.items()
    inputs = st.fixed_dictionaries({name: registry[use.type_name].strategy(use.parameters) for name, use in uses})
    parts = {
        "inputs": inputs,
        "connect_after": seconds(case.client.connect_after),
        "client": client_strategy(case.client),
        "beside": beside_strategy(case.client.jobs, inputs),
    }
    drawn = st.fixed_dictionaries({name: part for name, part in parts.items() if part is not None})
    return drawn.map(_said)


def _said(spec: Json) -> Json:
    """Without jobs beside where there are none: what has nothing to say is not there."""
    return {name: part for name, part in spec.items() if name != "beside" or part}


def spec_key(spec: Json) -> str:
    """The same text for the same example."""
    return json.dumps(spec, sort_keys=True)


def draw(strategy: SearchStrategy[Json], count: int, seed: int) -> list[Json]:
    """At most `count` different examples, the simplest first; always the same for the same seed."""
    drawn: dict[str, Json] = {}

    def keep(spec: Json) -> None:
        drawn.setdefault(spec_key(spec), spec)

    _explore(strategy, count, seed, (Phase.generate,), keep)
    return list(drawn.values())


def shrink(strategy: SearchStrategy[Json], count: int, seed: int, fails: Callable[[Json], bool]) -> Json | None:
    """The smallest example for which `fails` is true; None if none of the drawn ones is, or it raised `StopSearch`.

    Args:
        strategy: what `draw` was given.
        count: as `draw`.
        seed: as `draw`.
        fails: asked for each example in turn; must give the same answer for the same example.
    """
    smallest: list[Json] = []

    def check(spec: Json) -> None:
        if fails(spec):
            smallest[:] = [spec]
            raise _FailsError

    try:
        _explore(strategy, count, seed, (Phase.generate, Phase.shrink), check)
    except _FailsError:
        return smallest[0]
    except StopSearch:
        return None
    return None


def forget_local_constants() -> None:
    """Keep the code that happens to be installed out of what is drawn.

    Hypothesis mixes constants that it finds in modules outside site-packages into its draws. Then the same contract
    and the same seed would draw other examples after any change to any code beside it, and in an editable install
    other ones than in a proper one. There is no setting for it.
    """
    providers._get_local_constants = providers.Constants  # type: ignore[attr-defined]


def _explore(
    strategy: SearchStrategy[Json], count: int, seed: int, phases: tuple[Phase, ...], body: Callable[[Json], None]
) -> None:
    forget_local_constants()

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        phases=phases,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    @hypothesis.given(strategy)
    def explore(spec: Json) -> None:
        body(spec)

    try:
        explore()
    except hypothesis.errors.Unsatisfiable as error:
        raise HarnessError("no value of the inputs fulfils every `where`; ask for less, or draw from more") from error


def seed_of(case: Case) -> int:
    """The case's own seed: the same in every run, whatever else changes."""
    return int.from_bytes(hashlib.sha256(case.full_name.encode()).digest()[:4])


def describe(example: Example, registry: Registry) -> str:
    """An example in words: '1 photo, 0 books; connects 1.2 s after the answer'."""
    words = _inputs(example.case, example.spec["inputs"], registry)
    words += behaviour_words(behaviour_of(example.case.client, example.spec))
    beside = example.spec.get("beside", [])
    for one in beside[:MOST_TOLD]:
        words.append(f"beside it a job of {', '.join(_inputs(example.case, one['inputs'], registry)) or 'the same'}")
    if len(beside) > MOST_TOLD:
        words.append(f"and {len(beside) - MOST_TOLD} more")
    return "; ".join(words) or "the request as it is written"


def _inputs(case: Case, specs: Json, registry: Registry) -> list[str]:
    uses = case.inputs.items()
    return [_named(name, specs[name], registry[use.type_name].describe(specs[name])) for name, use in uses]


def _named(name: str, spec: Json, told: str) -> str:
    """A plain value with its name, since nothing else says what it is."""
    return told if isinstance(spec, dict) else f"{name} = {told}"
