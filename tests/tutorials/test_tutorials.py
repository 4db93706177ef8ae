"""Every tutorial is done as it is written, and the CI examples' steps are the README's own."""

import shlex
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from dcc_sim.cli import main
from tests.tutorials.blocks import Block, Reader, blocks

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
CI = ROOT / "examples" / "ci"


def test_there_is_one_for_each_user() -> None:
    """Supplier, device maker, integration engineer."""
    assert [page.stem for page in PAGES] == ["device-maker", "integration-engineer", "supplier"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_as_it_is_written(page: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Block by block, in a folder of its own; links lead somewhere."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    reader = Reader(pytester)
    try:
        for block in blocks(page.read_text()):
            reader.do(block)
    finally:
        reader.stop()
    assert len(reader.commands) >= 3
    for part in page.read_text().split("](")[1:]:
        assert (page.parent / part.partition(")")[0]).exists(), part


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (Block("console", "", "$ dcc-sim use-cases ECS47e\nnothing of the kind\n"), "is not in"),
        (Block("console", "", "$ dcc-sim run nothing.yaml\n"), "does not exist"),
        (Block("console", "exit=1", "$ dcc-sim use-cases ECS47e\n"), "use-cases"),
        (Block("python", "", "print()\n"), "nobody runs"),
    ],
)
def test_a_page_that_rots_is_found(block: Block, said: str, pytester: pytest.Pytester) -> None:
    """Another output, another status, a block that nothing runs."""
    with pytest.raises(AssertionError, match=said):
        Reader(pytester).do(block)


def test_the_containerfile_does_what_the_readme_says() -> None:
    """Its steps are commands of the README's first block, in their order."""
    readme = blocks("\n".join(["```sh", *_first_block(), "```", ""]))[0]
    steps = [line for line in (CI / "Containerfile").read_text().splitlines() if line.startswith("RUN make")]
    assert steps == [f"RUN {command}" for command in readme.text.splitlines()]


def test_the_workflow_runs() -> None:
    """Its make targets are the README's, its dcc-sim commands are ones that there are, with files that there are."""
    jobs = yaml.safe_load((CI / "workflow.yaml").read_text())["jobs"]
    runs = [step["run"] for step in jobs["dcc-sim"]["steps"] if "run" in step]
    readme = (ROOT / "README.md").read_text()
    assert len(runs) == 4
    for run in runs:
        program, *arguments = shlex.split(run)
        if program == "make":
            assert run in readme
            continue
        assert program == ".venv/bin/dcc-sim"
        command = main.commands[arguments[0]]
        for name in arguments[1:]:
            command = getattr(command, "commands", {}).get(name, command)
        options = {option for parameter in command.params for option in parameter.opts}
        assert {each for each in arguments if each.startswith("--")} <= options
        for path in (each for each in arguments if each.startswith("examples/")):
            assert (ROOT / path).exists()
    assert CliRunner().invoke(main, ["conformance", "sapc", "--target", "built-in", "--list"]).exit_code == 0


def _first_block() -> list[str]:
    lines = (ROOT / "README.md").read_text().splitlines()
    start = lines.index("```")
    return lines[start + 1 : lines.index("```", start + 1)]
