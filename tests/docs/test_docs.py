"""What the documents say is tried: contracts are loaded, commands parsed, links followed, lists compared.

Every fenced `yaml` block is one of these, and any other fails:

- a whole contract, beginning with `language:`;
- `yaml fragment`: some top-level keys of a contract. They take the place of these keys in the page's first contract;
- `yaml fragment=KEY`: some keys of what stands under that contract's KEY (`socket`, `request`). They take the place of
  these keys, the others stay;
- `yaml fragment=cases`: the cases of that contract. A fragment without cases is read as one case that changes nothing;
- `yaml file=NAME`: a file that the page's contracts refer to; it lies beside them when they are loaded;
- `yaml file=targets.yaml`: a target file, in which each target is looked up;
- `yaml target`: what is said of one target;
- `yaml pipeline=github` or `yaml pipeline=gitlab`: a job of a pipeline, whose `harness` commands are parsed.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

import click
import jsonschema_rs
import pytest
import typer.main
import yaml

import reference_server.cli
from harness.cli import PASSED, app
from harness.contract.classes import CLASSES, STAGES
from harness.contract.editing import language_schema
from harness.contract.loading import bundled_contracts, load
from harness.contract.order import COMBINATORS
from harness.contract.problems import ContractError
from harness.contract.read_request import RESERVED
from harness.contract.source import plain, read_document
from harness.inputs import broken_ways, csv_books_drawing, csv_books_properties, csv_file, csv_properties, registry
from harness.linting import lint
from harness.targets.files import TARGET_FILE, find_target
from harness.targets.secrets import Secrets, variables
from harness.targets.target import Target
from reference_server.application import build
from reference_server.components import Components
from reference_server.faults import find

Read: TypeAlias = Callable[[str, Path], list[str]]

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LANGUAGE = ROOT / "docs" / "contract-language.md"
PROTOCOL = ROOT / "docs" / "protocol.md"
INPUTS = ROOT / "docs" / "inputs.md"
GATE = ROOT / "docs" / "gate-a-deploy.md"
TARGETS_PAGE = ROOT / "docs" / "targets.md"
FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+|~~~+)(?P<info>[^\n`]*)\n(?P<body>.*?)^ *(?P=fence) *$", re.M | re.S)
SCHEMA = jsonschema_rs.Draft202012Validator(language_schema())
PROGRAMS = ("harness", "after202", ".venv/bin/harness", ".venv/bin/after202")


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    language: str
    mark: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in FENCE.finditer(text):
            language, _, mark = match["info"].strip().partition(" ")
            if language in languages:
                body = re.sub(rf"^{match['indent']}", "", match["body"], flags=re.M)
                found.append(Block(page, text.count("\n", 0, match.start()) + 1, language, mark.strip(), body))
    return found


YAML = blocks("yaml", "yml")
FRAGMENTS = [block for block in YAML if block.mark.startswith("fragment")]
CONTRACTS = [block for block in YAML if block.text.startswith("language:")]
TARGET_FILES = [block for block in YAML if block.mark == f"file={TARGET_FILE}"]
TARGETS = [block for block in YAML if block.mark == "target"]
PIPELINES = [block for block in YAML if block.mark.startswith("pipeline=")]


# --- YAML -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Loads contract text as the harness would, beside the files that its page has."""

    def read(text: str, page: Path) -> list[str]:
        for block in YAML:
            if block.page == page and block.mark.startswith("file="):
                (tmp_path / block.mark.removeprefix("file=")).write_text(block.text, "utf-8")
        path = tmp_path / "page.contract.yaml"
        path.write_text(text, "utf-8")
        return [case.name for case in load(path, registry()).cases]

    return read


def sections(text: str) -> dict[str, str]:
    """The pieces of a map written in block style, each with its key, as they are written."""
    return {
        piece.partition(":")[0]: piece
        for piece in re.split(r"^(?=[\w-]+:)", text, flags=re.M)
        if re.match(r"[\w-]+:", piece)
    }


def completed(block: Block) -> str:
    """A whole contract out of a fragment, as the docstring of this file says."""
    first = next(contract for contract in CONTRACTS if contract.page == block.page)
    contract = sections(first.text)
    key = block.mark.removeprefix("fragment").removeprefix("=")
    contract["cases"] = "cases:\n  as-it-is: {}\n"
    if not key:
        contract.update(sections(block.text))
        return "".join(contract.values())
    inner: dict[str, str] = {}
    if key != "cases":
        inner = sections(re.sub(r"^  ", "", contract[key].partition("\n")[2], flags=re.M))
    inner.update(sections(block.text))
    contract[key] = f"{key}:\n" + re.sub(r"^(?=.)", "  ", "".join(inner.values()), flags=re.M)
    return "".join(contract.values())


@pytest.mark.parametrize("block", YAML, ids=str)
def test_no_yaml_goes_unread(block: Block) -> None:
    known = re.fullmatch(
        r"(target|fragment(=(request|socket|cases))?|file=[\w.-]+|pipeline=(github|gitlab))", block.mark
    )

    assert known or (block.text.startswith("language:") and not block.mark), f"say what {block} is, see this file"


@pytest.mark.parametrize("block", CONTRACTS, ids=str)
def test_a_contract_loads(block: Block, read: Read) -> None:
    assert read(block.text, block.page)


@pytest.mark.parametrize("block", FRAGMENTS, ids=str)
def test_a_fragment_loads(block: Block, read: Read) -> None:
    text = completed(block)

    assert all(line.strip() in text for line in block.text.splitlines()), "the whole fragment is read"
    assert read(text, block.page)


@pytest.mark.parametrize("block", [*CONTRACTS, *FRAGMENTS], ids=str)
def test_lint_and_editors_find_nothing_wrong(block: Block, read: Read, tmp_path: Path) -> None:
    read(completed(block) if block in FRAGMENTS else block.text, block.page)
    path = tmp_path / "page.contract.yaml"
    found = lint([path]).findings
    if block.mark == "fragment" and block.text.startswith("inputs:"):  # shows inputs, and what uses them elsewhere
        found = tuple(one for one in found if one.check != "unused-input")
    wrong = SCHEMA.iter_errors(plain(read_document(path, "page")))

    assert [str(one) for one in found] == []
    assert [f"{list(error.instance_path)}: {error.message}" for error in wrong] == []


def test_a_wrong_fragment_is_noticed(read: Read) -> None:
    for block in FRAGMENTS:
        key = next(iter(sections(block.text)))
        wrong = Block(block.page, block.line, "yaml", block.mark, block.text.replace(f"{key}:", f"{key}x: [&", 1))
        with pytest.raises(ContractError):
            read(completed(wrong), block.page)


@pytest.mark.parametrize(
    "block",
    [block for block in YAML if block.mark.startswith("file=") and block not in (*TARGET_FILES, *CONTRACTS)],
    ids=str,
)
def test_a_file_is_read_and_used(block: Block, tmp_path: Path) -> None:
    name = block.mark.removeprefix("file=")
    (tmp_path / name).write_text(block.text, "utf-8")

    assert read_document(tmp_path / name, name)
    assert any(name in other.text for other in (*FRAGMENTS, *CONTRACTS) if other.page == block.page)


# --- target files -----------------------------------------------------------------------------------------------------


def targets(text: str, folder: Path) -> list[Target]:
    """Every target of a target file, each looked up by its name; what they name is there."""
    (folder / TARGET_FILE).write_text(text, "utf-8")
    (folder / "certs").mkdir(exist_ok=True)
    (folder / "certs" / "internal.pem").touch()
    environment = {name: "x" for _, name in variables(text)} | dict.fromkeys(re.findall(r"\benv\.(\w+)", text), "x")
    return [find_target(name, {}, Secrets(), environment, folder) for name in yaml.safe_load(text)["targets"]]


def one_target(block: Block) -> str:
    return "targets:\n  one:\n" + re.sub(r"^(?=.)", "    ", block.text, flags=re.M)


@pytest.mark.parametrize("block", TARGET_FILES, ids=str)
def test_a_target_file_is_read(block: Block, tmp_path: Path) -> None:
    assert all(target.url for target in targets(block.text, tmp_path))


@pytest.mark.parametrize("block", TARGETS, ids=str)
def test_a_target_is_read(block: Block, tmp_path: Path) -> None:
    (target,) = targets(one_target(block), tmp_path)

    assert target != Target(target.url, name="one"), "it says something"


@pytest.mark.parametrize("block", TARGETS, ids=str)
def test_a_wrong_target_is_noticed(block: Block, tmp_path: Path) -> None:
    with pytest.raises(ContractError):
        targets(one_target(block).replace("url:", "ulr:"), tmp_path)


@pytest.mark.parametrize("where", ["target", "ready: {path: /, %s}", "known_failures: [{%s}]"])
def test_the_targets_page_names_every_key(where: str, tmp_path: Path) -> None:
    """An unknown key is told with those that there are."""
    wrong = "nosuch: 1" if where == "target" else where % "nosuch: 1"
    with pytest.raises(ContractError) as error:
        targets(f"targets: {{one: {{url: 'http://h', {wrong}}}}}", tmp_path)
    hint = next(problem.hint for problem in error.value.problems if "'nosuch'" in problem.message)
    keys = re.findall(r"\w+", hint.removeprefix("here: ").partition(".")[0])

    assert len(keys) >= 3
    rows = set(re.findall(r"^\| `(\w+)` \|", TARGETS_PAGE.read_text("utf-8"), re.M))
    assert sorted(set(keys) - rows) == []


# --- commands ---------------------------------------------------------------------------------------------------------


def commands() -> list[tuple[str, list[str]]]:
    """Where it stands, and the arguments of, every command of ours that is shown."""
    found = [(str(block), arguments) for block in blocks("sh", "console", "bash", "shell") for arguments in ours(block)]
    for block in PIPELINES:
        found += [(str(block), arguments) for script in scripts(block) for arguments in parts(script)]
    return found


def scripts(block: Block) -> list[str]:
    """What the jobs of a pipeline run."""
    jobs = yaml.safe_load(block.text)
    if block.mark == "pipeline=github":
        return [step["run"] for job in jobs["jobs"].values() for step in job["steps"] if "run" in step]
    return [line for job in jobs.values() for line in job["script"]]


def ours(block: Block) -> Iterator[list[str]]:
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.language == "console":
        lines = [line[2:] for line in lines if line.startswith(("$ ", "% "))]
    for line in lines:
        yield from parts(line)


def parts(line: str) -> Iterator[list[str]]:
    """The arguments of each command of ours in a line of shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set("|&;<>()"):
            while words and re.match(r"\w+=", words[0]):
                words.pop(0)
            if words and words[0] in PROGRAMS:
                yield words[1:]
            words = []
        else:
            words.append(word)


def check(arguments: list[str]) -> None:
    """Parse a command line and run nothing.

    Raises:
        click.UsageError: the harness would refuse it.
        AssertionError: the reference server would.
    """
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group) or hasattr(group, "resolve_command")
    with group.make_context("harness", list(arguments)) as context:
        name, command, rest = group.resolve_command(context, list(arguments))
    with command.make_context(name, list(rest)) as context:
        faults = context.params.get("fault") or ()
    if name == "serve":
        assert reference_server.cli.main([*rest, "--list-faults"]) == PASSED
        faults = [rest[place + 1] for place, word in enumerate(rest) if word == "--fault"]
    for fault in faults:
        assert fault == "NAME" or find(fault)


COMMANDS = commands()


@pytest.mark.parametrize(("place", "arguments"), COMMANDS, ids=[place for place, _ in COMMANDS])
def test_a_command_parses(place: str, arguments: list[str]) -> None:
    check(arguments)


@pytest.mark.parametrize(
    "line", ["harness run --exampels 2", "harness rnu", "A=1 harness replay", "harness serve --prt 1"]
)
def test_a_wrong_command_is_noticed(line: str) -> None:
    (arguments,) = parts(f"cd x && {line} | cat")

    with pytest.raises((Exception, SystemExit), match=r"No such|[Mm]issing|2"):
        check(arguments)


def test_the_first_try_passes(tmp_path: Path) -> None:
    tries = [arguments for place, arguments in COMMANDS if "gate" in place and "--target" not in arguments]
    (arguments,) = [words for words in tries if words[0] == "run"]

    done = subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip

    assert done.returncode == PASSED, done.stdout + done.stderr


@pytest.mark.parametrize("block", PIPELINES, ids=str)
def test_a_pipeline_gates(block: Block) -> None:
    assert [arguments[0] for script in scripts(block) for arguments in parts(script)] == ["run"]


# --- links ------------------------------------------------------------------------------------------------------------


def prose(page: Path) -> str:
    text = FENCE.sub("", page.read_text("utf-8"))
    return re.sub(r"(`+)(?:(?!\1).)+?\1(?!`)", "", text)


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    seen: Counter[str] = Counter()
    found = set()
    for title in re.findall(r"^#{1,6} +(.+?) *#*$", FENCE.sub("", page.read_text("utf-8")), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


LINKS = [
    (page, target)
    for page in PAGES
    for target in re.findall(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)|^\[[^\]]+\]: *(\S+)", prose(page), re.M)
    for target in target
    if target and not re.match(r"[a-z][a-z0-9+.-]*:", target)
]


@pytest.mark.parametrize(("page", "target"), LINKS, ids=[f"{page.name}:{target}" for page, target in LINKS])
def test_a_link_leads_somewhere(page: Path, target: str) -> None:
    file, _, anchor = unquote(target).partition("#")
    path = (page.parent / file).resolve() if file else page

    assert path.exists()
    assert path.is_relative_to(ROOT)
    assert not anchor or (path.suffix == ".md" and anchor in headings(path))


def test_every_page_of_docs_is_reached() -> None:
    linked = {(page.parent / target.partition("#")[0]).resolve() for page, target in LINKS}

    assert [page for page in (LANGUAGE, PROTOCOL, GATE, TARGETS_PAGE) if page not in linked] == []


# --- completeness -----------------------------------------------------------------------------------------------------


def words_in_code(page: Path) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", FENCE.sub("", page.read_text("utf-8"))))


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("input types", registry()),
        ("stages", STAGES),
        ("classes", CLASSES),
        ("reserved names", RESERVED),
    ],
)
def test_the_language_page_names_all(what: str, names: Iterable[str]) -> None:
    assert sorted(set(names) - words_in_code(LANGUAGE)) == [], f"{what} are missing"


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("input types", {*registry()} - {"shelf_photos"}),
        ("properties", {*csv_properties.PROPERTIES, *csv_books_properties.PROPERTIES, *csv_books_properties.GROUPS}),
        ("defects", {*csv_file.DEFECTS, *csv_books_drawing.DEFECTS}),
        ("ways", broken_ways.WAYS),
    ],
)
def test_the_page_about_inputs_names_all(what: str, names: Iterable[str]) -> None:
    assert sorted(set(names) - words_in_code(INPUTS)) == [], f"{what} are missing"


def test_the_input_type_on_the_page_is_the_one_that_is_tried() -> None:
    (shown,) = (block.text for block in blocks("python") if block.page == INPUTS)
    tried = (ROOT / "tests" / "fixtures" / "stock_inputs" / "stock_inputs.py").read_text("utf-8")

    assert tried.partition("\n\n")[2] == shown


def test_the_language_page_names_every_step() -> None:
    steps = {word.partition(":")[0] for word in words_in_code(LANGUAGE)}

    assert sorted({*COMBINATORS, "close"} - steps) == []


def test_the_gate_page_names_every_option_it_needs() -> None:
    text = GATE.read_text("utf-8")
    command = typer.main.get_command(app).commands["run"]
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}

    assert set(re.findall(r"`(--[\w-]+)", text)) <= options
    assert all(f"| {status} |" in text for status in (0, 1, 2, 3, 130))


CLAUSES = r"(accepted|refused|socket|schemas|deadlines|always|at_end|actions|afterwards)/"


def test_the_protocol_page_names_all_that_the_contracts_ask_for() -> None:
    text = PROTOCOL.read_text("utf-8")
    contracts = [re.sub(r"first: \[.*\]", "", path.read_text("utf-8")) for path in bundled_contracts()]
    asked = {word for read in contracts for word in re.findall(r"\bE_[A-Z_]+|\{type: ([\w-]+)", read)}
    clauses = {
        word.partition(" ")[0] for word in words_in_code(PROTOCOL) if re.match(r"(deadlines|always|at_end)/", word)
    }
    exist = {clause for path in bundled_contracts() for clause in clauses_of(path)}

    assert sorted(word for word in asked if word not in text) == []
    assert sorted(clauses - exist) == []
    assert {clause for clause in exist if clause.startswith("deadlines/")} <= clauses


def test_what_the_protocol_page_says_is_judged_by_is_there() -> None:
    contracts = [load(path, registry()) for path in bundled_contracts()]
    cases = [case for contract in contracts for case in contract.cases]
    exist = {case.full_name for case in cases} | {f"{case.contract}/{one}" for case in cases for one in case.clauses}
    short = {name.partition("/")[2] for name in exist} | {case.name for case in cases}
    named = {word for word in words_in_code(PROTOCOL) if re.fullmatch(r"[a-z_-]+(/[\w-]+)+", word)}
    of_a_contract = {word for word in named if word.partition("/")[0] in {contract.name for contract in contracts}}
    of_any = {word for word in named - of_a_contract if re.match(CLAUSES, word)}

    assert len(of_a_contract) > 50
    assert len(of_any) > 30
    assert sorted(of_a_contract - exist) == []
    assert sorted(of_any - short) == []


def clauses_of(path: Path) -> set[str]:
    return {
        clause
        for case in load(path, registry()).cases
        for clause in [timed.clause for timed in case.timed] + [relation.clause for relation in case.relations]
    }


def test_the_protocol_page_knows_what_the_reference_server_has() -> None:
    text = PROTOCOL.read_text("utf-8")
    paths = {getattr(route, "path", "") for route in build(Components()).routes}

    assert len(paths) > 10
    assert sorted(path for path in paths if path not in text) == []
