/** The questions of `setup` in their order; each part is tried before the next is asked for. */
import { resolveMx } from 'node:dns/promises';
import path from 'node:path';
import { linkDomain, mailAddress } from '../config/field-kinds.ts';
import { completeModel } from '../config/model.ts';
import { defaultModel, modelSchema } from '../config/model-schema.ts';
import { passwordName } from '../config/secrets.ts';
import { asReplywrightError } from '../domain/errors.ts';
import { openLog } from '../log.ts';
import { checkImap } from '../mail/check-imap.ts';
import { checkSmtp } from '../mail/smtp.ts';
import { checkModel } from '../responder/open-responder.ts';
import type { Asker, Validate } from './asker.ts';
import type { Context } from './context.ts';
import { printFailure, styled } from './print.ts';
import {
  type Provider,
  providerOfAddress,
  providerOfExchangers,
  type Server,
} from './providers.ts';
import { askOAuth } from './setup-oauth.ts';

/** What setup writes. */
interface Answers {
  settings: Record<string, unknown>;
  secrets: Map<string, string>;
}

type Security = 'tls' | 'starttls' | 'none';

/** One server as it was asked for. */
interface Login {
  host: string;
  port: number;
  security: Security;
  user: string;
  password: string;
  caFile: string | null;
}

/** The one mailbox that setup makes; more are added by hand. */
const mailboxName = 'support';
const silent = openLog('silent');

const isAddress: Validate = (answer) =>
  mailAddress.safeParse(answer).success || 'That is not an e-mail address.';
const isPort: Validate = (answer) =>
  (/^\d{1,5}$/.test(answer) && Number(answer) >= 1 && Number(answer) <= 65_535) ||
  'A port is a number from 1 to 65535.';
const optional: Validate = () => true;

/** The host of a page's address, as people paste it. */
const hostOf = (site: string): string => site.replace(/^https?:\/\//, '').replace(/[/:].*$/, '');
const isSite: Validate = (answer) =>
  answer === '' ||
  linkDomain.safeParse(hostOf(answer)).success ||
  'That is not a domain like example.com.';

/** The provider by the address, else by who takes mail for its domain. */
async function findProvider(asker: Asker, address: string): Promise<Provider | null> {
  const known = providerOfAddress(address);
  // A file of answers must mean the same with and without a network.
  if (known !== null || !asker.interactive) return known;
  const exchangers = await resolveMx(address.split('@')[1] ?? '').catch(() => []);
  return providerOfExchangers(exchangers.map(({ exchange }) => exchange));
}

/** Host, port and encryption, asked for one by one. */
async function askServer(
  asker: Asker,
  protocol: 'imap' | 'smtp',
  guess: Pick<Login, 'host' | 'port' | 'security'>,
): Promise<Pick<Login, 'host' | 'port' | 'security'>> {
  const name = protocol.toUpperCase();
  const host = await asker.text(`${protocol}Host`, `${name} server`, guess.host);
  const security = await asker.choose<Security>(
    `${protocol}Security`,
    `${name} encryption`,
    [
      { value: 'tls', name: 'TLS from the first byte (usual)' },
      { value: 'starttls', name: 'STARTTLS' },
      { value: 'none', name: 'none (only on this machine)' },
    ],
    guess.security,
  );
  const ports = {
    imap: { tls: 993, starttls: 143, none: 143 },
    smtp: { tls: 465, starttls: 587, none: 25 },
  } as const;
  const usual = security === guess.security ? guess.port : ports[protocol][security];
  const port = await asker.text(`${protocol}Port`, `${name} port`, String(usual), isPort);
  return { host, security, port: Number(port) };
}

/**
 * Tries something until it works, or until the person keeps it as it is.
 *
 * @param attempt asks; it is given what was answered before and failed, null at first.
 */
async function untilItWorks<Result>(
  asker: Asker,
  context: Context,
  attempt: (
    failed: Result | null,
  ) => Promise<{ result: Result; check: (() => Promise<unknown>) | null }>,
): Promise<Result> {
  for (let failed: Result | null = null; ; ) {
    const { result, check } = await attempt(failed);
    if (check === null) return result;
    failed = result;
    try {
      await check();
      context.out.write(`${styled(context.out, 'green', '✓')} That works.\n`);
      return result;
    } catch (cause) {
      const error = asReplywrightError(cause);
      const keep = !asker.interactive && (await asker.confirm('keepFailing', '', false));
      if (!asker.interactive && !keep) throw error;
      printFailure(context.out, error);
      if (keep) return result;
      const next = await asker.choose(
        'afterFailure',
        'What now?',
        [
          { value: 'again', name: 'Correct it and try again' },
          { value: 'keep', name: 'Keep it as it is and go on' },
        ],
        'again',
      );
      if (next === 'keep') return result;
    }
  }
}

/** Asks for one server and its login, and tries them. */
async function askLogin(
  asker: Asker,
  context: Context,
  protocol: 'imap' | 'smtp',
  given: { server: Server; known: boolean; user: string; password: string | null },
  check: (login: Login) => Promise<unknown>,
): Promise<Login> {
  const name = protocol.toUpperCase();
  return await untilItWorks<Login>(asker, context, async (failed) => {
    // A known provider's servers are asked about only once they have failed.
    const server =
      given.known && failed === null && asker.interactive
        ? given.server
        : await askServer(asker, protocol, failed ?? given.server);
    const user = await asker.text(
      `${protocol}User`,
      `${name} user name`,
      failed?.user ?? given.user,
    );
    const password =
      given.password !== null && failed === null
        ? (await asker.secret(`${protocol}Password`, `${name} password (empty: the same)`, true)) ||
          given.password
        : await asker.secret(`${protocol}Password`, `${name} password`);
    // Rarely needed, so a person is asked only when something has failed.
    const caFile =
      failed !== null || !asker.interactive
        ? await asker.text(
            `${protocol}CaFile`,
            'Certificate authority file (usually none)',
            failed?.caFile ?? '',
            optional,
          )
        : '';
    const login: Login = {
      ...server,
      user,
      password,
      caFile: caFile === '' ? null : path.resolve(context.cwd, caFile),
    };
    return { result: login, check: () => check(login) };
  });
}

function serverSettings({ password: _, caFile, ...server }: Login): Record<string, unknown> {
  return caFile === null ? server : { ...server, caFile };
}

async function askModel(
  asker: Asker,
  context: Context,
  secrets: Map<string, string>,
): Promise<Record<string, unknown> | null> {
  return await untilItWorks(asker, context, async () => {
    const apiKey = await asker.secret('modelKey', 'Anthropic API key (empty: none)', true);
    const own = 'Address of a model server of your own (empty: none)';
    const address = await asker.text('modelUrl', own, '', optional);
    const baseUrl = address === '' ? null : address;
    if (apiKey === '' && baseUrl === null) {
      secrets.delete('ANTHROPIC_API_KEY');
      context.out.write('Without a model, the offline responder drafts from your policies.\n');
      return { result: null, check: null };
    }
    const name = await asker.text('modelName', 'Model', defaultModel);
    if (apiKey !== '') secrets.set('ANTHROPIC_API_KEY', apiKey);
    const result = baseUrl === null ? { name } : { name, baseUrl };
    const model = completeModel(modelSchema.parse({ ...result, timeoutSeconds: 60 }), apiKey);
    const check = () => checkModel(model, silent);
    return { result, check };
  });
}

async function askMailbox(
  asker: Asker,
  context: Context,
  secrets: Map<string, string>,
): Promise<Record<string, unknown>> {
  const address = await asker.text(
    'address',
    'E-mail address of the mailbox',
    undefined,
    isAddress,
  );
  const provider = await findProvider(asker, address);
  if (provider !== null) context.out.write(`${styled(context.out, 'bold', provider.name)}\n`);
  if (provider?.note) context.out.write(`${provider.note}\n`);
  const domain = address.split('@')[1] ?? '';
  const guess = (host: string, port: number): Server => ({ host, port, security: 'tls' });
  const firstScan = await asker.choose(
    'firstScan',
    'Mail that is in the mailbox already',
    [
      { value: 'new', name: 'leave it; draft only for mail that arrives from now on' },
      { value: 'all', name: 'take it in, too' },
    ],
    'new',
  );
  if (provider?.oauth)
    return await askOAuth(asker, { name: mailboxName, address, firstScan, provider });
  const folder = 'INBOX';
  const imap = await askLogin(
    asker,
    context,
    'imap',
    {
      server: provider?.imap ?? guess(`imap.${domain}`, 993),
      known: provider !== null,
      user: address,
      password: null,
    },
    (login) => checkImap({ ...login, folder, sentFolder: null, pollSeconds: 120 }),
  );
  const smtp = await askLogin(
    asker,
    context,
    'smtp',
    {
      server: provider?.smtp ?? guess(`smtp.${domain}`, 465),
      known: provider !== null,
      user: imap.user,
      password: imap.password,
    },
    (login) => checkSmtp({ ...login, timeoutSeconds: 30 }),
  );
  secrets.set(passwordName(mailboxName, 'IMAP'), imap.password);
  if (smtp.password !== imap.password)
    secrets.set(passwordName(mailboxName, 'SMTP'), smtp.password);
  return {
    name: mailboxName,
    address,
    imap: { ...serverSettings(imap), folder, firstScan },
    smtp: serverSettings(smtp),
  };
}

/** Asks everything; the answers fit the schema of replywright.yaml. */
export async function converse(asker: Asker, context: Context): Promise<Answers> {
  const secrets = new Map<string, string>();
  const name = await asker.text('shopName', "The shop's name, as customers know it");
  const site = await asker.text(
    'shopDomain',
    "Domain of the shop's pages, such as example.com; replies may link there (empty: none)",
    '',
    isSite,
  );
  const domain = hostOf(site);
  const mailbox = await askMailbox(asker, context, secrets);
  const model = await askModel(asker, context, secrets);
  const settings = {
    shop: { name, ...(domain === '' ? {} : { linkDomains: [domain] }) },
    mailboxes: [mailbox],
    ...(model === null ? {} : { model }),
  };
  return { settings, secrets };
}
