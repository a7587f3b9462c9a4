/** The schema of `context`: where facts about orders and customers come from. */
import * as z from 'zod';
import { jsonPointer } from '../domain/json-pointer.ts';
import { orderNumberPattern } from '../domain/order-number.ts';
import { seconds, text } from './field-kinds.ts';

const pattern = z.string().superRefine((written, context) => {
  try {
    orderNumberPattern(written);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

const pointer = z
  .string()
  .refine((written) => jsonPointer(written) !== null, 'expected a JSON pointer like /order/status');
/** A pointer to one value. */
const onePointer = pointer.refine(
  (written) => !(jsonPointer(written) ?? []).includes('*'),
  'expected a pointer to one value, without *',
);

const variable = /\{([^{}]*)\}/g;
const known = ['orderNumber', 'address'];

/** What is wrong with a URL template; null when nothing is. */
function templateFault(template: string): string | null {
  const names = [...template.matchAll(variable)].map(([, name = '']) => name);
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined) return `{${stranger}} is none of {orderNumber} and {address}`;
  const origin = /^https?:\/\/[^/?#\\{}@\s]+(?=\/|\?|$)/.exec(template)?.[0];
  if (origin === undefined || !URL.canParse(origin))
    return 'expected an address like https://host/orders/{orderNumber}, with no variable and no password in its host';
  const filled = template.replace(variable, 'x');
  if (/[{}#\\\s]/.test(filled) || !URL.canParse(filled))
    return 'expected an address like https://host/orders/{orderNumber}';
  return null;
}

const urlTemplate = z.string().superRefine((template, context) => {
  const message = templateFault(template);
  if (message !== null) context.addIssue({ code: 'custom', message });
});

const headerName = z.string().regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header');
const variableName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, 'expected the name of a secret in capitals, such as SHOP_TOKEN');

const httpSchema = z.strictObject({
  url: urlTemplate.meta({
    description:
      'What is asked for by GET, with `{orderNumber}` or `{address}` (the sender’s) where they belong; both are percent-encoded. Redirects are not followed.',
    example: 'https://shop.example.com/api/orders/{orderNumber}',
  }),
  headers: z
    .record(headerName, variableName)
    .default({})
    .meta({
      description:
        'Headers by name, each with the name of the secret that holds its whole value, for instance `Bearer ...`.',
      example: { Authorization: 'SHOP_AUTHORIZATION' },
    }),
  timeoutSeconds: seconds
    .max(60)
    .default(5)
    .meta({ description: 'How long the server may take to answer.' }),
  cacheSeconds: z.number().min(0).max(3_600).default(30).meta({
    description: 'How long an answer is good for; 0 asks each time.',
  }),
});

const sourceSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected small letters, digits and -')
      .meta({ description: 'A short name; the desk and the log show it.', example: 'shop' }),
    kind: z.enum(['order', 'customer']).meta({
      description: 'Whether it is asked for an order by its number, or for a customer by address.',
      example: 'order',
    }),
    http: httpSchema.optional().meta({ description: 'A server that answers with JSON.' }),
    file: text.optional().meta({
      description:
        'Instead of `http`, a file: CSV whose first line names the columns (a row is read as an object, `/column`), or JSON with a list or an object of records. It is read again when it changes.',
      example: './orders.csv',
      commented: true,
    }),
    key: onePointer.optional().meta({
      description:
        'Where a record says its order number or customer address. A file needs it; of a server’s answer it is compared with what was asked for.',
      example: '/number',
    }),
    owner: onePointer.meta({
      description:
        'Where a record says to which e-mail address it belongs. Nobody else is told anything of it.',
      example: '/customer/email',
    }),
    facts: z.record(z.string().trim().min(1).max(40), pointer).meta({
      description:
        'What is told: a name of your own, and the JSON pointer to its value. `*` stands for each element of a list.',
      example: { status: '/status', articles: '/items/*/name' },
    }),
    probe: text.nullable().default(null).meta({
      description:
        'An order number or address that `npx replywright doctor` looks up, to see whether all pointers lead to something.',
      example: '1001',
    }),
  })
  .superRefine((source, context) => {
    const issue = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const { http, file, kind, key } = source;
    if ((http === undefined) === (file === undefined))
      issue([], 'expected exactly one of `http` and `file`');
    if (file !== undefined && key === undefined) issue(['key'], 'a file needs it; it is missing');
    const count = Object.keys(source.facts).length;
    if (count === 0 || count > 30) issue(['facts'], `expected 1 to 30 facts, found ${count}`);
    const wanted = kind === 'order' ? '{orderNumber}' : '{address}';
    if (http === undefined) return;
    if (!http.url.includes(wanted)) issue(['http', 'url'], `expected ${wanted} in it`);
    if (kind === 'customer' && http.url.includes('{orderNumber}'))
      issue(['http', 'url'], 'a customer has no {orderNumber}');
  });

export const contextSchema = z
  .strictObject({
    orderNumbers: z
      .array(pattern)
      .max(20)
      .default([])
      .meta({
        description:
          'How order numbers look: `{7 digits}`, `{2-4 letters}` and `{8 characters}` are places, `[#]` belongs to the number but may be missing in a mail, all else stands for itself.',
        example: ['#W{7 digits}'],
      }),
    sources: z.array(sourceSchema).max(10).default([]).meta({
      description:
        'The systems that know orders and customers, one entry each. What they say is told only to a verified sender to whom it belongs; see docs/order-facts.md.',
      commented: true,
    }),
    privateHosts: z
      .array(
        z
          .string()
          .toLowerCase()
          .regex(/^[^\s/:@]+$/, 'expected a host name without a port'),
      )
      .default([])
      .meta({
        description:
          'Hosts of `sources` that may lie in a private network or on this machine, and be asked without encryption; all others must be public and speak https.',
        example: ['shop.internal'],
        commented: true,
      }),
  })
  .superRefine(({ sources, privateHosts }, context) => {
    const names = sources.map(({ name }) => name);
    for (const [index, { name, http }] of sources.entries()) {
      const issue = (path: string, message: string) =>
        context.addIssue({ code: 'custom', path: ['sources', index, path], message });
      if (names.indexOf(name) < index) issue('name', `"${name}" is there twice`);
      if (http?.url.startsWith('http:') !== true) continue;
      const { hostname } = new URL(http.url.replace(variable, 'x'));
      if (!privateHosts.includes(hostname))
        issue('http', `expected https, or ${hostname} among \`privateHosts\``);
    }
  });
