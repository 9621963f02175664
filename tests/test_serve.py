"""The command line, as a process of its own."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openai
import pytest

import mockserver

COMMAND = [sys.executable, "-c", "from mockserver.serve import main; main()"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=30, check=False)


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """A server process: the process, its base URL and the lines it greeted with."""
    command = [sys.executable, "-m", "mockserver", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        greeting = [process.stdout.readline().strip() for _ in range(6)]
        yield process, re.findall(r"http://\S+", greeting[0])[0], greeting
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_it_greets_with_all_one_needs() -> None:
    """Base URL, the two variables, the clock and the seed."""
    with serving("--clock", "x60", "--seed", "42") as (_, url, greeting):
        assert greeting[0] == f"assistants-mock {mockserver.__version__} on {url}"
        assert greeting[2:4] == [f"export OPENAI_BASE_URL={url}", "export OPENAI_API_KEY=any-key"]
        assert greeting[5].startswith("clock x60, seed 42,")


def test_only_the_given_keys_are_let_in(tmp_path: Path) -> None:
    """Others get the real 401, their key masked."""
    with serving("--api-key", "sk-right", "--api-key", "sk-also") as (_, url, greeting):
        assert greeting[3] == "export OPENAI_API_KEY=sk-right"
        for key in ("sk-right", "sk-also"):
            with openai.OpenAI(base_url=url, api_key=key) as client:
                client.beta.assistants.list()
        with (
            openai.OpenAI(base_url=url, api_key="sk-wrong-key-12345678") as client,
            pytest.raises(openai.AuthenticationError, match=re.escape("sk-wrong*********5678")) as refusal,
        ):
            client.beta.assistants.list()
        assert refusal.value.code == "invalid_api_key"


def test_ctrl_c_stops_at_once_open_streams_included() -> None:
    """A stream that would last for minutes does not hold the server."""
    with serving("--clock", "real", "--latency", "slow") as (process, url, _):
        with openai.OpenAI(base_url=url, api_key="k") as client:
            assistant = client.beta.assistants.create(model="gpt-4o", instructions="x")
            stream = client.beta.threads.create_and_run(assistant_id=assistant.id, stream=True)
            assert next(iter(stream)).event == "thread.created"
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=5) == 0


def test_a_store_goes_on_after_a_kill(tmp_path: Path) -> None:
    """SIGKILL in mid-run: what was acknowledged is there, and the run goes on."""
    store = str(tmp_path / "world.sqlite")
    with serving("--store", store, "--clock", "virtual") as (process, url, _):
        with openai.OpenAI(base_url=url, api_key="k") as client:
            assistant = client.beta.assistants.create(model="gpt-4o", instructions="x")
            run_ = client.beta.threads.create_and_run(assistant_id=assistant.id)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    with serving("--store", store, "--clock", "virtual") as (_, url, _):
        with openai.OpenAI(base_url=url, api_key="k") as client:
            assert client.beta.assistants.retrieve(assistant.id) == assistant
            assert client.beta.threads.runs.list(run_.thread_id).data == [run_]
            assert client.beta.threads.runs.poll(run_.id, run_.thread_id).status == "completed"


def test_a_busy_port_gets_one_clear_line() -> None:
    """No traceback."""
    with serving() as (_, url, _):
        port = url.split(":")[2].split("/")[0]
        refused = run("serve", "--port", port)
    assert refused.returncode == 1
    assert refused.stderr == f"Error: cannot listen on 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--clock", "fast"], "--clock: unknown clock 'fast'"),
        (["--latency", "quick"], "--latency: unknown latency 'quick'"),
        (["--profile", "real"], "--profile: a profile is 'documented' or 'observed'"),
        (["--store", "/dev/null/x"], "cannot use /dev/null/x as a store"),
        (["--host", "256.1.1.1"], "cannot listen on 256.1.1.1:0"),
    ],
)
def test_a_bad_option_gets_one_clear_line(arguments: list[str], complaint: str) -> None:
    """What is wrong, and what would be right."""
    refused = run("serve", "--port", "0", *arguments)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Error: {complaint}")
    assert refused.stderr.count("\n") == 1


def test_a_file_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    """Neither a text nor somebody else's database."""
    text = tmp_path / "notes.txt"
    text.write_text("remember the milk\n" * 100)
    refused = run("serve", "--port", "0", "--store", str(text))
    assert refused.returncode == 1
    assert "as a store: file is not a database" in refused.stderr
    assert text.read_text() == "remember the milk\n" * 100


def test_python_m_mockserver_is_serve() -> None:
    """The same options."""
    helped = subprocess.run(
        [sys.executable, "-m", "mockserver", "--help"], capture_output=True, text=True, check=True
    )
    assert "Run the server until Ctrl-C." in helped.stdout


def test_routes_errors_version() -> None:
    """What there is to see without a server."""
    assert re.search(r"POST +/v1/threads/\{thread_id\}/runs +runs\.create\n", run("routes").stdout)
    errors = run("errors").stdout
    assert "400 ACTIVE_RUN [observed: E-61, E-80]\n    Thread {thread} already has an active run" in errors
    assert run("version").stdout == f"{mockserver.__version__}\n"


def test_the_config_file_and_the_options_on_top(tmp_path: Path) -> None:
    """The file sets, the command line wins, replies are there in every new world."""
    config = tmp_path / "mock.toml"
    config.write_text(
        'clock = "virtual"\nseed = 3\napi_keys = ["k"]\n[[replies]]\nthen = { reply = "From the file." }\n'
    )
    with serving("--config", str(config), "--seed", "4") as (_, url, greeting):
        assert greeting[5].startswith("clock virtual, seed 4,")
        host = url.split("/")[2]
        connection = http.client.HTTPConnection(host)
        for _ in range(2):
            connection.request("GET", "/_mock/replies", headers={"Authorization": "Bearer k"})
            assert b"From the file." in connection.getresponse().read()
            connection.request("POST", "/_mock/world", headers={"Authorization": "Bearer k"})
            assert connection.getresponse().read()
        connection.close()


@pytest.mark.parametrize(
    ("options", "can"),
    [
        ((), "use it and, by its control door, change everything; ASSISTANTS_MOCK_TOKEN=… or --no-control"),
        (("--no-control",), "can use it."),
        (("--control-token", "s3cret"), "can use it."),
    ],
)
def test_it_says_loudly_whom_it_listens_to(options: tuple[str, ...], can: str) -> None:
    """On another address than loopback everybody near can reach it; by default nobody can."""
    for host, warned in (("0.0.0.0", True), ("127.0.0.1", False)):
        command = [sys.executable, "-m", "mockserver", "--port", "0", "--until-eof", "--host", host, *options]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        assert (can in done.stderr) is warned
        assert done.stderr.startswith("WARNING: 0.0.0.0 is not this machine's own address") is warned
        assert "s3cret" not in done.stdout + done.stderr


def test_the_token_of_the_control_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment, so that no list of processes shows it; and names the server answers to."""
    monkeypatch.setenv("ASSISTANTS_MOCK_TOKEN", "s3cret")
    with serving("--allow-host", "mock.example.com", "--allow-host", ".test.example") as (_, url, _greeting):
        connection = http.client.HTTPConnection(url.split("/")[2])
        for host, token, status in (
            ("mock.example.com", "s3cret", 200),
            ("a.test.example", "s3cret", 200),
            ("mock.example.com", "wrong", 401),
            ("other.example.com", "s3cret", 403),
        ):
            headers = {"Authorization": "Bearer k", "Host": host, "X-Mock-Token": token}
            connection.request("GET", "/_mock/clock", headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status, (host, token)
        connection.close()
