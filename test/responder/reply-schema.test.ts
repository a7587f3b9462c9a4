/** Reading answers: from clean JSON to whatever a small local model wraps around it. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerFormat,
  jsonObjects,
  readReply,
  replyJsonSchema,
} from '../../src/responder/reply-schema.ts';
import { wireReply } from './fixture.ts';

const json = JSON.stringify(wireReply);

describe('readReply', () => {
  test.each([
    ['alone', json],
    ['in a fence', `\`\`\`json\n${JSON.stringify(wireReply, null, 2)}\n\`\`\``],
    ['after prose', `Sure! Here {is} the answer:\n${json}\nHope this helps {really}.`],
    ['after reasoning', `<think>maybe {"category": "x"}?</think>${json}`],
    [
      'after a first try',
      `${JSON.stringify({ ...wireReply, reply: 'first' })}\nNo, better:\n${json}`,
    ],
  ])('reads an object %s', (_name, text) => {
    const read = readReply(text);
    expect(read).toMatchObject({
      value: { category: 'returns', reply: wireReply.reply, needsPerson: false },
    });
  });

  test('folds what models vary: language tags, category case, bracketed ids', () => {
    const text = JSON.stringify({
      ...wireReply,
      category: 'Product Question',
      language: 'de-DE',
      citations: [{ section: '[returns#period]', quote: 'x' }],
    });
    expect(readReply(text)).toMatchObject({
      value: {
        category: 'product_question',
        language: 'de',
        citations: [{ section: 'returns#period', quote: 'x' }],
      },
    });
  });

  test('a reason without needs_person is dropped, and the other way round filled in', () => {
    expect(readReply(JSON.stringify({ ...wireReply, needs_person_reason: 'hm' }))).toMatchObject({
      value: { needsPersonReason: null },
    });
    const read = readReply(JSON.stringify({ ...wireReply, reply: '', needs_person: true }));
    expect(read).toMatchObject({
      value: { needsPerson: true, needsPersonReason: expect.stringMatching(/./) },
    });
  });

  test.each([
    ['no object', 'I cannot do that.', 'no JSON object'],
    ['an empty reply', JSON.stringify({ ...wireReply, reply: ' ' }), 'reply: empty'],
    ['a missing field', JSON.stringify({ ...wireReply, urgency: undefined }), 'urgency'],
    ['a foreign urgency', JSON.stringify({ ...wireReply, urgency: 'high' }), 'urgency'],
    ['an extra field', JSON.stringify({ ...wireReply, to: 'x@evil.test' }), 'to'],
    ['too long a reply', JSON.stringify({ ...wireReply, reply: 'x'.repeat(10_001) }), 'reply'],
    ['a cut object', json.slice(0, 60), 'no JSON object'],
  ])('says what is wrong with %s', (_name, text, problem) => {
    expect(readReply(text)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test('the problem never quotes the answer', () => {
    const read = readReply(
      JSON.stringify({ ...wireReply, urgency: 'SECRET', language: 'SECRET!' }),
    );
    expect(JSON.stringify(read)).not.toContain('SECRET');
  });
});

describe('jsonObjects', () => {
  test('finds an object in any prose without stray braces', () => {
    const prose = fc.string({ maxLength: 80 }).map((text) => text.replace(/[{}"\\]/g, ' '));
    const value = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), {
      maxKeys: 4,
    });
    fc.assert(
      fc.property(prose, value, prose, (before, object, after) => {
        const text = JSON.stringify(object);
        expect(jsonObjects(`${before}${text}${after}`)).toEqual([JSON.parse(text)]);
      }),
    );
  });

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '"', '\\', 'a', ':', ' ') }),
        (text) => {
          jsonObjects(text);
        },
      ),
    );
  });

  test('gives up on a text of opening braces', () => {
    expect(jsonObjects('{'.repeat(200_000))).toEqual([]);
  });
});

test('the schema that is sent forbids extra fields and has no bounds', () => {
  const text = JSON.stringify(replyJsonSchema);
  expect(text).not.toMatch(/maxLength|minLength|maxItems|"pattern"|\$schema/);
  expect(replyJsonSchema).toMatchObject({ type: 'object', additionalProperties: false });
  expect(replyJsonSchema.required).toEqual(Object.keys(wireReply));
  for (const field of Object.keys(wireReply)) expect(answerFormat).toContain(`"${field}"`);
});
