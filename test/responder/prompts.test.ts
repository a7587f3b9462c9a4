/** Loading prompt versions: values, positions of mistakes, released versions. */

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
    ['no front matter', 'Hello', 1, 'three dashes'],
    ['an open front matter', '---\ndescription: x\n', 3, 'closing line'],
    ['broken YAML', '---\ndescription: x\nmodel: [a\n---\n', 3, ''],
    ['an unknown key', '---\ndescription: x\ntemprature: 1\n---\n', 3, 'temprature'],
    ['a wrong type', '---\ndescription: x\nexamples:\n  pinned: many\n---\n', 4, 'examples.pinned'],
    ['a missing key', '---\nmodel: x\n---\n', 2, 'description'],
    ['a duplicate key', '---\ndescription: x\ndescription: y\n---\n', 3, 'unique'],
    [
      'a file outside',
      '---\ndescription: x\nexamples:\n  file: ../x.yaml\n---\n',
      4,
      'without a folder',
    ],
    [
      'an unknown input',
      '---\ndescription: x\ninput:\n  schema:\n    shopp: string\n---\n',
      5,
      'Did you mean "shop"?',
    ],
  ])('names the line of %s', async (_name, text, line, detail) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'prompt_front_matter',
      message: expect.stringMatching(new RegExp(`at line ${line}: `)),
    });
    await expect(load(text)).rejects.toThrow(detail);
  });

  const head =
    '---\ndescription: x\ninput: { schema: { shop: string, "categories(array)": string } }\n---\n';
  test.each([
    ['an unknown variable', 'Hi\n{{shpo}}', 6, 'Did you mean "shop"?'],
    ['one inside #if', '{{#if shp}}x{{/if}}', 5, 'Did you mean "shop"?'],
    ['one inside #each', '{{#each categories}}\n{{nme}}{{/each}}', 6, ''],
    ['a property of a text', '{{shop.constructor}}', 5, ''],
    ['a helper', '{{upper shop}}', 5, ''],
    ['an unknown block', '{{#eech categories}}x{{/eech}}', 5, 'Did you mean "each"?'],
    ['a subexpression', '{{#if (eq shop "x")}}x{{/if}}', 5, ''],
    ['lookup', '{{lookup categories 0}}', 5, ''],
    ['a partial', 'a\nb\n{{> house}}', 7, 'one file'],
    ['a decorator', '{{* inline "x"}}', 5, ''],
    ['broken syntax', 'a\n{{#if shop}}', 6, ''],
    ['a wrong closing', '{{#if shop}}x{{/each}}', 5, ''],
  ])('refuses %s with its line', async (_name, body, line, hint) => {
    const failure = await load(head + body).then(
      () => null,
      (error: unknown) => error as { code: string; message: string; mend: string },
    );
    expect(failure?.code).toBe('prompt_template');
    expect(failure?.message).toContain(`at line ${line}: `);
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
