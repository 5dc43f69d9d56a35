"""Common parts of the Python peers: the scripts of an order's steps, and the command line."""

import pathlib
import sys
import time

STEPS = ["create", "reserve", "pay", "confirm"]
PRODUCTS = 64
DOCUMENT = "d" * 400
PADDING = "x" * 200
LUA = pathlib.Path(__file__).parent.parent / "lua"


def source(name):
    """Returns the text of a script."""
    return (LUA / f"{name}.lua").read_text()


def keys(order):
    """Returns the keys that every script of an order has."""
    stock = [f"stock:{order % PRODUCTS}", f"stock:{(order + 1) % PRODUCTS}"]
    return [f"order:{order}", f"key:{order}", f"payment:{order}", "open", *stock, "confirmed"]


def mark(number, count):
    """Returns the mark of a no-op: the first and the last record their time."""
    return "first" if number == 0 else "last" if number == count - 1 else None


def arguments():
    """Returns the task and its numbers."""
    return sys.argv[2], [int(number) for number in sys.argv[3:]]


def ticks(rate, first, count):
    """Yields the numbers of orders with the time to wait before each."""
    start = time.monotonic()
    for number in range(count):
        yield first + number, max(0, start + number / rate - time.monotonic())
