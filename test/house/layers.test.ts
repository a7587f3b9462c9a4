/** The house stands: imports go down the ranks, and every file keeps the house rules. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
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
import { importViolations } from './ranks.ts';

const root = join(import.meta.dirname, '..', '..');

function projectFiles(...folders: string[]): { path: string; text: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
  );
}

const files = projectFiles('src', 'test', 'scripts');
const written = files.filter(({ path }) => /\.(ts|js|css|hbs)$/.test(path));
const modules = written
  .filter(({ path }) => /\.(ts|js)$/.test(path))
  .map(({ path, text }) => parseModule(path, text));
const inSource = ({ path }: { path: string }) => path.startsWith('src/');
const source = modules.filter(inSource);

describe('the house', () => {
  it('has files to look at', () => {
    expect(source.length).toBeGreaterThan(100);
    expect(source.some(({ path }) => path === 'src/main.ts')).toBe(true);
  });

  it('imports only down the ranks, and packages only where they belong', () => {
    const shipped = new Set([
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.optionalDependencies),
    ]);
    expect(source.flatMap((module) => importViolations(module, shipped))).toEqual([]);
  });

  it('keeps the domain pure', () => {
    expect(source.flatMap(purityViolations)).toEqual([]);
  });

  it('has SQL in storage only', () => {
    expect(source.flatMap(sqlViolations)).toEqual([]);
  });

  it('reads the environment in config only', () => {
    expect(source.flatMap(environmentViolations)).toEqual([]);
  });

  it('has no barrel files', () => {
    expect(modules.flatMap(barrelViolations)).toEqual([]);
  });

  it('says at the top of every file what it is', () => {
    // A template is named after what it shows, and begins with that.
    const opened = written.filter(({ path }) => !path.endsWith('.hbs'));
    expect(opened.flatMap(({ path, text }) => openingViolations(path, text))).toEqual([]);
  });

  it('has no file over 300 lines without a reason', () => {
    expect(written.flatMap(({ path, text }) => lengthViolations(path, text))).toEqual([]);
  });

  it('leaves nothing undone in src', () => {
    const texts = files.filter((file) => inSource(file) && !/\.(eml|json)$/.test(file.path));
    expect(texts.flatMap(({ path, text }) => unfinishedViolations(path, text))).toEqual([]);
  });

  it('has no test that is turned off, and none that replaces modules', () => {
    const tests = modules.filter(({ path }) => path.startsWith('test/'));
    expect(tests.flatMap(testViolations)).toEqual([]);
  });
});
