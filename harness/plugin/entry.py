"""The pytest plugin `assistants`: a working Assistants API for every test that takes the fixture.

Thin on purpose: it is imported in every test run of every project that has it installed, and imports the rest
only where tests ask for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin.options import Options, add_options, read_options

if TYPE_CHECKING:
    from harness.handle.assistants import Assistants
    from harness.plugin.hosting import AssistantsServer
    from harness.targets.target import Target

OPTIONS = pytest.StashKey[Options]()

MARKER = (
    "assistants(scenario='FILE::NAME', seed=, timeline={'queued': '2s'}, faults=['429 at runs.create'], "
    "needs=['vector_stores'], live=False, world={'auto_create': True}, "
    "practices={'ignore': ['endless_poll']}, raises=BotUnavailable): the world of the test's "
    "`assistants` fixture; see the guide of assistants-mock"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the flags and ini options."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks of this plugin."""
    from harness.plugin import hooks

    pluginmanager.add_hookspecs(hooks)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Set the environment before conftest files import the application, where tests ask for it."""
    try:
        options = read_options(early_config.known_args_namespace, early_config.getini)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    early_config.stash[OPTIONS] = options
    if _wanted(early_config, options):
        _activate(early_config, options)
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", MARKER)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the scenarios of a scenario file."""
    globs = parent.config.stash[OPTIONS].files
    if not any(fnmatch(file_path.name, glob) for glob in globs):
        return None
    from harness.plugin.items import collect_scenario_file

    collector: pytest.Collector = collect_scenario_file(file_path, parent)
    return collector


@pytest.fixture(scope="session")
def assistants_target(pytestconfig: pytest.Config) -> Target:
    """What the tests run against: the mock, unless `--assistants-target` says otherwise."""
    from harness.plugin.active import host_of

    return host_of(pytestconfig).target


@pytest.fixture(scope="session")
def assistants_server(pytestconfig: pytest.Config) -> AssistantsServer:
    """The mock server of this process: `base_url`, and `world(api_key)` for further worlds."""
    from harness.plugin.active import server_for_tests

    server: AssistantsServer = server_for_tests(pytestconfig)
    return server


@pytest.fixture
def assistants(request: pytest.FixtureRequest) -> Iterator[Assistants]:
    """A new, empty Assistants API behind the key in the environment: the handle to script and question it."""
    from harness.plugin.active import handle_for

    with handle_for(request) as handle:
        yield handle


@pytest.fixture
def assistants_variant(request: pytest.FixtureRequest) -> str | None:
    """The variant that is explored (`runs.create#1~429`); None in an ordinary run."""
    variant: str | None = getattr(request, "param", None)
    return variant


def _wanted(config: pytest.Config, options: Options) -> bool:
    """Whether any test may ask for the mock; found out without importing one."""
    if options.environment == "always" or options.asked:
        return True
    from harness.plugin.environment import Search

    search = Search(options.files, config.getini("python_files"), config.getini("norecursedirs"))
    return search.finds(_places(config), config.rootpath)


def _places(config: pytest.Config) -> Iterator[Path]:
    """The files and folders that tests are going to be looked for in."""
    start = config.invocation_params.dir
    given: list[str] = config.known_args_namespace.file_or_dir
    if not given and start == config.rootpath:
        given = [str(found) for glob in config.getini("testpaths") for found in sorted(start.glob(glob))]
    for name in given or [str(start)]:
        place = start / name.partition("::")[0]
        if place.exists():
            yield place
        elif config.known_args_namespace.pyargs:
            from importlib.util import find_spec

            package = find_spec(name.partition("::")[0].partition(".")[0])
            yield from (Path(folder) for folder in (package and package.submodule_search_locations) or ())


def _activate(config: pytest.Config, options: Options) -> Any:
    from harness.plugin.active import activate

    return activate(config, options)
