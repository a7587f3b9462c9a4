/** Changing the prompt of a settings file changes nothing else in it. */

import { expect, test } from 'vitest';
import { withPrompt } from '../../src/config/change-prompt.ts';

const settings = `# Our shop
shop: {name: "Example Shop"}   # as customers know it
prompt: support/3 # tried in May
mailboxes:
  - name: support
    address: support@example.com
    prompt: 'sales/2'   # theirs
  # the other one
  - {name: orders, address: orders@example.com}
`;

test.each([
  ['of all', null, settings.replace('support/3', 'support/1')],
  ['of a mailbox', 'support', settings.replace('sales/2', 'support/1')],
])('%s, in place', (_what, mailbox, changed) => {
  expect(withPrompt(settings, mailbox, 'support/1')).toBe(changed);
});

test('a mailbox without one gets one, and all comments stay', () => {
  const changed = withPrompt(settings, 'orders', 'support/1') ?? '';
  expect(changed).toContain('prompt: support/1 }');
  for (const kept of ['# Our shop', '# as customers', '# tried in May', '# theirs', '# the other'])
    expect(changed).toContain(kept);
});

test('settings without one get one at their end', () => {
  const text = '# only this\nshop: {name: A}\n';
  const changed = withPrompt(text, null, 'support/2') ?? '';
  expect(changed).toContain('# only this');
  expect(changed).toMatch(/^prompt: support\/2$/m);
});

test('a mailbox that is not there changes nothing', () => {
  expect(withPrompt(settings, 'gone', 'support/1')).toBeNull();
});

test('a mailbox that names a responder has its prompt there', () => {
  const text = `mailboxes:
  - {name: a, responder: careful, prompt: none}
responders:
  - name: careful
    prompt: support/3 # theirs
`;
  expect(withPrompt(text, 'a', 'support/2')).toBe(text.replace('support/3', 'support/2'));
});
