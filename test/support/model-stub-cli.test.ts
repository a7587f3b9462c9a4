/** Runs the model stub as `npm run stub:model` does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';

const CLI = path.join(import.meta.dirname, 'model-stub/cli.ts');

it('serves until it is told to stop', { timeout: 20_000 }, async () => {
  const child = spawn(process.execPath, [CLI, '--port', '0', '--key', 'k'], { stdio: 'pipe' });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const url = /http:\S+/.exec(line)?.[0] ?? '';
  expect((await fetch(`${url}/v1/models`)).status).toBe(401);
  expect((await fetch(`${url}/_stub/requests`)).status).toBe(200);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

it.each([
  [['--help'], 0, /--obedient/],
  [['--port', '70000'], 1, /--port must be a whole number/],
  [['--nonsense'], 1, /nonsense/],
])('%j ends with %i', { timeout: 20_000 }, async (parameters, code, text) => {
  const child = spawn(process.execPath, [CLI, ...parameters], { stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  expect(await once(child, 'close')).toEqual([code, null]);
  expect(output).toMatch(text);
});
