"""The marker, and the scenario file beside it."""

import app
import openai
import pytest


@pytest.mark.assistants(seed=7, timeline={"queued": "30s", "first_token": "2m"})
def test_seed_and_timeline(assistants):
    app.wait(app.begin("Hello?"))
    assert assistants.seed == 7
    assert 150 <= assistants.clock.elapsed <= 181


@pytest.mark.assistants(scenario="weather.assistants.yaml::weather")
def test_the_model_of_a_scenario(assistants):
    run = app.wait(app.begin("The weather in Paris?"))
    (call,) = run.required_action.submit_tool_outputs.tool_calls
    assert (call.function.name, call.function.arguments) == ("get_weather", '{"city":"Paris"}')
    app.client.beta.threads.runs.submit_tool_outputs(
        run.id, thread_id=run.thread_id, tool_outputs=[{"tool_call_id": call.id, "output": "21"}]
    )
    run = app.client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
    assert app.said(app.wait(run)) == "It is 21 degrees."


@pytest.mark.assistants(faults=["429(retry_after=20s) at threads.create#2"])
class TestFaults:
    """The markers of a class and of its tests add up."""

    @pytest.mark.assistants(seed="of the test")
    def test_the_second_thread(self, assistants):
        assert assistants.seed == "of the test"
        impatient = app.client.with_options(max_retries=0)
        impatient.beta.threads.create()
        with pytest.raises(openai.RateLimitError):
            impatient.beta.threads.create()
        assert assistants.fault.name == "429"
