/** The house rules catch what is planted, and leave alone what is right. */

import { describe, expect, it } from 'vitest';
import {
  environmentViolations,
  purityViolations,
  sqlViolations,
  testViolations,
} from './code-rules.ts';
import {
  barrelViolations,
  lengthViolations,
  openingViolations,
  unfinishedViolations,
} from './file-rules.ts';
import { parseModule } from './parsed-module.ts';
import { importViolations, partOf } from './ranks.ts';

const shipped = new Set(['kysely', 'pg', 'nodemailer', '@anthropic-ai/sdk', 'zod', 'express']);

function imports(path: string, text: string): string[] {
  return importViolations(parseModule(path, text), shipped);
}

describe('partOf', () => {
  it.each([
    ['src/domain/errors.ts', 'domain'],
    ['src/responder/checks/links.ts', 'responder'],
    ['src/config.ts', 'config'],
    ['src/config/schema.ts', 'config'],
    ['src/app.ts', 'app'],
    ['src/configuration.ts', null],
    ['src/helpers/strings.ts', null],
    ['src/main/extra.ts', null],
    ['src/storage.ts', null],
    ['src/toString/x.ts', null],
  ])('%s is %s', (path, part) => {
    expect(partOf(path)).toBe(part);
  });
});

describe('the ranks', () => {
  it.each([
    ['storage from mail', 'src/storage/a.ts', "import { x } from '../mail/b.ts';"],
    ['a type from another pillar', 'src/mail/a.ts', "import type { X } from '../storage/b.ts';"],
    ['config from a pillar', 'src/responder/a.ts', "import type { Config } from '../config.ts';"],
    ['pipeline from learning', 'src/learning/a.ts', "import '../pipeline/worker.ts';"],
    ['learning from insights', 'src/insights/a.ts', "export * from '../learning/pairs.ts';"],
    ['web from the sandbox', 'src/sandbox/a.ts', "export { x } from '../web/b.ts';"],
    ['the app from web, later', 'src/web/a.ts', "const x = await import('../app.ts');"],
    ['a type in place', 'src/web/a.ts', "type X = import('../commands/b.ts').X;"],
    ['storage from the sandbox', 'src/sandbox/a.ts', "import { x } from '../storage/b.ts';"],
    ['config values from the sandbox', 'src/sandbox/a.ts', "import { x } from '../config.ts';"],
    ['log from the domain', 'src/domain/a.ts', "import { openLog } from '../log.ts';"],
    ['node: from the domain', 'src/domain/a.ts', "import { join } from 'node:path';"],
    ['a package from the domain', 'src/domain/a.ts', "import * as z from 'zod';"],
    ['tests from src', 'src/mail/a.ts', "import { x } from '../../test/support/b.ts';"],
    ['a part unknown', 'src/mail/a.ts', "import { x } from '../utils/b.ts';"],
    ['a package of development', 'src/web/a.ts', "import { expect } from 'vitest';"],
    ['kysely outside of storage', 'src/pipeline/a.ts', "import type { Kysely } from 'kysely';"],
    ['pg by require', 'src/web/a.ts', "const pg = require('pg');"],
    ['a transport outside of smtp', 'src/mail/outbox.ts', "import nodemailer from 'nodemailer';"],
    ['a hidden transport', 'src/mail/a.ts', "import C from 'nodemailer/lib/smtp-connection';"],
    ['the SDK', 'src/responder/assemble.ts', "import Anthropic from '@anthropic-ai/sdk';"],
    ['express below the pages', 'src/pipeline/a.ts', "import express from 'express';"],
  ])('refuse %s', (_what, path, text) => {
    expect(imports(path, text)).toHaveLength(1);
  });

  it.each([
    ['src/log.ts', "import { explain } from './domain/errors.ts';"],
    ['src/storage/a.ts', "import { sql } from 'kysely'; import './b.ts'; import 'node:path';"],
    ['src/sandbox/a.ts', "import type { Config } from '../config.ts';"],
    ['src/sandbox/a.ts', "import { type Config } from '../config.ts';"],
    ['src/mail/smtp-outcome.ts', "import type { NodemailerError } from 'nodemailer';"],
    ['src/mail/compose.ts', "import MailComposer from 'nodemailer/lib/mail-composer';"],
    ['src/mail/dkim.ts', "import DKIM from 'nodemailer/lib/dkim';"],
    ['src/responder/model-errors.ts', "import Anthropic from '@anthropic-ai/sdk';"],
    ['src/commands/version.ts', "import manifest from '../../package.json' with { type: 'json' };"],
    ['src/commands/start.ts', "const { startApp } = await import('../app.ts');"],
    ['src/web/public/desk.js', "import './keyboard.js';"],
    ['src/web/a.ts', "const words = `\nimport { x } from '../app.ts';\n`; // from '../main.ts'"],
  ])('let %s be', (path, text) => {
    expect(imports(path, text)).toEqual([]);
  });

  it('name the file, the line and both ranks', () => {
    expect(imports('src/storage/a.ts', "\n\nimport { x } from '../web/b.ts';")).toEqual([
      'src/storage/a.ts:3: storage (rank 1) imports web (rank 4): src/web/b.ts',
    ]);
  });
});

describe('the rules for code', () => {
  it.each([
    'const now = Date.now();',
    'const now = new Date();',
    'const now = Date();',
    'const chance = Math.random();',
    'const home = process.env.HOME;',
    'const late = setTimeout(() => {}, 5);',
    'console.log(1);',
  ])('refuse in the domain: %s', (text) => {
    expect(purityViolations(parseModule('src/domain/a.ts', text))).toHaveLength(1);
    expect(purityViolations(parseModule('src/storage/a.ts', text))).toEqual([]);
  });

  it('let the domain work with dates it is given', () => {
    const text = 'export const later = (at: Date) => new Date(at.getTime() + 1); // Date.now()';
    expect(purityViolations(parseModule('src/domain/a.ts', text))).toEqual([]);
  });

  it('refuse SQL outside of storage, typed or not', () => {
    const text = 'sql`select 1`; sql<number>`select 2`; html`<p>`;';
    expect(sqlViolations(parseModule('src/web/a.ts', text))).toHaveLength(2);
    expect(sqlViolations(parseModule('src/storage/a.ts', text))).toEqual([]);
  });

  it('refuse a setting read past the config', () => {
    const text = 'export const key = process.env.KEY; run({ PATH: process.env.PATH });';
    const found = environmentViolations(parseModule('src/mail/a.ts', text));
    expect(found).toEqual(['src/mail/a.ts:1: process.env: only config reads the environment']);
    expect(environmentViolations(parseModule('src/main.ts', text))).toEqual([]);
  });

  it.each([
    "it.skip('x', () => {});",
    "describe.only('x', () => {});",
    "test.todo('x');",
    "it.concurrent.skip('x', () => {});",
    "it('x', { skip: true }, () => {});",
    "it('x', (context) => context.skip());",
    "it.skipIf(!existsSync(file))('x', () => {});",
    "describe.runIf(process.env.SLOW)('x', () => {});",
    "vi.mock('../src/log.ts');",
  ])('refuse in tests: %s', (text) => {
    expect(testViolations(parseModule('test/a.test.ts', text))).toHaveLength(1);
  });

  it('let tests depend on what the machine has, and speak of skipping', () => {
    const text =
      "describe.skipIf(!found.available)('skip', () => { it('only', () => list.skip(2)); });";
    expect(testViolations(parseModule('test/a.test.ts', text))).toEqual([]);
  });
});

describe('the rules for files', () => {
  it.each([
    "import { x } from './x.ts';",
    '// A line comment is not it.\nexport const x = 1;',
    '/** helpers */\nexport const x = 1;',
    '/** */',
    '',
  ])('refuse the opening %j', (text) => {
    expect(openingViolations('src/a.ts', text)).toHaveLength(1);
  });

  it.each([
    '/** Says what it is. */\n',
    '#!/usr/bin/env node\n/** Says what it is. */\n',
    '/**\n * Says what it is,\n * over two lines.\n *\n * more of it\n */\n',
    '/* A stylesheet says it too. */\n',
    '/** `/healthz`: for machines. */\n',
  ])('accept the opening %j', (text) => {
    expect(openingViolations('src/a.ts', text)).toEqual([]);
  });

  it('refuse 301 lines without a reason', () => {
    const lines = (count: number) => 'x\n'.repeat(count);
    expect(lengthViolations('src/a.ts', lines(300))).toEqual([]);
    expect(lengthViolations('src/a.ts', lines(301))).toHaveLength(1);
    const reasoned = `/** Codes.\n *\n * Longer than 300\n * lines because it is a list. */\n`;
    expect(lengthViolations('src/a.ts', reasoned + lines(301))).toEqual([]);
  });

  it.each([
    "export * from './a.ts';",
    "export { a } from './a.ts';\nexport type { B } from './b.ts';",
    "import { a } from './a.ts';\nexport { a };",
  ])('refuse the barrel %j', (text) => {
    expect(barrelViolations(parseModule('src/a.ts', text))).toHaveLength(1);
  });

  it.each([
    "export { a } from './a.ts';\nexport const b = 1;",
    "import './polyfill.ts';",
    'export { a };\nfunction a() {}',
  ])('see no barrel in %j', (text) => {
    expect(barrelViolations(parseModule('src/a.ts', text))).toEqual([]);
  });

  it('refuse what is left undone', () => {
    const text = '// TODO later\n// FIXME\nthrow new Error("Not yet implemented");';
    expect(unfinishedViolations('src/a.ts', text)).toEqual([
      'src/a.ts:1: TODO',
      'src/a.ts:2: FIXME',
      'src/a.ts:3: Not yet implemented',
    ]);
    expect(unfinishedViolations('src/responder/model-stub.ts', '')).toHaveLength(1);
    expect(unfinishedViolations('src/a.ts', 'const todo = "a hack of ours";')).toEqual([]);
    // The desk's forms have placeholders, and stubbornness is no stub.
    expect(unfinishedViolations('src/stubborn.ts', 'placeholder')).toEqual([]);
  });
});
