// BullMQ: one queue and one worker per step, default settings but the concurrency.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// The packages are in PEERS_NODE, not beside this file.
const require = createRequire(join(process.env.PEERS_NODE, "package.json"));
const { Queue, Worker } = require("bullmq");
const { Redis } = require("ioredis");

const STEPS = ["create", "reserve", "pay", "confirm"];
const NOOPS = "noops";
const CONCURRENCY = 128;
const PRODUCTS = 64;
const CHUNK = 1000;

const [url, task, ...numbers] = process.argv.slice(2);
const [one, two, three] = numbers.map(Number);
const connect = () => new Redis(url, { maxRetriesPerRequest: null });
const read = (name) => readFileSync(join(import.meta.dirname, "../lua", `${name}.lua`), "utf8");
const document = "d".repeat(400);

const queue = (name) => new Queue(name, { connection: connect() });
const work = (name, handler) =>
  new Worker(name, handler, { connection: connect(), concurrency: CONCURRENCY });

function keys(order) {
  const [a, b] = [order % PRODUCTS, (order + 1) % PRODUCTS];
  return [`order:${order}`, `key:${order}`, `payment:${order}`, "open", `stock:${a}`, `stock:${b}`, "confirmed"];
}

async function fill(name, count, job) {
  const target = queue(name);
  for (let start = 0; start < count; start += CHUNK) {
    const length = Math.min(CHUNK, count - start);
    await target.addBulk(Array.from({ length }, (_, i) => ({ name, data: job(start + i) })));
  }
  process.exit();
}

async function paced(rate, first, count) {
  const target = queue(STEPS[0]);
  const start = performance.now();
  for (let order = first; order < first + count; order++) {
    const wait = start + ((order - first) * 1000) / rate - performance.now();
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    await target.add(STEPS[0], { order });
  }
  process.exit();
}

function workNoops() {
  const link = connect();
  work(NOOPS, async ({ data }) => {
    if (data.mark) await link.eval(read("mark"), 1, data.mark);
  });
}

function workOrders() {
  const link = connect();
  STEPS.forEach((step, at) => {
    const command = `${step}Order`;
    link.defineCommand(command, { numberOfKeys: 7, lua: read(step) });
    const next = STEPS[at + 1] && queue(STEPS[at + 1]);
    work(step, async ({ data: { order } }) => {
      await link[command](...keys(order), order, document);
      if (next) await next.add(STEPS[at + 1], { order });
    });
  });
}

const padding = "x".repeat(200);
const mark = (n) => (n === 0 ? "first" : n === one - 1 ? "last" : undefined);
const tasks = {
  "fill-noops": () => fill(NOOPS, one, (n) => ({ mark: mark(n), padding })),
  "fill-orders": () => fill(STEPS[0], one, (order) => ({ order })),
  paced: () => paced(one, two, three),
  "work-noops": workNoops,
  "work-orders": workOrders,
};
await tasks[task]();
