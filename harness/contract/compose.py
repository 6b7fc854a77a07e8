"""The nodes of a YAML text, with their places, as PyYAML composes them.

The scalars are those of the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/, 10.3.2). Texts are read with libyaml,
which is several times as fast; what it does not read, or where it is missing, with PyYAML's own parser, which alone
says what is wrong.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from harness.contract.problems import ContractError, Problem, Span
from harness.contract.syntax import syntax_problem

if TYPE_CHECKING:
    from harness.contract.problems import Document

MAX_DEPTH = 100
TAG = "tag:yaml.org,2002:"
TOO_DEEP = f"more than {MAX_DEPTH} values inside each other"
CORE = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+0123456789."),
    ),
}
"""Of each tag of the core schema, what its plain scalars look like and how they begin."""
_PLAIN = (None, "")
_DEEPER = {
    yaml.MappingStartEvent: 1,
    yaml.SequenceStartEvent: 1,
    yaml.MappingEndEvent: -1,
    yaml.SequenceEndEvent: -1,
}


def is_plain(node: yaml.ScalarNode) -> bool:
    """Whether the scalar stands there without quotes."""
    return node.style in _PLAIN


class _Limited(yaml.composer.Composer):
    """Composes nodes, up to a depth."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401 - as PyYAML has it
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=TOO_DEEP, problem_mark=self.peek_event().start_mark)  # type: ignore[attr-defined]
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _CoreSchema(yaml.resolver.BaseResolver):
    """Knows the scalars of the 1.2 core schema, and no others."""


for _name, (_pattern, _first) in CORE.items():
    _CoreSchema.add_implicit_resolver(TAG + _name, re.compile(rf"^(?:{_pattern})$"), _first)


class _Loader(_CoreSchema, _Limited, yaml.SafeLoader):
    """PyYAML's own parser."""

    yaml_implicit_resolvers = _CoreSchema.yaml_implicit_resolvers

    def __init__(self, text: str) -> None:
        yaml.SafeLoader.__init__(self, text)


def compose(text: str, document: Document) -> yaml.Node | None:
    """The root of a text that stands in `document`; None if it is empty.

    Raises:
        ContractError: it is no YAML.
    """
    try:
        return _fast(text)
    except (yaml.YAMLError, ValueError, OverflowError):
        return _exact(text, document)


def _exact(text: str, document: Document) -> yaml.Node | None:
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        before = text[: error.position].splitlines(keepends=True) or [""]
        span = Span(document, len(before), len(before[-1]) + 1)
        raise ContractError(
            [Problem(span, f"a character that YAML does not allow: U+{error.character:04X}")]
        ) from error
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise ContractError([syntax_problem(document, error)]) from error
    except (ValueError, OverflowError) as error:  # what PyYAML lets through, such as the escape \UFFFFFFFF
        mark = loader.get_mark()
        span = Span(document, mark.line + 1, mark.column + 1)
        raise ContractError([Problem(span, "this is no YAML: an escape that stands for no character")]) from error


def _fast(text: str) -> yaml.Node | None:
    """As libyaml reads and composes it, which knows no limit to nesting: so that is looked at before.

    Raises:
        ValueError: there is no libyaml, or values are nested so deeply that the other must say whether it is too much.
    """
    if not yaml.__with_libyaml__:
        raise ValueError("this PyYAML was built without libyaml")

    class Loader(_CoreSchema, yaml.CSafeLoader):
        yaml_implicit_resolvers = _CoreSchema.yaml_implicit_resolvers

        def __init__(self) -> None:
            yaml.CSafeLoader.__init__(self, text)

    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += _DEEPER.get(type(event), 0)
        if depth >= MAX_DEPTH:
            raise ValueError(TOO_DEEP)
    return Loader().get_single_node()
