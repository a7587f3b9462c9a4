/**
 * Threading cases: small tables of mails as peers' users complained of them, and how an owner wants
 * them grouped.
 *
 * Longer than 300 lines because it is one table, and a table is read best in one piece.
 *
 * Names in braces stand for what is known only when the case runs: `{r}` is the Message-ID of the
 * step `r`, `{r.random}` the part of ours before its `@`, `{r.token}` the token of its plus address.
 */

/** A mail that comes in. What is left out: Ana writes to help@shop.example about her kettle. */
export interface IncomingMail {
  key: string;
  from?: string;
  to?: string;
  cc?: string;
  subject?: string;
  text?: string;
  /** Defaults to one of its own; null for none. */
  id?: string | null;
  inReplyTo?: string;
  references?: string;
  headers?: string[];
  /** When it comes, in days after the first. */
  day?: number;
  mailbox?: 'support' | 'sales';
}

/** A reply of ours that goes out. */
export interface OurReply {
  key: string;
  /** The mail that it answers. */
  answers: string;
  /** What the mail server says when it takes it. */
  response?: string;
  /** The answer of the server is lost. */
  uncertain?: boolean;
}

export interface ThreadCase {
  name: string;
  /** Who complained, or where the trap is described. */
  source: string;
  steps: (IncomingMail | OurReply)[];
  /** Keys that belong together, groups apart by `|`. A key in brackets is filed without a conversation. */
  expected: string;
}

const bob = 'Bob <bob@customer.example>';
const carl = 'Carl <carl@other.example>';
const automatic = ['Auto-Submitted: auto-replied'];

/** An exchange of one mail and our reply to it, as most cases begin. */
const begun: (IncomingMail | OurReply)[] = [{ key: 'a' }, { key: 'r', answers: 'a' }];

const replyRe = 'Re: My kettle leaks';

const lostReferences: ThreadCase[] = [
  {
    name: 'a plain reply',
    source: 'chatwoot #3868',
    steps: [...begun, { key: 'b', subject: replyRe, inReplyTo: '{r}', references: '{a} {r}' }],
    expected: 'a r b',
  },
  {
    name: 'References alone, In-Reply-To lost',
    source: 'chatwoot #3868',
    steps: [...begun, { key: 'b', subject: replyRe, references: '{a} {r}' }],
    expected: 'a r b',
  },
  {
    name: 'In-Reply-To alone, References lost',
    source: 'chatwoot #10028',
    steps: [...begun, { key: 'b', subject: replyRe, inReplyTo: '{r}' }],
    expected: 'a r b',
  },
  {
    name: 'both lost, the subject marks a reply',
    source: 'libredesk #176',
    steps: [...begun, { key: 'b', subject: replyRe, day: 2 }],
    expected: 'a r b',
  },
  {
    name: 'both lost, the reply mark is in another language',
    source: 'libredesk #176',
    steps: [...begun, { key: 'b', subject: 'AW: WG: My kettle leaks', day: 2 }],
    expected: 'a r b',
  },
  {
    name: 'both lost, a gateway wrote in front of the reply mark',
    source: 'mail-facts',
    steps: [...begun, { key: 'b', subject: '[EXTERNAL] Re: My kettle leaks', day: 2 }],
    expected: 'a r b',
  },
  {
    name: 'both lost, half a year later',
    source: 'libredesk #90',
    steps: [...begun, { key: 'b', subject: replyRe, day: 180 }],
    expected: 'a r | b',
  },
  {
    name: 'both lost, and only the reply mark is left of the subject',
    source: 'libredesk #90',
    steps: [
      { key: 'a', subject: 'Re:' },
      { key: 'b', subject: 'Re:' },
    ],
    expected: 'a | b',
  },
  {
    name: 'a reply whose id lost its brackets',
    source: 'mail-facts',
    steps: [...begun, { key: 'b', subject: 'Leak', headers: ['In-Reply-To: {r.bare}'] }],
    expected: 'a r b',
  },
  {
    name: 'In-Reply-To with words around the id',
    source: 'RFC 822',
    steps: [
      ...begun,
      { key: 'b', subject: 'Leak', headers: ['In-Reply-To: Message from help of Monday {r}'] },
    ],
    expected: 'a r b',
  },
];

const rewritten: ThreadCase[] = [
  {
    name: 'Amazon SES sends under an id of its own and tells it',
    source: 'mail-facts (SES)',
    steps: [
      { key: 'a' },
      { key: 'r', answers: 'a', response: '250 Ok 0102019a{n}ab-6c1f2d3e-000000' },
      {
        key: 'b',
        subject: 'Thanks',
        inReplyTo: '<0102019a{n}ab-6c1f2d3e-000000@eu-west-1.amazonses.com>',
      },
    ],
    expected: 'a r b',
  },
  {
    name: 'the server tells a whole id',
    source: 'mail-facts (Microsoft 365)',
    steps: [
      { key: 'a' },
      {
        key: 'r',
        answers: 'a',
        response: '250 2.0.0 OK <DB7PR{n}@DB7PR.outlook.example> [Host=x]',
      },
      { key: 'b', subject: 'Thanks', inReplyTo: '<DB7PR{n}@DB7PR.outlook.example>' },
    ],
    expected: 'a r b',
  },
  {
    name: 'rewritten without a word; References still name the customer’s own mail',
    source: 'mail-facts (SES)',
    steps: [
      ...begun,
      { key: 'b', inReplyTo: '<f00@relay.example>', references: '{a} <f00@relay.example>' },
    ],
    expected: 'a r b',
  },
  {
    name: 'rewritten without a word, nothing but the subject is left',
    source: 'mail-facts (SES)',
    steps: [...begun, { key: 'b', subject: replyRe, inReplyTo: '<f00@relay.example>', day: 1 }],
    expected: 'a r b',
  },
  {
    name: 'a gateway put its domain behind our id',
    source: 'mail-facts',
    steps: [...begun, { key: 'b', subject: 'Leak', inReplyTo: '<{r.random}@gateway.example>' }],
    expected: 'a r b',
  },
  {
    name: 'another customer cites what the server told us',
    source: 'libredesk #90',
    steps: [
      { key: 'a' },
      { key: 'r', answers: 'a', response: '250 Ok 0102019b{n}cd-7c1f2d3e-000000' },
      { key: 'b', from: carl, inReplyTo: '<0102019b{n}cd-7c1f2d3e-000000@email.amazonses.com>' },
    ],
    expected: 'a r | b',
  },
  {
    name: 'an answer to a reply of which nobody knows whether it was sent',
    source: 'RFC 1047',
    steps: [
      { key: 'a' },
      { key: 'r', answers: 'a', uncertain: true },
      { key: 'b', subject: 'Thanks', inReplyTo: '{r}' },
    ],
    expected: 'a r b',
  },
  {
    name: 'a reply to a reply to a rewritten reply',
    source: 'mail-facts (SES)',
    steps: [
      { key: 'a' },
      { key: 'r', answers: 'a', response: '250 Ok 0102019c{n}ef-8c1f2d3e-000000' },
      {
        key: 'b',
        subject: 'One',
        inReplyTo: '<0102019c{n}ef-8c1f2d3e-000000@email.amazonses.com>',
      },
      { key: 'c', subject: 'Two', inReplyTo: '{b}' },
    ],
    expected: 'a r b c',
  },
];

const subjects: ThreadCase[] = [
  {
    name: 'the subject is changed in a reply',
    source: 'chatwoot #15869',
    steps: [...begun, { key: 'b', subject: 'Now the lid too', inReplyTo: '{r}' }],
    expected: 'a r b',
  },
  {
    name: 'a reply to the mail with the changed subject',
    source: 'chatwoot #15869',
    steps: [
      ...begun,
      { key: 'b', subject: 'Now the lid too', inReplyTo: '{r}' },
      { key: 'c', subject: 'Re: Now the lid too', references: '{b}' },
    ],
    expected: 'a r b c',
  },
  {
    name: 'two customers with the same subject',
    source: 'libredesk #90',
    steps: [
      { key: 'a', subject: 'Order' },
      { key: 'b', from: carl, subject: 'Order' },
    ],
    expected: 'a | b',
  },
  {
    name: 'two customers with the same subject, marked as a reply',
    source: 'libredesk #90',
    steps: [...begun, { key: 'b', from: carl, subject: replyRe }],
    expected: 'a r | b',
  },
  {
    name: 'two colleagues with the same subject',
    source: 'libredesk #90',
    steps: [...begun, { key: 'b', from: bob, subject: replyRe }],
    expected: 'a r | b',
  },
  {
    name: 'a new matter under an everyday subject',
    source: 'libredesk #90',
    steps: [
      { key: 'a', subject: 'Question' },
      { key: 'b', subject: 'Question', day: 1 },
    ],
    expected: 'a | b',
  },
  {
    name: 'the same form filled in twice by one customer',
    source: 'libredesk #90',
    steps: [
      { key: 'a', subject: 'New message from your contact form', text: 'Do you ship to Malta?' },
      { key: 'b', subject: 'New message from your contact form', text: 'My lamp hums.' },
    ],
    expected: 'a | b',
  },
  {
    name: 'the same mail sent again, because nobody answered',
    source: 'chatwoot #3868',
    steps: [
      { key: 'a', text: 'My kettle leaks. Please help.' },
      { key: 'b', text: 'My kettle leaks. Please help.', day: 3 },
    ],
    expected: 'a b',
  },
  {
    name: 'an order number in the subject, written anew',
    source: 'chatwoot #3868',
    steps: [
      { key: 'a', subject: 'Order #48213' },
      { key: 'b', subject: 'Order #48213', text: 'Still nothing!', day: 2 },
    ],
    expected: 'a b',
  },
  {
    name: 'two order numbers',
    source: 'libredesk #90',
    steps: [
      { key: 'a', subject: 'Order #48213' },
      { key: 'b', subject: 'Re: Order #48214', day: 1 },
    ],
    expected: 'a | b',
  },
  {
    name: 'a year is no order number',
    source: 'libredesk #90',
    steps: [
      { key: 'a', subject: 'Christmas 2026' },
      { key: 'b', subject: 'Christmas 2026', text: 'Another question: do you gift-wrap?' },
    ],
    expected: 'a | b',
  },
  {
    name: 'no subject at all',
    source: 'libredesk #90',
    steps: [
      { key: 'a', subject: '' },
      { key: 'b', subject: '', text: 'Something else.' },
    ],
    expected: 'a | b',
  },
  {
    name: 'the same subject in two mailboxes',
    source: 'mail-facts',
    steps: [
      { key: 'a', subject: 'Price list' },
      { key: 'b', subject: 'Re: Price list', mailbox: 'sales', to: 'sales@shop.example' },
    ],
    expected: 'a | b',
  },
];

const threadIndex: ThreadCase[] = [
  {
    name: 'a new mail begun from an old one keeps its Thread-Index',
    source: 'zammad #5064',
    steps: [
      { key: 'a', headers: ['Thread-Index: AdR0Zm9vYmFyYmF6cXV4'] },
      {
        key: 'b',
        subject: 'Another order',
        headers: ['Thread-Index: AdR0Zm9vYmFyYmF6cXV4AAAAAAE='],
      },
    ],
    expected: 'a | b',
  },
  {
    name: 'two customers with one Thread-Index',
    source: 'chatwoot #13502',
    steps: [
      { key: 'a', headers: ['Thread-Index: AdR0Zm9vYmFyYmF6cXV5'] },
      { key: 'b', from: carl, headers: ['Thread-Index: AdR0Zm9vYmFyYmF6cXV5'] },
    ],
    expected: 'a | b',
  },
  {
    name: 'Outlook with Thread-Index and proper references',
    source: 'zammad #5064',
    steps: [
      ...begun,
      {
        key: 'b',
        inReplyTo: '{r}',
        headers: ['Thread-Index: AdR0', 'Thread-Topic: My kettle leaks'],
      },
    ],
    expected: 'a r b',
  },
];

const sameIds: ThreadCase[] = [
  {
    name: 'one mail to two of our mailboxes is answered once',
    source: 'freescout #3607',
    steps: [
      {
        key: 'a',
        id: '<m@customer.example>',
        text: 'Hi both.',
        to: 'help@shop.example, sales@shop.example',
      },
      {
        key: 'b',
        id: '<m@customer.example>',
        text: 'Hi both.',
        to: 'help@shop.example, sales@shop.example',
        mailbox: 'sales',
        headers: ['Delivered-To: sales@shop.example'],
      },
    ],
    expected: 'a b-',
  },
  {
    name: 'a reply to all brings the exchange to the second mailbox',
    source: 'freescout #3607',
    steps: [
      ...begun,
      { key: 'b', inReplyTo: '{r}', mailbox: 'sales', to: 'sales@shop.example, help@shop.example' },
    ],
    expected: 'a r b',
  },
  {
    name: 'a program that gives all its mails one id',
    source: 'freescout #5591',
    steps: [
      { key: 'a', id: '<form@customer.example>', subject: 'Shipping', text: 'To Malta?' },
      { key: 'b', id: '<form@customer.example>', subject: 'Lamp', text: 'It hums.' },
    ],
    expected: 'a | b',
  },
  {
    name: 'one id for all mails, and a reply to the first of them',
    source: 'freescout #5591',
    steps: [
      { key: 'a', id: '<form@customer.example>', subject: 'Shipping', text: 'To Malta?' },
      { key: 'b', id: '<form@customer.example>', subject: 'Lamp', text: 'It hums.' },
      { key: 'c', subject: 'Re: Shipping', inReplyTo: '<form@customer.example>' },
    ],
    expected: 'a c | b',
  },
  {
    name: 'one id for all mails, after an exchange about the first',
    source: 'freescout #5591',
    steps: [
      { key: 'a', id: '<form@customer.example>', subject: 'Shipping', text: 'To Malta?' },
      { key: 'r', answers: 'a' },
      { key: 'b', subject: 'Re: Shipping', references: '<form@customer.example> {r}' },
      { key: 'c', id: '<form@customer.example>', subject: 'Lamp', text: 'It hums.' },
    ],
    expected: 'a r b | c',
  },
  {
    name: 'two customers whose programs give the same id',
    source: 'freescout #5591',
    steps: [
      { key: 'a', id: '<1@localhost>' },
      { key: 'b', id: '<1@localhost>', from: carl },
      { key: 'c', inReplyTo: '<1@localhost>', from: carl },
    ],
    expected: 'a | b c',
  },
  {
    name: 'mails without an id',
    source: 'chatwoot #9069',
    steps: [
      { key: 'a', id: null, subject: 'Shipping' },
      { key: 'b', id: null, subject: 'Lamp' },
    ],
    expected: 'a | b',
  },
  {
    name: 'a mail without an id, answered by us and then by the customer',
    source: 'chatwoot #9069',
    steps: [
      { key: 'a', id: null },
      { key: 'r', answers: 'a' },
      { key: 'b', subject: 'Re: Lid', inReplyTo: '{r}' },
    ],
    expected: 'a r b',
  },
];

const forwards: ThreadCase[] = [
  {
    name: 'the customer forwards our reply back with a question',
    source: 'libredesk #176',
    steps: [...begun, { key: 'b', subject: 'Fwd: Re: My kettle leaks', references: '{a} {r}' }],
    expected: 'a r b',
  },
  {
    name: 'somebody else forwards the exchange to us',
    source: 'chatwoot #13502',
    steps: [
      ...begun,
      { key: 'b', from: carl, subject: 'Fwd: My kettle leaks', references: '{a} {r}' },
    ],
    expected: 'a r | b',
  },
  {
    name: 'two forwards of one kind, about two matters',
    source: 'libredesk #90',
    steps: [
      { key: 'a', subject: 'Fwd: Your order is on its way', text: 'Where is this one?' },
      { key: 'b', subject: 'Fwd: Your order is on its way', text: 'And this one came twice.' },
    ],
    expected: 'a | b',
  },
  {
    name: 'the person who got our reply forwarded answers us',
    source: 'chatwoot #3815',
    steps: [...begun, { key: 'b', from: bob, subject: replyRe, inReplyTo: '{r}' }],
    expected: 'a r | b',
  },
];

const others: ThreadCase[] = [
  {
    name: 'a colleague in CC answers for the customer',
    source: 'chatwoot #3815',
    steps: [
      { key: 'a', cc: bob },
      { key: 'r', answers: 'a' },
      { key: 'b', from: bob, subject: replyRe, inReplyTo: '{r}' },
    ],
    expected: 'a r b',
  },
  {
    name: 'a colleague in CC answers the customer’s own mail',
    source: 'chatwoot #3815',
    steps: [
      { key: 'a', cc: bob },
      { key: 'b', from: bob, inReplyTo: '{a}' },
    ],
    expected: 'a b',
  },
  {
    name: 'a colleague in CC writes of something else',
    source: 'libredesk #90',
    steps: [
      { key: 'a', cc: bob },
      { key: 'b', from: bob, subject: 'My own order' },
    ],
    expected: 'a | b',
  },
  {
    name: 'a colleague in CC writes under the same subject, without references',
    source: 'libredesk #90',
    steps: [
      { key: 'a', cc: bob },
      { key: 'b', from: bob, subject: replyRe },
    ],
    expected: 'a | b',
  },
  {
    name: 'the customer goes on after the colleague answered',
    source: 'chatwoot #3815',
    steps: [
      { key: 'a', cc: bob },
      { key: 'b', from: bob, inReplyTo: '{a}' },
      { key: 'c', inReplyTo: '{b}', references: '{a} {b}' },
    ],
    expected: 'a b c',
  },
  {
    name: 'somebody is brought in by a later mail',
    source: 'inbox-zero #2371',
    steps: [
      ...begun,
      { key: 'b', inReplyTo: '{r}', cc: carl },
      { key: 'c', from: carl, inReplyTo: '{b}' },
    ],
    expected: 'a r b c',
  },
  {
    name: 'a stranger cites the customer’s mail',
    source: 'security',
    steps: [{ key: 'a' }, { key: 'b', from: carl, inReplyTo: '{a}', references: '{a}' }],
    expected: 'a | b',
  },
  {
    name: 'a stranger names himself in CC of his own mail',
    source: 'security',
    steps: [
      { key: 'a' },
      { key: 'b', from: carl, cc: carl, inReplyTo: '{a}' },
      { key: 'c', from: carl, inReplyTo: '{a}' },
    ],
    expected: 'a | b c',
  },
  {
    name: 'a mail that is not from the customer names its writer in CC',
    source: 'security',
    steps: [
      { key: 'a' },
      {
        key: 'b',
        cc: carl,
        inReplyTo: '{a}',
        headers: [
          'Authentication-Results: mx.shop.example; dmarc=fail header.from=customer.example',
        ],
      },
      { key: 'c', from: carl, inReplyTo: '{b}' },
    ],
    expected: 'a b | c',
  },
  {
    name: 'a mail whose Reply-To is the customer’s',
    source: 'security',
    steps: [
      ...begun,
      { key: 'b', from: carl, inReplyTo: '{r}', headers: ['Reply-To: ana@customer.example'] },
    ],
    expected: 'a r | b',
  },
  {
    name: 'the customer’s address in other capitals',
    source: 'mail-facts',
    steps: [...begun, { key: 'b', from: 'ANA <ANA@Customer.Example>', inReplyTo: '{r}' }],
    expected: 'a r b',
  },
  {
    name: 'the customer wrote with a plus tag and answers without',
    source: 'RFC 5233',
    steps: [
      { key: 'a', from: 'ana+kettle@customer.example' },
      { key: 'r', answers: 'a' },
      { key: 'b', from: 'ana@customer.example', subject: 'Thanks', inReplyTo: '{r}' },
    ],
    expected: 'a r b',
  },
  {
    name: 'the customer answers from another address of hers',
    source: 'chatwoot #10028',
    steps: [...begun, { key: 'b', from: 'Ana <ana@private.example>', inReplyTo: '{r}' }],
    expected: 'a r | b',
  },
];

const tokens: ThreadCase[] = [
  {
    name: 'all references lost, the plus address is left',
    source: 'libredesk #176',
    steps: [...begun, { key: 'b', subject: 'Thanks', to: 'help+rw.{r.token}@shop.example' }],
    expected: 'a r b',
  },
  {
    name: 'the plus address stands in Delivered-To alone',
    source: 'libredesk #176',
    steps: [
      ...begun,
      { key: 'b', subject: 'Thanks', headers: ['Delivered-To: help+rw.{r.token}@shop.example'] },
    ],
    expected: 'a r b',
  },
  {
    name: 'a stranger writes to the plus address',
    source: 'security',
    steps: [...begun, { key: 'b', from: carl, to: 'help+rw.{r.token}@shop.example' }],
    expected: 'a r | b',
  },
  {
    name: 'a plus address that we never gave',
    source: 'security',
    steps: [...begun, { key: 'b', subject: 'Hi', to: `help+rw.${'0'.repeat(32)}@shop.example` }],
    expected: 'a r | b',
  },
  {
    name: 'In-Reply-To goes before the plus address of an older exchange',
    source: 'mail-facts',
    steps: [
      ...begun,
      { key: 'b', subject: 'Lamp' },
      { key: 's', answers: 'b' },
      { key: 'c', subject: 'Re: Lamp', inReplyTo: '{s}', to: 'help+rw.{r.token}@shop.example' },
    ],
    expected: 'a r | b s c',
  },
];

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => `<${at}@bomb.example>`).join(' ');

const longReferences: ThreadCase[] = [
  {
    name: 'References trimmed to the last id',
    source: 'mail-facts',
    steps: [
      ...begun,
      { key: 'b', inReplyTo: '{r}' },
      { key: 's', answers: 'b' },
      { key: 'c', subject: 'On', references: '{s}' },
    ],
    expected: 'a r b s c',
  },
  {
    name: 'References trimmed to the first and unknown ones',
    source: 'mail-facts',
    steps: [
      ...begun,
      { key: 'b', subject: 'On', references: `{a} ${many(150)}`, inReplyTo: '<x@lost.example>' },
    ],
    expected: 'a r b',
  },
  {
    name: 'References folded over lines',
    source: 'mail-facts',
    steps: [...begun, { key: 'b', subject: 'On', references: '<x@lost.example>\r\n\t{a}\r\n {r}' }],
    expected: 'a r b',
  },
  {
    name: 'an id folded in its middle',
    source: 'mail-facts',
    steps: [...begun, { key: 'b', subject: 'On', headers: ['In-Reply-To: {r.folded}'] }],
    expected: 'a r b',
  },
  {
    name: 'a bomb of references that ends with ours',
    source: 'security',
    steps: [...begun, { key: 'b', subject: 'On', references: `${many(2_000)} {r}` }],
    expected: 'a r b',
  },
  {
    name: 'a bomb of references to everybody’s mails merges nobody',
    source: 'security',
    steps: [
      { key: 'a' },
      { key: 'b', from: carl },
      { key: 'c', from: 'eve@evil.example', references: `${many(500)} {a} {b}` },
    ],
    expected: 'a | b | c',
  },
  {
    name: 'a new mail that cites two old exchanges goes with the nearer, and merges nothing',
    source: 'libredesk #90',
    steps: [
      { key: 'a', subject: 'Kettle' },
      { key: 'b', subject: 'Lamp' },
      { key: 'c', subject: 'Both', inReplyTo: '{b}', references: '{a} {b}' },
    ],
    expected: 'a | b c',
  },
  {
    name: 'one root in all mails of a shop system ties nothing',
    source: 'libredesk #90',
    steps: [
      {
        key: 'a',
        subject: 'Re: Order 1 shipped',
        references: '<root@system.example> <o1@system.example>',
      },
      {
        key: 'b',
        subject: 'Re: Order 2 shipped',
        references: '<root@system.example> <o2@system.example>',
      },
    ],
    expected: 'a | b',
  },
  {
    name: 'two answers to one mail that we never got',
    source: 'mail-facts',
    steps: [
      { key: 'a', subject: 'Re: Your invoice', inReplyTo: '<i1@system.example>' },
      { key: 'b', subject: 'One more thing', inReplyTo: '<i1@system.example>' },
    ],
    expected: 'a b',
  },
];

const outOfOrder: ThreadCase[] = [
  {
    name: 'the answer comes before the mail it answers',
    source: 'mail-facts',
    steps: [{ key: 'b', subject: 'More', inReplyTo: '{a}' }, { key: 'a' }],
    expected: 'a b',
  },
  {
    name: 'a late mail connects two conversations of one customer',
    source: 'mail-facts',
    steps: [
      { key: 'a' },
      { key: 'c', subject: 'Third', inReplyTo: '{b}' },
      { key: 'b', subject: 'Second', inReplyTo: '{a}' },
    ],
    expected: 'a b c',
  },
  {
    name: 'a late mail connects them after both were answered',
    source: 'mail-facts',
    steps: [
      ...begun,
      { key: 'c', subject: 'Third', inReplyTo: '{b}' },
      { key: 's', answers: 'c' },
      { key: 'b', subject: 'Second', inReplyTo: '{r}' },
    ],
    expected: 'a r b c s',
  },
  {
    name: 'a late mail connects no two customers',
    source: 'chatwoot #13502',
    steps: [
      { key: 'a' },
      { key: 'c', from: carl, subject: 'Third', inReplyTo: '{b}' },
      { key: 'b', subject: 'Second', inReplyTo: '{a}' },
    ],
    expected: 'a b | c',
  },
];

const automaticMail: ThreadCase[] = [
  {
    name: 'an out-of-office note in between',
    source: 'chatwoot #5131',
    steps: [
      ...begun,
      {
        key: 'o',
        subject: 'Automatic reply: Re: My kettle leaks',
        inReplyTo: '{r}',
        headers: automatic,
      },
      { key: 'b', subject: replyRe, inReplyTo: '{r}' },
    ],
    expected: 'a r o- b',
  },
  {
    name: 'a reply that cites only the out-of-office note',
    source: 'chatwoot #5131',
    steps: [
      ...begun,
      { key: 'o', subject: 'Automatic reply', inReplyTo: '{r}', headers: automatic },
      { key: 'b', subject: 'Back again', inReplyTo: '{o}' },
    ],
    expected: 'a r o- b',
  },
  {
    name: 'an automatic note without references begins nothing',
    source: 'freescout #3670',
    steps: [...begun, { key: 'o', subject: replyRe, headers: automatic }],
    expected: 'a r | (o)',
  },
  {
    name: 'our own reply comes back',
    source: 'freescout #4143',
    steps: [...begun, { key: 'o', from: 'help@shop.example', subject: replyRe, inReplyTo: '{a}' }],
    expected: 'a r | (o)',
  },
];

/** All cases. */
export const threadCases: readonly ThreadCase[] = [
  ...lostReferences,
  ...rewritten,
  ...subjects,
  ...threadIndex,
  ...sameIds,
  ...forwards,
  ...others,
  ...tokens,
  ...longReferences,
  ...outOfOrder,
  ...automaticMail,
];
