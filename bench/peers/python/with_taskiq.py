"""taskiq: one task for all steps on a stream, default settings: two processes, 100 tasks at a time each."""

import asyncio
import os
import sys

import redis.asyncio
from steps import DOCUMENT, PADDING, STEPS, arguments, keys, mark, source, ticks
from taskiq_redis import RedisStreamBroker

URL = os.environ.setdefault("PEERS_URL", sys.argv[1])
broker = RedisStreamBroker(url=URL)
link = redis.asyncio.Redis.from_url(URL)
scripts = {name: link.register_script(source(name)) for name in STEPS}


@broker.task(task_name="noop")
async def noop(marked, _padding):
    if marked:
        await link.eval(source("mark"), 1, marked)


@broker.task(task_name="step")
async def step(name: str, order: int):
    await scripts[name](keys(order), [order, DOCUMENT])
    following = STEPS.index(name) + 1
    if following < len(STEPS):
        await step.kiq(STEPS[following], order)


async def send(task, numbers):
    await broker.startup()
    if task == "fill-noops":
        for number in range(numbers[0]):
            await noop.kiq(mark(number, numbers[0]), PADDING)
    elif task == "fill-orders":
        for order in range(numbers[0]):
            await step.kiq(STEPS[0], order)
    else:
        for order, wait in ticks(*numbers):
            await asyncio.sleep(wait)
            await step.kiq(STEPS[0], order)
    await broker.shutdown()


if __name__ == "__main__":
    task, numbers = arguments()
    if task.startswith("work"):
        here = os.path.dirname(os.path.abspath(__file__))
        os.chdir(here)
        taskiq = os.path.join(os.path.dirname(sys.executable), "taskiq")
        os.execv(taskiq, ["taskiq", "worker", "with_taskiq:broker", "--log-level", "ERROR"])
    asyncio.run(send(task, numbers))
