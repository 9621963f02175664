"""`assistants-mock explore --cmd`: programs in any language, a process for each variant."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from tests.harness.explore.desk import CALL, Desk, is_gone
from tests.harness.forkserver import REAL

BOT = """
import sys
import openai

class BotUnavailable(Exception):
    pass

def ask(client, question):
    try:
        thread = client.beta.threads.create()
    except openai.AuthenticationError as error:
        raise BotUnavailable("no key") from error
    messages = client.beta.threads.messages
    messages.create(thread.id, role="user", content=question)
    client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id="asst_geography")
    return messages.list(thread.id).data[0].content[0].text.value

with openai.OpenAI() as client:
    answer = ask(client, "What is the capital of France?")
assert answer == "Paris.", answer
"""

WORLD = """
version: 1
scenarios:
- name: geography
  backend: {fixtures: [{object: assistant, id: asst_geography, model: gpt-4o}]}
  steps: [{threads.create: {}}]
"""

REPLIES = """
- when: {last_user_message: {contains: France}}
  then: {reply: "Paris."}
"""


def test_what_becomes_of_a_program(desk: Desk) -> None:
    desk.file("bot.py", BOT)
    desk.file("world.yaml", WORLD)
    desk.file("replies.yaml", REPLIES)
    found, result = desk.explore(
        "bot.py",
        *("--scenario", "world.yaml::geography", "--replies", "replies.yaml", "--jobs", "3", "--depth", "1"),
        *("--faults", "run.failed(server_error), lost_ack,html_200", "--faults", "401"),
        *("--raises", "BotUnavailable"),
    )
    assert result.exit_code == 1
    verdicts = {name: variant["verdict"] for name, variant in found.items()}
    assert verdicts["runs.create#1~run.failed(server_error)"] == "wrong"
    assert verdicts["messages.create#1~lost_ack"] == "corrupt"
    assert verdicts["threads.create#1~lost_ack"] == "leaked"
    assert verdicts["threads.create#1~html_200"] == "crashed"
    assert verdicts["threads.create#1~401"] == "surfaced"
    assert verdicts["messages.create#1~401"] == "raw error"
    crashed = found["threads.create#1~html_200"]
    assert crashed["error"] == {
        "type": "AttributeError",
        "message": "'str' object has no attribute 'id'",
        "where": "bot.py:14",
    }
    assert crashed["nodeid"] == "python bot.py[threads.create#1~html_200]"
    assert crashed["reproduce"] == (
        'assistants-mock explore --cmd "python bot.py" --only "threads.create#1~html_200"'
        " --replies replies.yaml --scenario world.yaml::geography --raises BotUnavailable"
    )


@pytest.mark.parametrize(
    ("rest", "seconds", "said"),
    [
        ("pass", 30, r"in vain: .* was read [1-9]\d\d times in a row"),
        ("call('POST', f'/vector_stores/{store}', {'name': 'x'})", 30, r"it has made [2-9],\d\d\d calls"),
        ("time.sleep(0.03)", 2, r"in vain: .* was read \d\d times"),
        ("time.sleep(60)", 1, r"it has run for 1 s"),
    ],
    ids=["in-vain", "without-an-end", "slowly", "asleep"],
)
def test_a_program_that_hangs_is_killed(desk: Desk, rest: str, seconds: int, said: str) -> None:
    desk.file(
        "index.py",
        f"""{CALL}
from pathlib import Path
store = call("POST", "/vector_stores", {{"file_ids": ["file-a"]}})["id"]
Path("pid").write_text(str(os.getpid()))
while call("GET", f"/vector_stores/{{store}}")["status"] == "in_progress":
    {rest}
""",
    )
    desk.file("world.yaml", WORLD.replace("{object: assistant, id: asst_geography, model: gpt-4o}", FILE))
    result = desk.type(
        *("--cmd", f"{shlex.quote(REAL)} index.py", "--only", "vector_stores.create#1~index.stuck"),
        *("--scenario", "world.yaml", "--timeout", f"{seconds}s", "--report", "json:report.json"),
    )
    assert result.exit_code == 1, result.output
    report = json.loads((desk.folder / "report.json").read_text(encoding="utf-8"))
    (variant,) = report["tests"][0]["variants"]
    assert variant["verdict"] == "hung"
    assert re.search(said, variant["reason"]), variant["reason"]
    assert is_gone(int((desk.folder / "pid").read_text()))


FILE = '{object: file, id: file-a, filename: a.md, text: "# Title"}'


def test_variables_of_ones_own_and_azures(desk: Desk) -> None:
    own = 'base=os.environ["BOT_URL"], key=os.environ["BOT_KEY"]'
    desk.file(
        "own.py",
        f"""{CALL}
assert os.environ["AZURE_OPENAI_ENDPOINT"] + "/v1" == os.environ["BOT_URL"]
call("POST", "/threads", {{}}, {own})
""",
    )
    found, result = desk.explore(
        "own.py", "--base-url-env", "BOT_URL", "--key-env", "BOT_KEY", "--faults", "500", "--accept", "known"
    )
    assert result.exit_code == 0, result.output
    (variant,) = found.values()
    assert (variant["verdict"], variant["error"]["message"]) == ("crashed", "500")
    assert variant["accepted"] == "known"
    again, result = desk.explore(
        "own.py", "--base-url-env", "BOT_URL", "--key-env", "BOT_KEY", "--only", "threads.create#1~500"
    )
    assert list(again) == [variant["id"]]
    assert result.exit_code == 0


def test_a_variant_may_name_its_seed(desk: Desk) -> None:
    desk.file(
        "made.py",
        f'{CALL}\nopen("id", "w").write(call("POST", "/threads", {{}})["id"])\ncall("GET", "/models")',
    )
    ids = []
    for seed in ("", "@17"):
        found, _ = desk.explore("made.py", "--only", f"models.list#1~500{seed}")
        assert list(found) == [f"models.list#1~500{seed}"]
        ids.append((desk.folder / "id").read_text())
    assert len(set(ids)) == 2


def test_what_is_survived_is_broken_deeper(desk: Desk) -> None:
    """A retry that one fault has shown is broken for good, too."""
    desk.file(
        "retry.py",
        f"""{CALL}
for _ in range(3):
    try:
        call("POST", "/threads", {{}})
        break
    except ApiError:
        pass
""",
    )
    found, _ = desk.explore("retry.py", "--faults", "500")
    assert {name: variant["verdict"] for name, variant in found.items()} == {
        "threads.create#1~500": "absorbed",
        "threads.create#1+~500": "absorbed",
    }
    few, _ = desk.explore("retry.py", "--faults", "500", "--budget", "1ms")
    assert "threads.create#1+~500" not in few


def test_what_cannot_be_explored(desk: Desk) -> None:
    desk.file("broken.py", "print('loading')\nraise RuntimeError('no database')")
    found, result = desk.explore("broken.py")
    assert (found, result.exit_code) == ({}, 2)
    assert "it fails without any fault: RuntimeError: no database (broken.py:2)" in result.output
    assert "  | RuntimeError: no database" in result.output
    desk.file(
        "moody.py",
        f"""{CALL}
from pathlib import Path
for _ in range(1 + Path("mood").exists()):
    call("POST", "/threads", {{}})
Path("mood").touch()
""",
    )
    found, result = desk.explore("moody.py")
    assert (found, result.exit_code) == ({}, 2)
    assert "not deterministic: call 2 is nothing in the first run and threads.create#2 (200)" in result.output
    desk.file("silent.py", "")
    found, result = desk.explore("silent.py")
    assert (found, result.exit_code) == ({}, 2)
    assert "it calls nothing that can be broken" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say what is to be explored"),
        (("tests", "--cmd", "true"), "either tests or --cmd, not both"),
        (("--cmd", "no-such-program"), "the command cannot be run: "),
        (("tests", "--only", "runs.create#1~500"), "run by its node id"),
        (("tests", "--jobs", "2"), "--jobs is for --cmd"),
        (("--cmd", "true", "--only", "runs.create"), "--only: 'runs.create' is no variant"),
        (("--cmd", "true", "--timeout", "2"), "--timeout: '2' has no unit"),
        (("--cmd", "true", "--replies", "none.yaml"), "none.yaml cannot be read"),
        (("--cmd", "true", "--replies", "bad.yaml"), "bad.yaml:1:10: "),
        (("--cmd", "true", "--replies", "bad.json"), "the world cannot be made: runs: [0].then.say: "),
        (("--cmd", "true", "--scenario", "world.yaml::history"), "has no scenario history"),
        (("--cmd", "python call.py", "--faults", "50O"), "there is no fault and no group '50O'"),
    ],
)
def test_mistakes_are_told(desk: Desk, words: tuple[str, ...], said: str) -> None:
    desk.file("bad.yaml", "- then: {say: Paris}\n")
    desk.file("bad.json", '{"then": {"say": "Paris."}}')
    desk.file("world.yaml", WORLD)
    desk.file("call.py", f"{CALL}\ncall('POST', '/threads', {{}})")
    result = desk.type(*words)
    assert (result.exit_code, said in result.output) == (3, True), result.output
