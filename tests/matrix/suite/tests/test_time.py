"""Sleeping costs no time, and waiting in vain has an end; time-outs of the test run mind neither."""

import inspect
import time

import app
import pytest
from openai import _base_client

import harness

COUNTS_RETRIES = "x-stainless-retry-count" in inspect.getsource(_base_client)


def test_ten_minutes_until_a_run_expires(assistants):
    assistants.backend.run().calls("get_weather", city="Paris")
    run = app.wait(app.begin("The weather?"))
    assert run.status == "requires_action"
    polls = assistants.history.ops("runs.retrieve")
    assert app.wait(run, until=("expired",)).status == "expired"
    assert assistants.history.ops("runs.retrieve") - polls > 25
    assert 595 < assistants.clock.elapsed <= 640


def test_a_loop_with_a_deadline(assistants):
    assistants.faults.arm("run.stuck(in_progress, forever=true)", "runs.create")
    with pytest.raises(TimeoutError, match="in_progress"):
        app.wait(app.begin("Hello?"), patience=120)
    assert 60 < assistants.clock.elapsed <= 140  # what the calls themselves take counts for the loop, too


def test_more_sleep_than_any_time_out(assistants):
    wall, start = time.perf_counter(), time.time()
    time.sleep(3600)
    assert time.time() - start >= 3600
    assert assistants.clock.elapsed >= 3600
    assert time.perf_counter() - wall < 600


def test_a_loop_that_cannot_end(assistants):
    assistants.backend.run().expires()
    with pytest.raises(harness.HungError, match="waits in vain"):
        app.wait(app.begin("Hello?"), until=("completed",))


def test_retries_of_the_sdk_wait_in_the_worlds_time(assistants):
    assistants.backend.run().replies("Here I am.")
    assistants.faults.arm("429(retry_after=20s)", "runs.create", first=2)
    assert app.ask("Hello?") == "Here I am."
    assert assistants.history.ops("runs.create") == 3
    # SDKs that do not count their retries are not known to come back: the mock's time stays where it is.
    assert (assistants.clock.elapsed >= 40) == COUNTS_RETRIES
