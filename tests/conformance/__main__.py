"""How far the mock conforms, by three measures: `make conformance`, or some of them (ARGS="fuzz").

`sdks` runs the SDKs' own suites, `spec` every operation against the published description, `fuzz` generated
requests. Ends with 1 if anything is not as it should be. What cannot be set up here is skipped, which fails
nothing; the last lines say so.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence

from tests.conformance import fuzzing, suites
from tests.conformance.outcome import Outcome
from tests.sdks.environments import ROOT
from tests.spec import FOLDER, MISSING

SEED, REQUESTS = 7, 20_000
PARTS = ("sdks", "spec", "fuzz")


def main(arguments: Sequence[str]) -> int:
    """Run the parts that are named, or all; 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description="Measure conformance.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all if none")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of generated requests ({SEED})")
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"how many of them ({REQUESTS})")
    given = parser.parse_args(arguments)
    for part in given.parts:
        if part not in PARTS:
            parser.error(f"unknown part {part}; it is one of {', '.join(PARTS)}")
    steps: dict[str, Callable[[], Outcome]] = {
        "sdks": suites.run,
        "spec": described,
        "fuzz": lambda: fuzzing.run(given.seed, given.requests),
    }
    outcomes: dict[str, Outcome] = {}
    for part in given.parts or PARTS:
        print(f"\n## {part}\n", flush=True)
        outcomes[part] = steps[part]()
    print("\n## result\n")
    for part, outcome in outcomes.items():
        for what in outcome.skipped:
            print(f"**SKIPPED, NOT MEASURED** {what}")
        done = "NOT ALL OF IT MEASURED" if outcome.skipped else "passed"
        print(f"{part}: {'FAILED' if outcome.failed else done}")
    return int(any(outcome.failed for outcome in outcomes.values()))


def described() -> Outcome:
    """Every operation and event against the published description: the tests that do so, as one row."""
    if not (FOLDER / "assistants.openapi.json").is_file():
        return Outcome(skipped=(f"the description: {MISSING}",))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_spec.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    *_, last = done.stdout.strip().splitlines() or ["nothing"]
    print(f"| published description | {last.strip('= ')} |\n|---|---|")
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-2000:])
    return Outcome(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
