/** Keys: no key does two things, none is half of another, and every reason has one of its own. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reasons } from '../../src/domain/decision.ts';
import { capOf, keyGroups } from '../../src/web/keys.ts';
import { reasonChoices } from '../../src/web/reasons.ts';

const keys = keyGroups.flatMap((group) => group.keys);
const web = new URL('../../src/web/', import.meta.url);

function read(folder: string, ending: string): string {
  const place = new URL(folder, web);
  const files = readdirSync(place).filter((name) => name.endsWith(ending));
  return files.map((name) => readFileSync(new URL(name, place), 'utf8')).join('\n');
}

describe('the registry', () => {
  it('gives each key one meaning', () => {
    expect(new Set(keys.map(({ key }) => key)).size).toBe(keys.length);
    expect(new Set(keys.map(({ action }) => action)).size).toBe(keys.length);
  });

  it('has no key that begins a longer one', () => {
    for (const { key } of keys)
      expect(keys.some((other) => other.key.startsWith(`${key} `))).toBe(false);
  });

  it('never asks for Alt, which types characters on many keyboards', () => {
    expect(keys.filter(({ key }) => /alt/i.test(key))).toEqual([]);
  });

  it('names only actions that a page offers or a script knows', () => {
    const offered = `${read('views/', '.hbs')}${read('views/partials/', '.hbs')}`;
    const scripts = read('public/', '.js');
    for (const { action } of keys.filter(({ where }) => where === 'desk')) {
      const asElement = offered.includes(
        `data-do="${action.replace(/^go-(?!sandbox).*/, 'go-{{view}}')}"`,
      );
      const asFunction = new RegExp(`^  (?:${action}|'${action}')[,:(]`, 'm').test(scripts);
      expect(asElement || asFunction, action).toBe(true);
    }
  });

  it('knows the cap of an action and refuses to guess', () => {
    expect(capOf('approve')).toBe('A');
    expect(() => capOf('fly')).toThrow();
  });
});

describe('the reasons', () => {
  it('all have a label and a key of their own', () => {
    expect(reasonChoices.map(({ reason }) => reason)).toEqual([...reasons]);
    expect(new Set(reasonChoices.map(({ key }) => key)).size).toBe(reasons.length);
  });
});
