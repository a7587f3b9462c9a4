/** Templates: escaped throughout, and nothing in them that a strict policy would have to allow. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const views = new URL('../../src/web/views/', import.meta.url);
const files = [views, new URL('partials/', views)].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.hbs'))
    .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') })),
);

/** The templates in which `pattern` is found, with what it found. */
function findings(pattern: RegExp, strip = false): string[] {
  return files.flatMap(({ name, text }) => {
    const html = strip ? text.replace(/\{\{[^}]*\}\}/g, '') : text;
    return [...html.matchAll(pattern)].map(([found]) => `${name}: ${found}`);
  });
}

describe('the templates', () => {
  it('are there', () => {
    expect(files.length).toBeGreaterThan(20);
  });

  it('escape every value', () => {
    expect(findings(/\{\{\{|\{\{&/g)).toEqual([]);
  });

  it('have no inline script or style and no code in attributes', () => {
    expect(findings(/<style|\sstyle=|\son\w+=|hx-on|javascript:|"js:/gi, true)).toEqual([]);
    expect(findings(/<script(?![^>]* src="\{\{assets\}\}\/[\w-]+\.js"[^>]*><\/script>)/g)).toEqual(
      [],
    );
  });

  it('load nothing from elsewhere', () => {
    expect(findings(/(?:src|href|action)="(?:https?:)?\/\//gi)).toEqual([]);
  });

  it('quote every attribute that holds a value', () => {
    expect(findings(/=\{\{[^}]*\}\}(?=[^<]*>)/g).filter((each) => !each.includes('#>'))).toEqual(
      [],
    );
  });
});
