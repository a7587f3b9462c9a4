/** Reading policies: sections, positions of mistakes, the hash of the set, verbatim quotes. */

import { describe, expect, test } from 'vitest';
import { isVerbatim, loadPolicies, parsePolicy } from '../../src/responder/policies.ts';
import { fixturePolicies, policyText, writeFolder } from './fixture.ts';

test('sections have ids that name their file', () => {
  const policy = parsePolicy('returns', policyText);
  expect(policy.title).toBe('Returns');
  expect(policy.sections.map(({ id, heading }) => [id, heading])).toEqual([
    ['returns#period', 'The period'],
    ['returns#contact', 'Contact'],
  ]);
});

test.each([
  ['nothing', '', 1],
  ['no title', '## A {#a}\ntext', 1],
  ['text before the title', 'hello\n# T', 1],
  ['no sections', '# T\n', 1],
  ['text outside a section', '# T\n\nhello\n', 3],
  ['a missing id', '# T\n\n## A\ntext', 3],
  ['a malformed id', '# T\n## A {#A b}\ntext', 2],
  ['a duplicate id', '# T\n## A {#a}\nx\n## B {#a}\ny', 4],
  ['an empty section', '# T\n## A {#a}\n\n## B {#b}\ny', 2],
  ['a second title', '# T\n## A {#a}\nx\n# U', 4],
])('refuses %s with its line', (_name, text, line) => {
  expect(() => parsePolicy('x', text)).toThrow(`The policy x.md is broken at line ${line}: `);
});

describe('loadPolicies', () => {
  const other = '# Other\n## A {#a}\ntext';

  test('sorts by name, whatever the folder says, and takes only what is wanted', async () => {
    await using folder = await writeFolder({ 'z.md': other, 'a.md': policyText, 'notes.txt': 'x' });
    const all = await loadPolicies(folder.path);
    expect(all.policies.map(({ name }) => name)).toEqual(['a', 'z']);
    const some = await loadPolicies(folder.path, ['z']);
    expect([...some.sections.keys()]).toEqual(['z#a']);
    expect(some.sha256).not.toBe(all.sha256);
  });

  test('one changed byte or name changes the hash', async () => {
    await using folder = await writeFolder({ 'a.md': other });
    await using same = await writeFolder({ 'a.md': other });
    await using renamed = await writeFolder({ 'b.md': other });
    const before = (await loadPolicies(folder.path)).sha256;
    expect((await loadPolicies(same.path)).sha256).toBe(before);
    expect((await loadPolicies(renamed.path)).sha256).not.toBe(before);
    await folder.write('a.md', `${other} `);
    expect((await loadPolicies(folder.path)).sha256).not.toBe(before);
  });

  test('a missing folder or file is named', async () => {
    await using folder = await writeFolder({ 'a.md': other });
    await expect(loadPolicies(`${folder.path}/none`)).rejects.toMatchObject({
      code: 'policy_invalid',
    });
    await expect(loadPolicies(folder.path, ['a', 'b'])).rejects.toThrow('b.md');
  });
});

test.each([
  ['You can return any item within 30 days.', true],
  ['Small parts cost €4.90', true],
  ['  Small\n parts ', true],
  ['You can return any item within 60 days.', false],
  ['', false],
])('verbatim: %j is %s', (quote, expected) => {
  expect(isVerbatim(fixturePolicies(), 'returns#period', quote)).toBe(expected);
  expect(isVerbatim(fixturePolicies(), 'returns#none', quote)).toBe(false);
});
