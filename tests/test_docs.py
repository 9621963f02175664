"""The documentation says what the code says."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest

from docs.generate import everything, generated, guide, pages
from docs.pages import programs, run_page
from docs.walkthrough import COMMANDS, follow, settled, unsaid
from mockserver.faultfiles import read_fault_file
from mockserver.faults.contract import discover as discover_faults
from mockserver.operations import discover
from mockserver.server import Server
from tests.harness.forkserver import warm_commands

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(text: str, first_line: str) -> list[str]:
    found = re.findall(rf"^```{re.escape(first_line)}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [str(code) for code in found]


@pytest.mark.parametrize("path", everything(), ids=lambda path: path.name)
def test_the_generated_parts_are_what_the_code_says(path: Path) -> None:
    """`make docs` writes them anew."""
    assert generated(path) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_the_pages_print_what_they_say(path: Path, server: Server) -> None:
    """Every program on the page of a documented error runs, and prints what stands behind it."""
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("curl and bash are needed to run what the page says")
    text = path.read_text(encoding="utf-8")
    for program, printed in run_page(text, server.base_url).items():
        assert printed == (program.printed or ""), program.code


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_the_pages_provoke_their_error_from_curl_and_node(path: Path) -> None:
    """One header or one control call is enough, from any language; `make test-sdks` runs what Node runs."""
    text = path.read_text(encoding="utf-8")
    demand = text.partition("## On demand\n")[2].partition("\n## ")[0]
    for language, word in (("sh", "curl"), ("js", "new OpenAI(")):
        shown = [program for program in programs(demand) if program.language == language]
        assert any(word in program.code for program in shown)
        assert all(program.printed is not None for program in shown), "`make docs ARGS=--node` writes it"
        for program in shown:
            assert "X-Mock-Fault" in program.code or "/_mock/faults" in program.code, program.code


@pytest.mark.parametrize("path", guide(), ids=lambda path: path.stem)
def test_the_guide_can_be_followed_in_an_empty_folder(path: Path, tmp_path: Path) -> None:
    """Every file on a page of the guide is written, every command run, and it prints what the page says.

    `make docs` writes what real commands print. Here only the first of the guide is one, with every plugin
    that is installed; the others do not import the SDK anew.
    """
    if shutil.which("bash") is None:
        pytest.skip("bash is needed to run what the page says")
    text = path.read_text(encoding="utf-8")
    assert unsaid(text) == [], "a block is a file, a command, or marked no-run"
    first = COMMANDS if path.name == "README.md" else None
    for command, printed in follow(text, tmp_path, commands=warm_commands(), first=first):
        assert settled(printed) == settled(command.printed or ""), command.code


@pytest.mark.parametrize(
    "code", [code for code in _blocks(README, "sh") if "curl" in code], ids=lambda code: code.split()[2]
)
def test_the_readme_speaks_to_the_control_door(code: str, server: Server, key: str) -> None:
    """What it posts with curl is taken."""
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("curl and bash are needed to run what the page says")
    code = code.replace("http://127.0.0.1:8000", server.url).replace("any-key", key).replace("-s ", "-sS ")
    done = subprocess.run(["bash", "-euc", code], capture_output=True, text=True, check=True, timeout=60)
    answers = done.stdout.replace("}\n{", "}\n\n{").strip().split("\n\n{")
    assert '"object": "list"' in done.stdout or "rate_limit_exceeded" in answers[0]


def test_the_readme_controls_a_server_from_python(server: Server, key: str) -> None:
    """Its programs that need a server of their own: one after the other, in one world."""
    names: dict[str, Any] = {}
    shown = [code for code in _blocks(README, "python no-run") if "control." in code]
    assert len(shown) == 2
    for code in shown:
        exec(code.replace("http://127.0.0.1:8000", server.url).replace("any-key", key), names)
    names["control"].close()
    assert next(fault["fault"] for fault in names["control"].faults()).startswith("lost_ack")
    names["control"].close()


def test_the_readme_shows_a_test_that_passes(tmp_path: Path) -> None:
    """With the application of the guide's first page as the application."""
    (code,) = [code for code in _blocks(README, "python no-run") if "def test_" in code]
    (application,) = _blocks((ROOT / "docs/guide/README.md").read_text(encoding="utf-8"), "python weather.py")
    threads_gone = "    client.beta.threads.delete(thread.id)\n    return answer\n"
    application = application.replace("    return client.beta", "    answer = client.beta") + threads_gone
    (tmp_path / "app.py").write_text(application, encoding="utf-8")
    (tmp_path / "test_app.py").write_text(code, encoding="utf-8")
    ((_, printed),) = follow("```sh\npytest -q\n```\n", tmp_path, commands=warm_commands())
    assert "1 passed" in printed, printed


def test_every_documented_error_has_a_page_and_a_fault() -> None:
    """All fifteen, each once."""
    assert [int(path.name[:2]) for path in pages()] == list(range(1, 16))
    assert {known.error for known in discover_faults()} - {None} == set(range(1, 16))


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_the_pages_have_the_same_sections(path: Path) -> None:
    """Whoever has an error today knows where to look."""
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {int(path.name[:2])} · ", text)
    assert re.findall("^## (.*)$", text, re.MULTILINE) == [
        *("On the wire", "By itself", "On demand", "A good client", "Evidence")
    ]


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_the_pages_arm_what_can_be_armed(path: Path, tmp_path: Path) -> None:
    """Their start-up files are read without a complaint."""
    found = re.findall("^```yaml\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    for number, text in enumerate(found):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text, encoding="utf-8")
        assert read_fault_file(file)


def test_the_start_up_files_of_the_catalogue_arm_the_same(tmp_path: Path) -> None:
    """In TOML and in YAML."""
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").partition("<!-- faults -->")[0]
    read = {}
    for kind in ("toml", "yaml"):
        (found,) = re.findall(rf"^  ```{kind}\n(.*?)^  ```$", text, re.MULTILINE | re.DOTALL)
        file = tmp_path / f"faults.{kind}"
        file.write_text(textwrap.dedent(found), encoding="utf-8")
        read[kind] = read_fault_file(file)
    assert len(read["toml"]) == 2
    assert read["toml"] == read["yaml"]


@pytest.mark.parametrize("path", [*everything(), *guide(), ROOT / "README.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """To a file that is there, and to a heading in it."""
    text = re.sub("^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\((?!\w+:)([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [_anchor(heading) for heading in headings], target


def _anchor(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_control_route_is_in_the_readme() -> None:
    """The table of the control door is whole."""
    for operation in discover():
        if operation.control:
            method, path = operation.method, re.sub("{subject}|{fault_id}|{rule_id}", "{id}", operation.path)
            assert re.search(rf"`[^|]*{method}[^|]*{re.escape(path)}[` ]", README), f"{method} {path}"


def test_every_module_the_map_names_exists() -> None:
    """The map leads somewhere."""
    table = ARCHITECTURE.split("## The map")[1].split("\n\n")[1]
    for row in table.splitlines()[2:]:
        for name in re.findall(r"`([a-z_]+/?)`", row.split("|")[1]):
            place = ROOT / "mockserver" / name.rstrip("/")
            assert place.is_dir() or place.with_suffix(".py").is_file(), name
