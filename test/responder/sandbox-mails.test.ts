/** The sandbox's sample mails: which approved reply the offline responder gives to each of them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ConversationTurn } from '../../src/domain/responder.ts';
import { answerability } from '../../src/mail/automated.ts';
import { parseMail } from '../../src/mail/parse.ts';
import { withClosing } from '../../src/mail/quoted-text.ts';
import { loadExamples } from '../../src/responder/examples.ts';
import { openResponder } from '../../src/responder/open-responder.ts';
import { mailInput, silent } from './fixture.ts';

const root = join(import.meta.dirname, '../..');
const samples = join(root, 'src/sandbox/mails');
const responder = await openResponder(
  {
    promptsFolder: join(root, 'prompts'),
    policiesFolder: join(root, 'policies'),
    prompt: 'support/3',
    shop: { name: 'Harbor & Pine', linkDomains: ['harborandpine.example'] },
    model: null,
  },
  silent,
);
const { examples } = await loadExamples(join(root, 'prompts/support/examples.yaml'));

/** The id of the example, or why there is no draft. */
const expected: Record<string, string> = {
  '01-where-is-my-kettle': 'tracking-stuck-en',
  '02-refund-when': 'refund-when-en',
  '03-rechnung-mit-ust-id': 'rechnung-ust-id-de',
  '04-newsletter': 'automated',
  '05-ou-est-mon-colis': 'ou-est-ma-commande-fr',
  '06-wolldecke-zuruecksenden': 'ruecksendung-de',
  '07-out-of-office': 'automated',
  '08-factura-con-nif': 'factura-nif-es',
  '09-gdzie-jest-paczka': 'gdzie-zamowienie-pl',
  '10-lampada-sfarfalla': 'garanzia-lampada-it',
  '11-kettle-still-missing': 'tracking-stuck-en',
  '12-payment-account-suspended':
    'The mail asks us to sign in or to confirm details, as false mails do.',
  '13-schale-zerbrochen': 'beschaedigt-de',
  '14-moved-house-address': 'address-change-en',
  '15-echange-couverture': 'echange-fr',
  '16-devolver-lampara': 'devolucion-es',
  '17-kettle-on-induction': 'product-induction-en',
  '18-bounce-user-unknown': 'automated',
  '19-aw-wolldecke-zuruecksenden': 'ruecksendung-gast-de',
  '20-cancel-eleven-lamps': 'cancel-order-en',
  '21-charged-twice-outlook': 'double-charge-en',
  '22-fattura-da-correggere': 'fattura-it',
  '23-injection-in-a-question':
    'The mail gives instructions to an automatic reader: it tells a machine to set its instructions aside.',
  '24-address-change-japanese': 'No approved reply answers a mail like this one.',
  '25-assiette-cassee': 'casse-fr',
  '26-kettle-found-thanks': 'parcel-found-thanks-en',
  '27-injection-hidden-html': 'product-ceramics-care-en',
  '28-anwalt-drohung': 'The mail mentions a lawyer, a court or an authority.',
  '29-zwrot-bez-message-id': 'zwrot-pl',
  '30-chairs-delivery-calendar': 'chair-delivery-day-en',
  '31-pedido-no-llega-firma-html': 'donde-esta-mi-pedido-es',
  '32-niewlasciwy-towar': 'pomylka-pl',
  '33-delete-my-account': 'delete-account-en',
  '34-very-short': 'No approved reply answers a mail like this one.',
  '35-messer-rostet': 'messer-pflege-de',
  '36-rimborso-non-visto': 'rimborso-it',
  '37-re-refund-still-nothing': 'refund-missing-en',
  '38-parcel-marked-delivered': 'marked-delivered-en',
  '39-cracked-lid-photo': 'damaged-kettle-en',
  '40-nowy-adres': 'zmiana-adresu-pl',
  '41-discount-code-fails': 'discount-code-en',
  '42-wrong-size-swap': 'exchange-size-en',
  '43-wo-bleibt-das-paket': 'wo-ist-meine-bestellung-de',
  '44-lovely-blanket-thanks': 'thank-you-en',
  '45-photos-of-a-chair': 'unparsable',
};

/** The angry customer; a phishing mail's hurry is not ours. */
const urgent = ['37-re-refund-still-nothing'];

interface Sample {
  name: string;
  turns: ConversationTurn[];
  subject: string;
  /** How it is filed without a draft; null when it gets one. */
  filed: string | null;
}

/** All samples in their order; what the same customer wrote before stands above a reply. */
async function readSamples(): Promise<Sample[]> {
  const read: Sample[] = [];
  for (const file of readdirSync(samples).sort()) {
    if (!file.endsWith('.eml')) continue;
    const name = file.replace('.eml', '');
    const mail = await parseMail(readFileSync(join(samples, file))).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'mail_unparsable' });
      return null;
    });
    if (mail === null) {
      read.push({ name, turns: [], subject: '', filed: 'unparsable' });
      continue;
    }
    const from = mail.from ?? { name: '', address: '' };
    const text = withClosing(mail.newText, mail.text);
    const date = new Date('2026-01-05T10:00:00Z');
    const before = mail.inReplyTo
      ? read.findLast(({ turns }) => turns[0]?.from.address === from.address)
      : undefined;
    const turn: ConversationTurn = { direction: 'inbound', from, date, text, attachments: [] };
    const { state } = answerability(mail, ['support@harborandpine.example']);
    read.push({
      name,
      turns: [...(before?.turns ?? []), turn],
      subject: mail.subject,
      filed: state === 'answerable' ? null : state,
    });
  }
  return read;
}

const read = await readSamples();

test('the table names every sample', () => {
  expect(read.map(({ name }) => name)).toEqual(Object.keys(expected));
});

test.each(read.map((sample) => [sample.name, sample] as const))('%s', async (name, sample) => {
  if (sample.filed !== null) return expect(sample.filed).toBe(expected[name]);
  const input = { ...mailInput(sample.subject, ''), turns: sample.turns };
  const { fields, checks } = await responder.draft(input, new AbortController().signal);
  const example = examples.find(({ reply }) => reply === fields.reply);
  const outcome = example?.id ?? fields.needsPersonReason;
  expect(outcome).toBe(expected[name]);
  expect(fields.urgency === 'urgent').toBe(urgent.includes(name));
  if (example) expect(checks.filter(({ passed }) => !passed)).toEqual([]);
});
