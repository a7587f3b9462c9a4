/** A file as a source: CSV and JSON, a file that changes, goes away or breaks, a large one. */

import { rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fileSource } from '../../../src/responder/context/file-source.ts';
import { RecordThread } from '../../../src/responder/context/record-thread.ts';
import { writeFolder } from '../fixture.ts';

const never = new AbortController().signal;

function settingsOf(path: string) {
  return {
    ...{ name: 'list', kind: 'order' as const, key: '/number', owner: '/mail' },
    facts: { status: '/status' },
    place: { kind: 'file' as const, path },
  };
}

async function open(name: string, text: string) {
  const folder = await writeFolder({ [name]: text });
  const path = join(folder.path, name);
  const source = fileSource(settingsOf(path));
  onTestFinished(async () => {
    await source.close();
    await folder[Symbol.asyncDispose]();
  });
  return {
    path,
    source,
    look: (key: string, signal = never) => source.look({ key, address: '' }, signal),
  };
}

const sent = { owner: 'ana@customer.example', facts: [{ name: 'status', value: 'sent' }] };
const csv = 'number,mail,status\n#1001,ana@customer.example,sent\n#1002,bo@b.test,paid\n';

describe('a record is found', () => {
  test.each<[what: string, name: string, text: string]>([
    ['in CSV', 'orders.csv', csv],
    [
      'in a list of JSON',
      'orders.json',
      '[{"number":"#1001","mail":"ana@customer.example","status":"sent"}]',
    ],
    [
      'in an object of JSON',
      'orders.JSON',
      '\uFEFF{"x":{"number":"#1001","mail":"ana@customer.example","status":"sent"}}',
    ],
  ])('%s', async (_what, name, text) => {
    const { look } = await open(name, text);
    expect(await look('#1001')).toEqual(sent);
    expect(await look('#1003')).toBe(null);
    expect(await look('constructor')).toBe(null);
  });

  test('whatever the capitals, and the first of several', async () => {
    const { look } = await open(
      'orders.csv',
      'number,mail,status\nAb1,a@b.test,one\nAB1,,two\n,a@b.test,none\n',
    );
    expect(await look('aB1')).toEqual({
      owner: 'a@b.test',
      facts: [{ name: 'status', value: 'one' }],
    });
    expect(await look('')).toBe(null);
  });

  test('by several who ask at once', async () => {
    const { look } = await open('orders.csv', csv);
    const found = await Promise.all(['#1001', '#1002', '#1003'].map((key) => look(key)));
    expect(found.map((record) => record?.owner)).toEqual([
      'ana@customer.example',
      'bo@b.test',
      undefined,
    ]);
  });

  test('in a large file', async () => {
    const rows = Array.from({ length: 200_000 }, (_, at) => `#${at},ana@customer.example,sent`);
    const { look, source } = await open('orders.csv', `number,mail,status\n${rows.join('\n')}\n`);
    expect(await look('#199999')).toEqual(sent);
    expect(await source.count(never)).toBe(200_000);
  });
});

test('a file that grows large and small again', async () => {
  const { path, look } = await open('orders.csv', csv);
  expect(await look('#1001')).toEqual(sent);
  const rows = Array.from({ length: 20_000 }, (_, at) => `#${at},ana@customer.example,sent`);
  await writeFile(path, `number,mail,status\n${rows.join('\n')}\n`);
  expect(await look('#19999')).toEqual(sent);
  await writeFile(path, csv);
  expect(await look('#19999')).toBe(null);
});

test('a changed file is read again', async () => {
  const { path, look } = await open('orders.csv', csv);
  expect(await look('#1003')).toBe(null);
  await writeFile(`${path}.new`, `${csv}#1003,ana@customer.example,sent\n`);
  await rename(`${path}.new`, path);
  expect(await look('#1003')).toEqual(sent);
  // In place and of the same size, by its time.
  await writeFile(path, `${csv}#1004,ana@customer.example,sent\n`);
  await utimes(path, 1, 1);
  expect(await look('#1003')).toBe(null);
  expect(await look('#1004')).toEqual(sent);
});

describe('what fails', () => {
  test('a file that is gone, until it is back', async () => {
    const { path, look } = await open('orders.csv', csv);
    await rm(path);
    await expect(look('#1001')).rejects.toMatchObject({ code: 'order_source_failed' });
    await writeFile(path, csv);
    expect(await look('#1001')).toEqual(sent);
  });

  test.each([
    ['broken JSON', '{"a":', 'no JSON'],
    ['a text', '"orders"', 'neither a list nor an object'],
    ['null', 'null', 'neither a list nor an object'],
  ])('%s', async (_what, text, told) => {
    const { path, look } = await open('orders.json', text);
    await expect(look('#1001')).rejects.toThrow(told);
    await writeFile(path, '[]');
    expect(await look('#1001')).toBe(null);
  });

  test('a table without the column of keys', async () => {
    const { look } = await open('orders.csv', 'id,mail,status\n1,a@b.test,sent\n');
    await expect(look('1')).rejects.toThrow('no column number');
  });

  test('a file of more than 50 MB', async () => {
    const { look } = await open('orders.csv', `${csv}${' '.repeat(50_000_001)}`);
    await expect(look('#1001')).rejects.toThrow('more than 50 MB');
  });

  test('a question of one who has gone, and the next one does not mind', async () => {
    const { look } = await open('orders.csv', csv);
    await expect(look('#1001', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    const going = new AbortController();
    const asked = look('#1001', going.signal);
    going.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
    expect(await look('#1001')).toEqual(sent);
  });

  test('a source that is closed while its thread is asked', async () => {
    const thread = new RecordThread(settingsOf('orders.csv'));
    const asked = thread.look('#1001');
    await thread.close();
    expect(await asked).toEqual({ trouble: 'it was closed' });
  });
});
