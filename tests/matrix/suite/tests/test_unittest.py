"""Tests without fixtures."""

import unittest

import app
from openai import OpenAI

import harness


class Sessions(unittest.TestCase):
    """`harness.session` as a decorator and as a context manager."""

    @harness.session(seed=7)
    def test_decorated(self, assistants):
        assistants.backend.run().takes(in_progress="9m").replies("At last.")
        with OpenAI() as client:
            helper = client.beta.assistants.create(model="gpt-4o")
            run = client.beta.threads.create_and_run(
                assistant_id=helper.id, thread={"messages": [{"role": "user", "content": "Think."}]}
            )
            while run.status != "completed":
                app.sleep(1)
                run = client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
        assert assistants.seed == 7
        assert assistants.clock.elapsed > 539

    def test_one_in_another(self):
        with harness.session() as outer, OpenAI() as client:
            client.beta.threads.create()
            with harness.session() as inner, OpenAI() as other:
                assert inner.control.objects("thread") == []
                other.beta.threads.create()
            assert len(outer.control.objects("thread")) == 1

    def test_without_any(self):
        assert app.assistant.name == "Made at import"
