// A simulated provider per test file, a receiver for its callbacks, and Stripe's client.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

// The package is installed outside the tests' folder.
export const Stripe = createRequire(join(process.env.CLIENTS_NODE, 'x'))('stripe');

class Receiver {
  deliveries = [];
  waiting = new Set();

  async open() {
    this.server = createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      this.deliveries.push({ headers: request.headers, body: Buffer.concat(parts) });
      response.end();
      for (const look of this.waiting) look();
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}/hook`;
    return this;
  }

  // Returns the first delivery with a matching event. The test's time limit bounds the wait.
  wait(wanted) {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.deliveries.find((one) => wanted(JSON.parse(one.body)));
        if (found) {
          this.waiting.delete(look);
          resolve(found);
        }
      };
      this.waiting.add(look);
      look();
    });
  }
}

export async function start() {
  const receiver = await new Receiver().open();
  const data = await mkdtemp(join(tmpdir(), 'sw-'));
  const words = ['provider', '--data', data, '--listen', '127.0.0.1:0'];
  const child = spawn(process.env.STREAMWARD, [...words, '--webhook-url', receiver.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [ready] = await once(createInterface({ input: child.stdout }), 'line');
  if (!ready.startsWith('ready ')) throw new Error(ready);
  const provider = JSON.parse(await readFile(join(data, 'provider.json'), 'utf8'));
  const { protocol, hostname, port } = new URL(provider.url);
  const client = (key = provider.secretKey) =>
    new Stripe(key, {
      host: hostname,
      port: Number(port),
      protocol: protocol.replace(':', ''),
      maxNetworkRetries: 0,
      telemetry: false,
    });
  const stop = async () => {
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    receiver.server.closeAllConnections();
    receiver.server.close();
    await rm(data, { recursive: true });
    if (code !== 0) throw new Error(`the provider ended with ${code}`);
  };
  return { client, receiver, webhookSecret: provider.webhookSecret, stop };
}
