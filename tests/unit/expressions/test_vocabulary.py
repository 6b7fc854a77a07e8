from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.expressions import vocabulary
from harness.expressions.cel import Environment, ExpressionError
from harness.expressions.vocabulary import MAX_NAMES, Kind, Vocabularies, Vocabulary, kind_of


class Counted(Vocabulary):
    made = 0

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        type(self).made += 1
        super().__init__(kinds)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    monkeypatch.setattr(vocabulary, "Vocabulary", Counted)
    monkeypatch.setattr(Counted, "made", 0)
    return Counted


def compiled(vocabularies: Vocabularies, source: str, **kinds: Kind) -> object:
    words = frozenset(word for word in source.replace("(", " ").replace(")", " ").split() if word.isidentifier())
    return vocabularies.compile(source, words, kinds)


def test_expressions_that_agree_on_their_names_share_an_environment(made: type[Counted]) -> None:
    all_of_them = Vocabularies()
    compiled(all_of_them, "a + b", a=(), b=())
    compiled(all_of_them, "a - 1", a=(), c=())
    compiled(all_of_them, "b - 1", b=(), a=("integer",))
    assert made.made == 1


def test_an_environment_grows_with_what_is_missing(made: type[Counted]) -> None:
    all_of_them = Vocabularies()
    compiled(all_of_them, "a + 1", a=())
    compiled(all_of_them, "b + 1", b=(), c=("string",))
    compiled(all_of_them, "c + 'x' == a", a=(), c=("string",))
    assert made.made == 2


def test_another_type_of_the_same_name_is_another_environment(made: type[Counted]) -> None:
    all_of_them = Vocabularies()
    compiled(all_of_them, "a + 1", a=())
    with pytest.raises(RuntimeError, match="no matching overload"):
        compiled(all_of_them, "a + 1", a=("string",))
    compiled(all_of_them, "a + 1", a=())
    assert made.made == 2


def test_a_name_that_only_others_have_is_unknown() -> None:
    Environment(["known_to_some"]).compile("known_to_some == 1")
    with pytest.raises(ExpressionError, match="nothing here is called 'known_to_some'"):
        Environment(["other"]).compile("known_to_some == other")
    with pytest.raises(ExpressionError, match="nothing here is called"):
        Environment(["other"]).compile(".known_to_some == other")


def test_the_variable_of_a_macro_may_be_called_as_a_name_that_others_have() -> None:
    Environment(["one"]).compile("one == 1")
    macro = Environment(["many"]).compile("many.all(one, one > 1)")
    assert macro.evaluate({"many": [2, 3]}) is True


def test_a_name_that_cannot_be_declared_is_no_matter_of_expressions_without_it() -> None:
    names = ["list", "beside_a_list"]
    assert Environment(names).compile("beside_a_list + 1").evaluate({"beside_a_list": 1}) == 2
    with pytest.raises(ExpressionError, match="declared multiple times"):
        Environment(names).compile("list + 1")


def test_the_same_expression_over_the_same_types_is_compiled_once() -> None:
    all_of_them = Vocabularies()
    first = compiled(all_of_them, "a + 1", a=("integer",), b=())
    assert compiled(all_of_them, "a + 1", a=("integer",), c=()) is first
    assert compiled(all_of_them, "a + 1", a=()) is not first


def test_names_without_end_are_not_declared_together(monkeypatch: pytest.MonkeyPatch) -> None:
    many = dict.fromkeys((f"name_{number}" for number in range(MAX_NAMES + 1)), ())
    all_of_them = Vocabularies()
    found = all_of_them.find(frozenset({"name_1", "size"}), many)
    assert set(found.kinds) == {"name_1"}


def test_after_a_while_the_oldest_environment_is_forgotten(
    made: type[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "MAX_ENVIRONMENTS", 2)
    monkeypatch.setattr(vocabulary, "MAX_PROGRAMS", 1)
    all_of_them = Vocabularies()
    kinds: list[Kind] = [(), ("integer",), ("boolean",)]
    for kind in (*kinds, kinds[-1], kinds[-2]):
        compiled(all_of_them, "a == a", a=kind)
    assert made.made == 3
    compiled(all_of_them, "a == a", a=())
    assert made.made == 4


def test_what_is_made_ready_is_used(made: type[Counted], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.expressions.cel._VOCABULARIES", Vocabularies())
    Environment(["ready_a", "ready_b", "ready_c"]).prepare()
    for name in ("ready_a", "ready_b", "ready_c"):
        Environment([name]).compile(f"{name} == 1")
    assert made.made == 1


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        (None, ()),
        ({}, ()),
        ({"type": "string"}, ("string",)),
        ({"type": ["string", "null"]}, ()),
        ({"type": "number"}, ()),
        ({"type": "array"}, ("array", ())),
        ({"type": "array", "items": {"type": "integer"}}, ("array", ("integer",))),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, ("object", ("boolean",))),
        ({"type": "object", "additionalProperties": False}, ("object", ())),
    ],
)
def test_types_are_those_of_schemas(schema: object, kind: Kind) -> None:
    assert kind_of(schema) == kind
