/** The judge of `eval quoted`: white space aside, exactly the labelled words; and which files it reads. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRight, labelledReplies, unlabelledReplies } from '../../scripts/reply-corpus.ts';

describe('isRight', () => {
  it.each([
    ['Yes.\n\nAnn', 'Yes.  Ann\n', true],
    ['Ge\u0301rard', 'G\u00e9rard', true],
    ['Yes.', 'Yes. Ann', false],
    ['', 'Yes.', false],
  ])('exact: %j beside %j', (extracted, expectedReply, right) => {
    expect(isRight(extracted, { goldKind: 'exact', expectedReply })).toBe(right);
  });

  it.each([
    ['Yes. Thanks!', ['Yes.'], ['Dear'], true],
    ['Yes. Dear Ann', ['Yes.'], ['Dear'], false],
    ['Regards,\nAnn', [], ['Regards, Ann'], false],
    ['No.', ['Yes.'], [], false],
  ])('contains: %j with %j and without %j', (extracted, mustContain, mustNotContain, right) => {
    expect(isRight(extracted, { goldKind: 'contains', mustContain, mustNotContain })).toBe(right);
  });
});

describe('a corpus', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'corpus-'));
    await mkdir(join(folder, 'reply'));
    await mkdir(join(folder, 'reply-unlabelled', 'shop'), { recursive: true });
    await writeFile(join(folder, 'reply', 'a.txt'), 'Yes.');
    await writeFile(join(folder, 'reply-unlabelled', 'shop', 'b.txt'), 'No.');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('is read from its manifests, other kinds of mail left out', async () => {
    const reply = { file: 'reply/a.txt', source: 'shop', kind: 'reply', input: 'text' };
    const entries = [{ ...reply, goldKind: 'exact', expectedReply: 'Yes.', more: 1 }];
    await writeFile(join(folder, 'reply.manifest.json'), JSON.stringify(entries));
    await writeFile(join(folder, 'auto.manifest.json'), '[{"kind":"auto"}]');
    const [only, ...others] = await labelledReplies(folder);
    expect(others).toEqual([]);
    expect(only?.bytes.toString()).toBe('Yes.');
    expect(await unlabelledReplies(folder)).toEqual([
      { file: 'reply-unlabelled/shop/b.txt', text: 'No.' },
    ]);
  });

  it('without labels is an error, not a figure', async () => {
    await expect(labelledReplies(folder)).rejects.toThrow('lists a reply');
  });
});
