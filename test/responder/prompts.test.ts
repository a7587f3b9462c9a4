/** Loading prompt versions: values, positions of mistakes, released versions. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/responder/digest.ts';
import { listPrompts, loadPrompt } from '../../src/responder/prompts.ts';
import { fixtureFiles, promptText, writeFolder } from './fixture.ts';

const values = { shop: 'Tom & Ann', categories: ['invoice', 'returns'] };

async function load(text: string, more: Record<string, string> = {}) {
  await using folder = await writeFolder({ 'test/1.hbs': text, ...more });
  return await loadPrompt(folder.path, 'test/1');
}

describe('loadPrompt', () => {
  test('renders without escaping and fills in defaults', async () => {
    const prompt = await load(promptText);
    expect(prompt.render(values)).toBe('You answer for Tom & Ann.\n- invoice\n- returns');
    expect(prompt.frontMatter.policies).toBe('all');
    expect(prompt.frontMatter.examples.file).toBe('examples.yaml');
    expect(prompt.sha256).toBe(sha256(promptText));
  });

  test('reads Windows line ends and a byte order mark', async () => {
    const prompt = await load(`\uFEFF${promptText.replaceAll('\n', '\r\n')}`);
    expect(prompt.render(values)).toBe('You answer for Tom & Ann.\n- invoice\n- returns');
  });

  test.each([
    ['no front matter', 'Hello', 1, 1, 'three dashes'],
    ['an open front matter', '---\ndescription: x\n', 3, 1, 'closing line'],
    ['broken YAML', '---\ndescription: x\nmodel: [a\n---\n', 3, 10, ''],
    ['an unknown key', '---\ndescription: x\ntemprature: 1\n---\n', 3, 1, 'temprature'],
    [
      'a wrong type',
      '---\ndescription: x\nexamples:\n  pinned: many\n---\n',
      4,
      3,
      'examples.pinned',
    ],
    ['a missing key', '---\nmodel: x\n---\n', 2, 1, 'description'],
    ['a duplicate key', '---\ndescription: x\ndescription: y\n---\n', 3, 1, 'unique'],
    [
      'a file outside',
      '---\ndescription: x\nexamples:\n  file: ../x.yaml\n---\n',
      4,
      3,
      'without a folder',
    ],
    [
      'an unknown input',
      '---\ndescription: x\ninput:\n  schema:\n    shopp: string\n---\n',
      5,
      5,
      'Did you mean "shop"?',
    ],
  ])('names the place of %s', async (_name, text, line, column, detail) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'prompt_front_matter',
      message: expect.stringMatching(new RegExp(`at line ${line}, column ${column}: `)),
    });
    await expect(load(text)).rejects.toThrow(detail);
  });

  const head =
    '---\ndescription: x\ninput: { schema: { shop: string, "categories(array)": string } }\n---\n';
  test.each([
    ['an unknown variable', 'Hi\nto {{shpo}}', [6, 6], 'Did you mean "shop"?'],
    ['one inside #if', '{{#if shp}}x{{/if}}', [5, 7], 'Did you mean "shop"?'],
    ['one inside #each', '{{#each categories}}\n{{nme}}{{/each}}', [6, 3], ''],
    ['a property of a text', '{{shop.constructor}}', [5, 3], ''],
    ['a helper', 'a {{upper shop}}', [5, 3], ''],
    ['an unknown block', '{{#eech categories}}x{{/eech}}', [5, 1], 'Did you mean "each"?'],
    ['a subexpression', '{{#if (eq shop "x")}}x{{/if}}', [5, 7], ''],
    ['lookup', '{{lookup categories 0}}', [5, 1], ''],
    ['a partial', 'a\nb\n c {{> house}}', [7, 4], 'one file'],
    ['a decorator', '{{* inline "x"}}', [5, 1], ''],
    ['an open block', 'a\n{{#if shop}}', [6, 13], ''],
    ['a brace too few', 'some words\nand some more of them {{shop} and on', [6, 29], ''],
    ['a wrong closing', '{{#if shop}}x{{/each}}', [5, 4], ''],
  ])('refuses %s with its place', async (_name, body, [line, column], hint) => {
    const failure = await load(head + body).then(
      () => null,
      (error: unknown) => error as { code: string; message: string; mend: string },
    );
    expect(failure?.code).toBe('prompt_template');
    expect(failure?.message).toContain(`at line ${line}, column ${column}: `);
    expect(failure?.mend).toContain(hint);
  });

  test('allows block parameters, @index and a variable of the outer level', async () => {
    const body = '{{#each categories as |c|}}{{@index}}{{c}}{{@root.shop}}{{../shop}}{{/each}}';
    const prompt = await load(head + body);
    expect(prompt.render({ shop: 's', categories: ['a'] })).toBe('0ass');
  });

  test('an undeclared variable is unknown even when we could fill it in', async () => {
    await expect(load('---\ndescription: x\n---\n{{shop}}')).rejects.toMatchObject({
      code: 'prompt_template',
    });
  });

  test.each(['test/2', 'nothing', '../secret/1', 'test/../test/1'])(
    'names the known versions for %s',
    async (version) => {
      await using folder = await writeFolder({
        'test/1.hbs': promptText,
        'other/3.hbs': promptText,
      });
      await expect(loadPrompt(folder.path, version)).rejects.toMatchObject({
        code: 'prompt_missing',
        mend: 'Set `prompt` to one of: other/3, test/1.',
      });
    },
  );

  test('a missing folder has no versions', async () => {
    await using folder = await writeFolder({});
    expect(await listPrompts(join(folder.path, 'none'))).toEqual([]);
  });
});

describe('the house style', () => {
  const withStyle = `---
description: x
input: { schema: { shop: string, houseStyle: string } }
---
For {{shop}}.
{{#if houseStyle}}

# HOUSE STYLE

{{houseStyle}}
{{/if}}
`;
  const shop = { shop: 'S', categories: [] };

  test('stands in the prompt as it was written, and is part of its hash alone', async () => {
    const style = '<!-- how to -->\nNo emoji. {{shop}} & {{> x}}';
    const plain = await load(withStyle);
    const styled = await load(withStyle, { 'house-style.md': style });
    expect(plain.render(shop)).toBe('For S.');
    expect(styled.render(shop)).toBe('For S.\n\n# HOUSE STYLE\n\nNo emoji. {{shop}} & {{> x}}');
    expect(plain.sha256).toBe(plain.fileSha256);
    expect(styled.fileSha256).toBe(plain.fileSha256);
    expect(styled.sha256).not.toBe(plain.sha256);
    const changed = await load(withStyle, { 'house-style.md': `${style}!` });
    expect(changed.sha256).not.toBe(styled.sha256);
  });

  test('a released version stays released whatever the style says', async () => {
    const released = JSON.stringify({ 'test/1': sha256(withStyle) });
    const files = { 'released.json': released, 'house-style.md': 'No emoji.' };
    expect(await load(withStyle, files)).toMatchObject({ released: true, houseStyle: {} });
  });

  test.each([
    ['nothing but a comment', '<!-- a\nb -->\n\n<!-- open'],
    ['nothing', ''],
  ])('%s has no effect', async (_name, text) => {
    const prompt = await load(withStyle, { 'house-style.md': text });
    expect(prompt.houseStyle).toBeNull();
    expect(prompt.sha256).toBe(prompt.fileSha256);
  });

  test('one in the folder of a prompt comes first; a version without room reads none', async () => {
    const files = { 'house-style.md': 'For all.', 'test/house-style.md': 'For one.' };
    expect((await load(withStyle, files)).houseStyle?.text).toBe('For one.');
    expect((await load(promptText, files)).houseStyle).toBeNull();
  });

  test('one that is too long is refused', async () => {
    const files = { 'house-style.md': 'x'.repeat(8_001) };
    await expect(load(withStyle, files)).rejects.toMatchObject({ code: 'house_style_invalid' });
  });
});

describe('what we ship', () => {
  const folder = join(import.meta.dirname, '../../prompts');
  const shop = { shop: 'Tom & Ann', categories: ['invoice', 'returns'] };

  test('every version is released and says what it is for', async () => {
    for (const version of await listPrompts(folder)) {
      const prompt = await loadPrompt(folder, version);
      expect(prompt.released, version).toBe(true);
      expect(prompt.frontMatter.description.length).toBeGreaterThan(100);
      expect(prompt.render(shop)).toContain('Tom & Ann');
      expect(prompt.render(shop)).not.toMatch(/\{\{|\n{3}|&amp;/);
    }
  });

  test('the house style has no effect until it is filled in, and then stands in the newest', async () => {
    const plain = await loadPrompt(folder, 'support/3');
    expect(plain.houseStyle).toBeNull();
    expect(plain.render(shop)).not.toContain('HOUSE STYLE');
    const [text, style] = await Promise.all(
      [plain.file, join(folder, 'house-style.md')].map((file) => readFile(file, 'utf8')),
    );
    const files = { 'house-style.md': `${style}\nWe say parcel.\n` };
    expect((await load(text ?? '', files)).render(shop)).toContain(
      '# HOUSE STYLE\n\nHow this shop wants to sound. It changes no rule.\n\nWe say parcel.\n\n# NEVER',
    );
  });
});

describe('released versions', () => {
  test('are known by their hash and refused when one byte changes', async () => {
    const released = JSON.stringify({ 'test/1': sha256(promptText) });
    expect((await load(promptText, { 'released.json': released })).released).toBe(true);
    await expect(load(`${promptText} `, { 'released.json': released })).rejects.toMatchObject({
      code: 'prompt_changed',
    });
  });

  test('a version that is not listed may still change', async () => {
    expect((await load(promptText, { 'released.json': '{}' })).released).toBe(false);
    expect((await load(fixtureFiles['prompts/test/1.hbs'])).released).toBe(false);
  });

  test.each(['{', '[]', '{"test/1": "abc"}'])('a broken list is an error: %s', async (text) => {
    await expect(load(promptText, { 'released.json': text })).rejects.toMatchObject({
      code: 'released_invalid',
    });
  });
});
