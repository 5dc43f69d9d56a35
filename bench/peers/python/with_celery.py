"""Celery: one task per step on its default queue, default settings: a process per core, early acknowledgement."""

import os
import sys
import time

import redis
from celery import Celery
from steps import DOCUMENT, PADDING, STEPS, arguments, keys, mark, source, ticks

URL = os.environ.setdefault("PEERS_URL", sys.argv[1])
app = Celery("with_celery", broker=URL)
link = redis.Redis.from_url(URL)
scripts = {step: link.register_script(source(step)) for step in STEPS}


@app.task(name="noop")
def noop(marked, _padding):
    if marked:
        link.eval(source("mark"), 1, marked)


@app.task(name="step")
def step(name, order):
    scripts[name](keys(order), [order, DOCUMENT])
    following = STEPS.index(name) + 1
    if following < len(STEPS):
        step.delay(STEPS[following], order)


def main():
    task, numbers = arguments()
    if task == "fill-noops":
        for number in range(numbers[0]):
            noop.delay(mark(number, numbers[0]), PADDING)
    elif task == "fill-orders":
        for order in range(numbers[0]):
            step.delay(STEPS[0], order)
    elif task == "paced":
        for order, wait in ticks(*numbers):
            time.sleep(wait)
            step.delay(STEPS[0], order)
    else:
        app.worker_main(["worker", "--loglevel", "ERROR"])


if __name__ == "__main__":
    main()
