/** The desk's port: taken at once or refused in plain words, and answered on from the first moment. */

import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { asReplywrightError } from '../../src/domain/errors.ts';
import { deskUrl } from '../../src/web/desk-url.ts';
import { openPort } from '../../src/web/port.ts';

async function open() {
  const port = await openPort('127.0.0.1', 0);
  onTestFinished(() => port.close());
  return port;
}

test('says that it is starting until there is a desk', async () => {
  const { port, serve } = await open();
  const early = await fetch(`http://127.0.0.1:${port}/`);
  expect([early.status, await early.text()]).toEqual([503, 'Replywright is starting.\n']);
  serve(express().use((_request, response) => void response.send('desk')));
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('desk');
});

test('can be closed twice, and is free then', async () => {
  const { port, close } = await open();
  await close();
  await close();
  await (await openPort('127.0.0.1', port)).close();
});

test('a port that somebody has', async () => {
  const { port } = await open();
  await expect(openPort('127.0.0.1', port)).rejects.toMatchObject({ code: 'port_busy' });
});

test.each([
  // 192.0.2.0/24 is for documentation (RFC 5737), `.invalid` for names that never are (RFC 6761).
  ['of another machine', '192.0.2.1'],
  ['that cannot be found', 'nowhere.invalid'],
])('an address %s', async (_what, host) => {
  const failure = asReplywrightError(await openPort(host, 0).catch((error) => error));
  expect(failure.code).toBe('host_unusable');
  expect(failure.message).toBe(`This machine has no address ${host} to listen on.`);
});

test.each([
  ['127.0.0.1', null, 'http://127.0.0.1:80'],
  ['0.0.0.0', null, 'http://localhost:80'],
  ['::', null, 'http://localhost:80'],
  ['::1', null, 'http://[::1]:80'],
  ['0.0.0.0', 'https://desk.example/', 'https://desk.example'],
])('the address of a desk on %s, published as %s', (host, publicUrl, url) => {
  expect(deskUrl({ host, publicUrl }, 80)).toBe(url);
});
