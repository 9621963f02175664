"""The command `assistants-mock schema`: the JSON Schemas of what people write and of what is reported."""

from __future__ import annotations

import json
from pathlib import Path

import click

from harness.commands.exits import CONTEXT, complain


@click.command(context_settings=CONTEXT)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
@click.option("--report", "of_report", is_flag=True, help="The schema of JSON reports instead.")
@click.option("--experiment", "of_experiment", is_flag=True, help="The schema of experiment files instead.")
@click.option("--exploration", "of_exploration", is_flag=True, help="The schema of explore's JSON reports.")
def schema(output: Path | None, of_report: bool, of_experiment: bool, of_exploration: bool) -> None:
    """Print the JSON Schema of scenario files."""
    if of_report:
        from harness.reports.document import REPORT_SCHEMA

        document = REPORT_SCHEMA
    elif of_exploration:
        from harness.explore.schema import EXPLORATION_SCHEMA

        document = EXPLORATION_SCHEMA
    elif of_experiment:
        from harness.experiments.schema import experiment_schema

        document = experiment_schema()
    else:
        from harness.scenarios.schema import scenario_schema

        document = scenario_schema()
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        complain(f"{output} cannot be written: {error.strerror or error}")
