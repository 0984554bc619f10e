"""`python -m pam COMMAND`: describe, train, evaluate."""

import sys


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command == "describe":
        from pam.describe import describe

        print(describe())
        return 0
    if command == "train":
        from pam.train import main as train

        return train(rest)
    if command == "evaluate":
        from pam.evaluate import main as evaluate

        return evaluate(rest)
    print("usage: python -m pam describe | train … | evaluate …", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
