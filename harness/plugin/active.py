"""The plugin at work: what it does in a test run that asks for the mock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest

from harness.control import ControlError
from harness.handle.live import LiveAssistants
from harness.plugin.hosting import AssistantsServer, Host
from harness.plugin.marks import Mark, MarkError, read_marks
from harness.plugin.options import Options
from harness.plugin.testworlds import read_script, world_for
from harness.script import Script
from harness.serving import ServerError
from harness.targets.target import TargetError

HOST = pytest.StashKey[Host]()
SERVER = pytest.StashKey[AssistantsServer]()
HANDLE = pytest.StashKey[Any]()
CLOSED = pytest.StashKey[Any]()
TOLD = pytest.StashKey[str]()
TAKE = pytest.StashKey[Any]()
"""What an item is in an experiment."""

PASSED = pytest.StashKey[bool]()

FIXTURE = "assistants"
EXPLORATION = "assistants-exploration"
"""The name of the plugin that makes experiments, where there are any."""
OURS = (FIXTURE, "assistants_server", "assistants_target", "assistants_variant")
NO_ANSWER = (ServerError, ControlError, OSError)
KNOWN = (
    "ignore:The Assistants API is deprecated:DeprecationWarning",
    "ignore:deprecated$:DeprecationWarning",
)
"""What the SDK says of every method of the Assistants API; who has this plugin knows."""


def activate(config: pytest.Config, options: Options) -> Host:
    """Make a session one that uses the mock. It ends with the session. Raises UsageError."""
    try:
        host = Host(options, config.rootpath)
    except (TargetError, OSError) as error:
        raise pytest.UsageError(f"assistants: {error}") from error
    config.stash[HOST] = host
    config.add_cleanup(host.close)
    for known in KNOWN:
        config.addinivalue_line("filterwarnings", known)
    host.open(lazily=_only_looks(config))
    if options.bridge and host.mocked and host.clock == "virtual":
        from harness.waiting import sleeping

        sleeping.install()
        config.add_cleanup(sleeping.uninstall)
    from harness.plugin.watching import Watch

    config.pluginmanager.register(Watch(host), "assistants-watch")
    if options.exploring.mode:
        from harness.plugin.exploring import Exploration

        config.pluginmanager.register(Exploration(host), EXPLORATION)
    return host


def host_of(config: pytest.Config) -> Host:
    """The host of a session; a session that nobody thought would use the mock begins to do so here."""
    from harness.plugin.entry import OPTIONS

    if HOST not in config.stash:
        activate(config, config.stash[OPTIONS]).late = True
    return config.stash[HOST]


def server_of(config: pytest.Config) -> AssistantsServer:
    """The server of a session once it answers; the configure hook hears of it the first time.

    Raises ServerError where it died.
    """
    host = host_of(config)
    host.ready()
    if SERVER not in config.stash:
        server = config.stash[SERVER] = AssistantsServer(host)
        config.add_cleanup(server.close)
        config.hook.pytest_assistants_configure(config=config, server=server)
    return config.stash[SERVER]


def server_for_tests(config: pytest.Config) -> AssistantsServer:
    """What the fixture `assistants_server` gives. Skips where there is no server, fails where it died."""
    host = host_of(config)
    if not host.mocked:
        pytest.skip(f"{host.target.name} is no mock: there is no server to make worlds on")
    with _told():
        return server_of(config)


@contextmanager
def handle_for(request: pytest.FixtureRequest) -> Iterator[Any]:
    """What the fixture `assistants` gives to a test, and what is done when the test is over."""
    host = host_of(request.config)
    with _told():
        mark = read_marks(request.node.iter_markers(FIXTURE))
        missing = mark.needs - host.capabilities if mark.needs else ()
    if missing:
        pytest.skip(f"{host.target.name} lacks {', '.join(sorted(missing))}")
    if host.mocked:
        with _world(request, host, mark) as handle:
            yield handle
    elif not mark.live:
        pytest.skip(f"{host.target.name} is a real target, and this test is not marked live=True")
    else:
        with _told():
            live = LiveAssistants(host.connection, keep=host.options.keep)
        try:
            yield live
        finally:
            left = live.close()
            if left:
                request.node.warn(pytest.PytestWarning(f"left on {host.target.name}: {'; '.join(left)}"))


@contextmanager
def _world(request: pytest.FixtureRequest, host: Host, mark: Mark) -> Iterator[Any]:
    request.getfixturevalue("assistants_server")
    item, hook = request.node, request.config.hook
    exploration = request.config.pluginmanager.get_plugin(EXPLORATION)
    with ExitStack() as stack:
        with _told():
            script = Script()
            if mark.scenario:
                script = read_script(mark.scenario, request.path, request.config.rootpath)
            heard = lambda spec: hook.pytest_assistants_fault(spec=spec)  # noqa: E731
            hanging = None
            if exploration is not None:
                mark, hanging = exploration.furnished(item, mark), exploration.hanging
            handle = stack.enter_context(world_for(host, mark, script, heard, hanging))
        if TOLD in item.stash:
            del item.stash[TOLD]  # of an earlier try
        note(item, "assistants_seed", handle.seed)
        item.stash[HANDLE] = item.stash[CLOSED] = handle
        stack.callback(item.stash.__delitem__, HANDLE)
        yield handle
        if exploration is not None:
            exploration.closing(item, handle)
        try:
            hook.pytest_assistants_check(history=handle.history)
            if item.stash.get(PASSED, False):
                _judge(item, host, handle, mark)
        except BaseException:
            item.stash[TOLD] = story_of(handle)
            raise


def _judge(item: pytest.Item, host: Host, handle: Any, mark: Mark) -> None:
    """Look at what a test did by the practice checks, where that is wanted."""
    options = host.options
    if options.practices == "off" and options.practices_flag is None and not mark.practices.get("judged"):
        return
    from harness.plugin.judging import judge

    with suppress(*NO_ANSWER):  # a test may have taken its server down
        judge(item, options, handle.control, handle.began, marked=mark.practices)


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a marker, the server or the target is told without a traceback through this code."""
    try:
        yield
    except MarkError as error:
        raise pytest.fail.Exception(f"@pytest.mark.assistants: {error}", pytrace=False) from None
    except (ServerError, TargetError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def story_of(handle: Any) -> str:
    """What happened in a test's world, for people; why it cannot be told, where the server is gone."""
    from harness.handle.timelines import story

    try:
        text = story(handle)
    except NO_ANSWER as error:
        return f"the server does not answer any more: {error}"
    return text


def note(item: pytest.Item, name: str, value: object) -> None:
    """Write something down among the properties of a test's reports, in place of what stood there."""
    item.user_properties[:] = [kept for kept in item.user_properties if kept[0] != name]
    item.user_properties.append((name, value))


def _only_looks(config: pytest.Config) -> bool:
    """Whether this process runs no tests itself: it only collects them, or has workers for them."""
    flags = config.known_args_namespace
    if flags.collectonly:
        return True
    distributes = getattr(flags, "numprocesses", None) or getattr(flags, "tx", None)
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    return bool(distributes) and not is_worker
