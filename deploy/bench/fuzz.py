"""Thousands of requests that Schemathesis makes from the OpenAPI document, as each role: `tests/gates/test_fuzz.py`.

    python deploy/bench/fuzz.py [--cases 11000] [--processes 2]

Prints how many each role sent and how they were answered; whatever the document has not is a fault, and is told.
"""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


class Table:
    """Counts the answers that each role's test tells of, in whichever process it ran."""

    def __init__(self) -> None:
        self.answers: dict[str, Counter[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        answers = dict(report.user_properties).get("answers")
        if report.when == "call" and isinstance(answers, dict):
            self.answers[report.nodeid.rpartition("[")[2].rstrip("]")] = Counter(answers)

    def show(self) -> None:
        for role, answers in [*self.answers.items(), ("all", sum(self.answers.values(), Counter()))]:
            total = answers.total() or 1
            classes = Counter[str]()
            for status, times in answers.items():
                classes[f"{status[0]}xx"] += times
            shares = "  ".join(f"{name} {times:5} {times / total:4.0%}" for name, times in sorted(classes.items()))
            print(f"{role:14} {answers.total():6}  {shares}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--cases", type=int, default=11_000, help="at most about so many; an operation that takes nothing has fewer"
    )
    options.add_argument("--processes", type=int, default=2)
    asked = options.parse_args()
    os.environ["FIELDWORK_FUZZ_CASES"] = str(asked.cases)
    os.chdir(ROOT)
    table = Table()
    failed = pytest.main(["-q", "--tb=short", f"-n{asked.processes}", "tests/gates/test_fuzz.py"], plugins=[table])
    table.show()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
