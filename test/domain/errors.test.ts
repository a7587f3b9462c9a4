/** The error catalogue: every failure the sources name comes out as whole sentences. */

import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  asReplywrightError,
  type ErrorCode,
  errorCatalogue,
  explain,
  ReplywrightError,
} from '../../src/domain/errors.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];

/** The names in braces in an entry. */
function placeholders(code: ErrorCode): string[] {
  const { happened, kept, mend } = errorCatalogue[code];
  const found = `${happened} ${kept} ${mend}`.matchAll(/\{(\w+)\}/g);
  return [...new Set([...found].map(([, name = '']) => name))].sort();
}

describe.each(codes)('%s', (code) => {
  test('fills every name that it has, and none is left', () => {
    const names = placeholders(code);
    const values = Object.fromEntries(names.map((name) => [name, `<${name}>`]));
    const text = explain(new ReplywrightError(code, values));
    for (const name of names) expect(text).toContain(`<${name}>`);
    expect(text).not.toMatch(/\{\w+\}/);
  });

  test('is told in sentences', () => {
    const { happened, kept, mend } = errorCatalogue[code];
    for (const sentence of [happened, kept, mend])
      expect(sentence).toMatch(/^(?:[A-Z`{].*[.]|\{hint\})$/);
  });
});

/** Each `new ReplywrightError('code', { names })` in the sources whose values are written there. */
function uses(): { place: string; code: string; names: string[] }[] {
  const root = path.join(import.meta.dirname, '..', '..');
  return globSync('src/**/*.ts', { cwd: root }).flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const found = text.matchAll(
      /new ReplywrightError\(\s*'(\w+)'\s*(?:,\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(\w+)))?/g,
    );
    return [...found].map(([, code = '', values = '', variable]) => ({
      place: `${file}: ${code}`,
      code,
      names: variable === undefined ? namesIn(values) : ['...'],
    }));
  });
}

/** The keys of the literal's inside; `...` stands for what cannot be read off. */
function namesIn(values: string): string[] {
  const flat = values.replace(/`[^`]*`|'[^']*'|\([^()]*(?:\([^()]*\))?[^()]*\)/g, 'x');
  return flat
    .split(',')
    .map((piece) => /^\s*(\.\.\.|\w+)/.exec(piece.replace(/\/\/.*$/gm, ''))?.[1] ?? '')
    .filter((name) => name !== '');
}

const found = uses();

test('the sources were read', () => {
  expect(found.length).toBeGreaterThan(80);
});

test.each(found)('$place', ({ code, names }) => {
  expect(codes).toContain(code);
  if (names.includes('...')) return;
  expect(placeholders(code as ErrorCode).filter((name) => !names.includes(name))).toEqual([]);
});

describe('asReplywrightError', () => {
  test('leaves its own as they are', () => {
    const error = new ReplywrightError('reply_empty');
    expect(asReplywrightError(error)).toBe(error);
  });

  test.each([
    [Object.assign(new Error('x'), { code: 'ENOSPC' }), 'disk_full'],
    [Object.assign(new Error('x'), { code: '53100' }), 'disk_full'],
    [new TypeError('no such thing'), 'unexpected'],
    ['a string', 'unexpected'],
    [null, 'unexpected'],
    [undefined, 'unexpected'],
  ])('%s is %s', (thrown, code) => {
    const error = asReplywrightError(thrown);
    expect(error).toMatchObject({ code, cause: thrown });
    expect(explain(error)).not.toMatch(/\{\w+\}/);
  });
});

test('a failure met again too early says the same, and when to come back', () => {
  const cause = new Error('refused');
  const first = new ReplywrightError('imap_unreachable', { host: 'mx', detail: 'x' }, { cause });
  const again = first.withRetryAfter(5_000);
  expect(again).toMatchObject({ code: first.code, message: first.message, retryAfterMs: 5_000 });
  expect(again).toMatchObject({ cause, transient: true });
  expect(first.retryAfterMs).toBeNull();
});

test('a value with braces is not filled again', () => {
  const error = new ReplywrightError('user_invalid', { detail: '{detail} $& {name}' });
  expect(error.message).toBe('This user cannot be saved: {detail} $& {name}.');
});
