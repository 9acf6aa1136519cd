"""What options of our scripts take, for argparse."""

import argparse


def some_of(known):
    """A list of names, commas between."""
    def parse(text):
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(known)}")
        return names
    return parse


def count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 on")
    return int(text)


def counts(text):
    return [count(part) for part in text.split(",")]
