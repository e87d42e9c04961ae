"""`python -m tests.faults --cycles 20 [--unsafe]`: the storm at length, as JSON; ends with 1 when anything was lost."""

import argparse
import json
import sys

from tests.faults.storm import storm


def main() -> int:
    """Prints the figures; with `--unsafe` the control must have lost something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=20, help="each kills PostgreSQL, the web server and the worker")
    parser.add_argument("--scarce", type=int, default=500, help="units of the item that half of the orders want")
    parser.add_argument("--unsafe", action="store_true", help="the control: synchronous_commit off, PostgreSQL killed")
    options = parser.parse_args()
    if options.unsafe:
        found = storm(cycles=options.cycles, scarce=options.scarce, durable=False, victims=("postgresql",))
    else:
        found = storm(cycles=options.cycles, scarce=options.scarce)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0 if found["clean"] != options.unsafe else 1


if __name__ == "__main__":
    raise SystemExit(main())
