"""Programs without the wait for their imports: processes that are forked from one that has them already.

`warm_commands()` is a folder with a `python`, a `pytest` and an `assistants-mock` that stand before the real
ones in a PATH. Each hands its words, directory, environment and standard files to the fork server, which
forks a process that runs the program; it passes signals on to that, and ends as that ended.

What they do not show is the order of imports, and which plugins pytest finds by itself: the SDK and pytest
are imported already, and pytest loads the plugin of this project alone. That is for real commands to show.
"""

from __future__ import annotations

import atexit
import gc
import marshal
import os
import select
import signal
import socket
import subprocess
import sys
import warnings
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from runpy import run_module, run_path
from tempfile import TemporaryDirectory
from typing import Any

PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p assistants"}

REAL = sys.executable

CLIENT = """#!{python} -IS
import marshal, os, signal, socket, sys

if "".join(sys.argv[1:2])[:1] == "-" and sys.argv[1] not in ("-W", "-m") and sys.argv[0].endswith("python"):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])  # options that only the real one knows
with socket.socket(socket.AF_UNIX) as door:
    door.connect({door!r})
    told = marshal.dumps((sys.argv, os.getcwd(), dict(os.environ)))
    socket.send_fds(door, [told], [0, 1, 2])
    door.shutdown(socket.SHUT_WR)
    answers = door.makefile()
    pid = int(answers.readline())
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, frame: os.kill(pid, number))
    code = int(answers.readline())
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


@cache
def warm_commands() -> Path:
    """The folder of the commands; the server behind them ends with this process, however that ends.

    Where processes cannot be forked it is the folder of the real ones.
    """
    if not hasattr(os, "fork"):
        return Path(sys.executable).parent
    folder = TemporaryDirectory(prefix="forkserver-")
    door = Path(folder.name, "door")
    commands = Path(folder.name, "bin")
    commands.mkdir()
    for name in ("python", "pytest", "assistants-mock"):
        client = CLIENT.format(python=REAL, door=str(door))
        (commands / name).write_text(client, encoding="utf-8")
        (commands / name).chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    server = subprocess.Popen(
        [sys.executable, __file__, str(door)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )

    def end() -> None:
        server.communicate()
        folder.cleanup()

    atexit.register(end)
    assert server.stdout is not None
    assert server.stdout.read(1), "the fork server did not start"
    return commands


def serve(path: str) -> list[str]:
    """Fork a process for everybody who calls; returns in these, with the words of the command.

    Ends when its input does, and with it whatever was forked and still runs.
    """
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()
        os.write(1, b"\n")
        while True:
            if 0 in select.select([0, door.fileno()], [], [])[0]:
                os.killpg(0, signal.SIGTERM)
            caller, _ = door.accept()
            if os.fork() == 0:
                break
            caller.close()
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    told, files, _, _ = socket.recv_fds(caller, 1 << 16, 3)
    while more := caller.recv(1 << 16):
        told += more
    pid = os.fork()
    if pid:
        attend(pid, caller, files)
    caller.close()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    words, directory, environment = marshal.loads(told)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    sys.executable = str(Path(path).parent / "bin" / "python")  # what it starts in its turn is warm, too
    return list(words)


def attend(pid: int, caller: socket.socket, files: list[int]) -> None:
    """Tell a caller the number of its process, and how it ended; then end this one."""
    for file in files:
        os.close(file)
    caller.sendall(f"{pid}\n".encode())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    caller.sendall(f"{code}\n".encode())
    os._exit(0)


def run(words: list[str]) -> Any:
    """Do what the command of this name does with these words; of Python's options it knows `-W` and `-m`."""
    name, rest = Path(words[0]).name, words[1:]
    if name == "pytest" or rest[:2] == ["-m", "pytest"]:
        os.environ.update(PLUGINS)
    while name == "python" and rest[0] == "-W":
        sys.warnoptions.append(rest[1])
        warnings.simplefilter(rest[1])  # type: ignore[arg-type]
        rest = rest[2:]
    if name == "python" and rest[0] == "-m":
        sys.argv, sys.path[0] = rest[1:], str(Path.cwd())
        return run_module(rest[1], run_name="__main__", alter_sys=True)
    if name != "python":
        rest = [str(Path(REAL).with_name(name)), *rest]
    sys.argv, sys.path[0] = rest, str(Path(rest[0]).absolute().parent)
    return run_path(rest[0], run_name="__main__")


def run_to_the_end(words: list[str]) -> None:
    """Run a command, what it registered for its end included, without taking apart what was imported."""
    code = 1

    @atexit.register  # the first to be registered is the last to be called
    def leave() -> None:
        for output in filter(None, (sys.stdout, sys.stderr)):
            output.flush()
        if code < 0:
            signal.signal(-code, signal.SIG_DFL)
            os.kill(os.getpid(), -code)
        os._exit(code)

    try:
        run(words)
        code = 0
    except KeyboardInterrupt:
        code = -signal.SIGINT
        raise
    except SystemExit as ended:
        code = int(ended.code or 0) if not isinstance(ended.code, str) else 1
        raise


if __name__ == "__main__":
    for each in ("pytest", "ruamel.yaml", "openai"):
        import_module(each)
    with sys.modules["openai"].OpenAI(api_key="unused") as client:
        client.beta.threads.runs  # noqa: B018  # the SDK imports most of itself when it is first used
    gc.freeze()
    run_to_the_end(serve(sys.argv[1]))
