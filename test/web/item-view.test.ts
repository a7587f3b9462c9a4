/** A conversation as its page shows it: who writes, where the reply goes, and how much is shown. */

import { describe, expect, it } from 'vitest';
import { reachedWords } from '../../src/domain/reached.ts';
import type { ConversationView } from '../../src/storage/conversation-view.ts';
import type { OpenDelivery } from '../../src/storage/delivery-view.ts';
import type { DraftView } from '../../src/storage/draft-view.ts';
import type { MessageView } from '../../src/storage/messages.ts';
import { itemView, messageView } from '../../src/web/item-view.ts';
import { openViews } from '../../src/web/views.ts';

function message(changes: Partial<MessageView> = {}): MessageView {
  return {
    ...{ id: 7, conversationId: 1, direction: 'inbound', state: 'answerable', stateReason: null },
    ...{ fromName: 'Ana', fromAddress: 'Ana@customer.example', replyTo: null, to: [], cc: [] },
    formAddress: null,
    ...{ subject: 'Hi', at: new Date(0), text: 'Hello', newText: 'Hello', hasHtml: false },
    ...{ attachments: [], cut: null, senderTrust: 'none' as const, senderTrustDomain: null },
    ...changes,
  };
}

const draft: DraftView = {
  ...{ id: 3, messageId: 7, state: 'ready', reply: 'Dear Ana', category: null, urgency: null },
  ...{
    language: null,
    citations: [],
    missing: [],
    examples: [],
    needsPersonReason: null,
    checks: [],
  },
  facts: null,
  ...{ inputTokens: null, cacheReadTokens: null, outputTokens: null, costUsd: null },
  ...{ latencyMs: null, errorText: null, responderHash: null, prompt: null, model: null },
  ...{ responder: null, released: null, shadow: null },
  answeredAt: null,
  partial: null,
  createdAt: new Date(0),
};

function conversation(mail: MessageView): ConversationView {
  return {
    ...{ id: 1, subject: 'Hi', customer: { name: 'Ana', address: 'ana@customer.example' } },
    ...{ mailbox: { name: 'shop', address: 'shop@shop.example' }, lastMessageId: mail.id },
    ...{
      otherConversations: 0,
      messages: [mail],
      draft,
      decision: null,
      takenBack: null,
      overtaken: null,
      rejection: null,
      delivery: null,
      openDeliveries: [],
      reports: [],
      regrouping: null,
    },
  };
}

const shop = {
  mailboxes: new Map(),
  ownAddresses: ['shop@shop.example'],
  sectionTitles: new Map(),
  enclosureLimits: { total: 3_000_000, each: 2_000_000 },
  labels: { category: ['invoice', 'order', 'returns'], language: ['de', 'en'] },
};

const page = (mail: MessageView, drafted: Partial<DraftView> = {}) =>
  openViews().render(
    'conversation',
    itemView({ ...conversation(mail), draft: { ...draft, ...drafted } }, 'approve', null, shop, {
      next: [],
      decided: [],
    }),
  );

describe('a message', () => {
  it("names an address only when it is not the customer's, in whatever case", () => {
    expect(messageView(message(), 'ana@customer.example').address).toBeNull();
    const other = message({ fromAddress: 'bob@customer.example' });
    expect(messageView(other, 'ana@customer.example').address).toBe('bob@customer.example');
    expect(messageView(message({ fromAddress: null }), null).address).toBeNull();
  });

  it('is shown to 100,000 characters, and says where the rest is', () => {
    const text = `${'\n'.repeat(70_000)}${'a\n'.repeat(300_000)}`;
    const html = page(message({ text, newText: text }));
    expect(html.length).toBeLessThan(150_000);
    expect(html).toContain('The rest is in “Original”');
    expect(page(message())).not.toContain('The rest is in');
  });

  it('says when it was too large to be taken whole', () => {
    const header = page(
      message({ text: '', newText: '', cut: { kept: 'header', size: 52_000_000 } }),
    );
    expect(header).toContain('Only this mail’s header was fetched');
    expect(header).toContain('52.0 MB');
    const beginning = page(message({ cut: { kept: 'beginning', size: 52_000_000 } }));
    expect(beginning).toContain('Only this mail’s beginning was fetched');
    expect(page(message())).not.toContain('fetched');
  });

  it('from a form names it beside the customer who wrote', () => {
    const html = page(message({ formAddress: 'forms@shop.example' }));
    expect(html).toContain('Written through your form <bdi>forms@shop.example</bdi>');
    expect(page(message())).not.toContain('your form');
  });

  it('is not cut within a character', () => {
    const text = `${'a'.repeat(99_999)}😀`;
    const [paragraph] = messageView(message({ text, newText: text }), null).paragraphs;
    expect(paragraph?.[0]?.text).toBe('a'.repeat(99_999));
  });
});

describe('a reply', () => {
  const text = 'Dear Ana,\n\n- **yes** <b>\n- [here](https://shop.example/a)';
  const ours = { direction: 'outbound', text, newText: text } as const;

  it('of ours is shown as the customer reads it', () => {
    const html = page(message({ ...ours, state: 'outbound' }));
    expect(html).toContain('<li dir="auto"><strong>yes</strong> &lt;b&gt;</li>');
    expect(html).toMatch(
      /<a href="https:\/\/shop\.example\/a" target="_blank" rel="noopener[^>]*>here</,
    );
  });

  it.each(['elsewhere', 'imported', 'answerable'] as const)(
    'that another program wrote (%s) is shown as it stands',
    (state) => {
      expect(page(message({ ...ours, state }))).toContain('- **yes** &lt;b&gt;');
    },
  );

  it('without markup is the same, whoever wrote it', () => {
    const plain = 'Dear Ana,\n  5 * 3 is *15*.\n\n\nMara';
    const shown = (state: 'outbound' | 'elsewhere') =>
      /<div class="prose.*?<\/div>/s.exec(
        page(message({ direction: 'outbound', text: plain, newText: plain, state })),
      )?.[0];
    expect(shown('outbound')).toContain('<p>Mara</p>');
    expect(shown('outbound')).toBe(shown('elsewhere'));
  });

  it('that waits for a decision is shown by its source, with its marks', () => {
    const reply = 'It is **late**.';
    const checks = [
      { check: 'tone', passed: false, message: 'Odd.', spans: [{ start: 8, end: 12 }] },
    ];
    const model = { ...conversation(message()), draft: { ...draft, reply, checks } };
    const html = openViews().render(
      'conversation',
      itemView(model, 'approve', null, shop, { next: [], decided: [] }),
    );
    expect(html).toContain('It is **<mark class="flaw" aria-describedby="flaw-1">late</mark>**.');
  });
});

describe('a reply that is not sent', () => {
  const [ana, bob] = ['ana@customer.example', 'bob@customer.example'];
  const to = { recipient: { name: '', address: ana }, copies: [{ name: '', address: bob }] };

  it.each([
    [[], false, `Nothing was sent to ${ana}, ${bob}.`],
    [[ana], false, `Sent to ${bob}, not to ${ana}.`],
    [[], true, `An earlier attempt may have reached ${ana}, ${bob}.`],
    [[ana], true, `Sent to ${bob}. An earlier attempt may have reached ${ana}.`],
    [[ana, bob], false, `Nothing was sent to ${ana}, ${bob}.`],
  ])('for %j, perhaps taken: %s', (notTaken, perhapsTaken, words) => {
    expect(reachedWords({ ...to, notTaken, perhapsTaken })).toBe(words);
  });
});

const delivery: OpenDelivery = {
  ...{ id: 5, decisionId: 4, state: 'queued', recipient: { name: '', address: 'ana@x.example' } },
  ...{ copies: [], holdUntil: new Date(0), leaves: 'at_once', timeZone: null, overtakenBy: null },
  ...{ nextTryAt: new Date(0), notTaken: [], perhapsTaken: false, sentLookedAt: null },
  sentCopyTrouble: null,
  ...{ answer: '451 later', at: new Date(0), text: 'Dear Ana' },
};
const openReply = (changes: Partial<OpenDelivery>) => {
  const model = { ...conversation(message()), openDeliveries: [{ ...delivery, ...changes }] };
  const item = itemView(model, 'sending', null, shop, { next: [], decided: [] });
  return openViews().render('conversation', item);
};

describe('a reply that did not go out yet', () => {
  it.each([
    ['nobody can have got', {}, true],
    ['somebody may have got', { perhapsTaken: true }, false],
    ['somebody has got', { notTaken: ['ana@x.example'] }, false],
    ['is being sent', { state: 'sending' }, false],
  ] as const)('and that %s: offers to take it back %j, %s', (_what, changes, offered) => {
    const html = openReply(changes as Partial<OpenDelivery>);
    expect(html.includes('Take back')).toBe(offered);
    expect(html.includes('certainly not sent')).toBe(offered);
  });
});

it('a reply whose copy is missing in Sent says so, with the reason', () => {
  const html = openReply({ state: 'sent', sentCopyTrouble: 'Quota exceeded.' });
  expect(html).toContain('could not be put into the Sent folder');
  expect(html).toContain('Quota exceeded.');
  expect(openReply({ state: 'sent' })).not.toContain('Sent folder');
});

describe('a reply that was refused', () => {
  it.each([true, false])('offers to call it sent where that may be so: %s', (perhapsTaken) => {
    const html = openReply({ state: 'refused', perhapsTaken });
    expect(html.includes('It was sent')).toBe(perhapsTaken);
    expect(html).toContain('Give up');
  });
});

describe('the recipient', () => {
  it('is named beside the draft, without a warning where nothing is odd', () => {
    const html = page(message());
    expect(html).toContain('Reply goes to <bdi>Ana@customer.example</bdi>');
    expect(html).not.toContain('asks for replies');
  });

  it('is the sender, with a warning, where replies are asked for elsewhere', () => {
    const html = page(message({ replyTo: { name: '', address: 'ana@evil.example' } }));
    expect(html).toContain('Reply goes to <bdi>Ana@customer.example</bdi>');
    expect(html).toMatch(/banner look">The mail asks for replies to ana@evil\.example/);
  });

  it('is the Reply-To where code follows it', () => {
    const html = page(message({ replyTo: { name: '', address: 'orders@customer.example' } }));
    expect(html).toContain('Reply goes to <bdi>orders@customer.example</bdi>');
    expect(html).not.toContain('asks for replies');
  });

  it('is missing, in words, where the mail has no sender', () => {
    const html = page(message({ fromAddress: null }));
    expect(html).toContain('no sender address');
    expect(html).not.toContain('Reply goes to');
  });
});

describe('what drafted', () => {
  it('is named, with what its request showed', () => {
    const prompt = 'support/4';
    const html = page(message(), { prompt, released: false, examples: ['late-en', 'pair-7'] });
    expect(html).toContain('<dd>support/4, draft version</dd>');
    expect(html).toContain('<dd>late-en, pair-7</dd>');
    const released = page(message(), { prompt, released: true });
    expect(released).toContain('<dd>support/4</dd>');
    expect(released).not.toContain('<dt>Examples</dt>');
  });
});
