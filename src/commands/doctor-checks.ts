/** The doctor's checks: one for each thing that Replywright rests on. */

import path from 'node:path';
import { examplesRemark, policiesRemark, sandboxRemark } from '../app/sample-remains.ts';
import type { MailboxConfig } from '../config/mailbox.ts';
import type { ModelConfig } from '../config/model.ts';
import type { Config } from '../config.ts';
import { asReplywrightError } from '../domain/errors.ts';
import { noFacts } from '../domain/facts.ts';
import type { DraftInput } from '../domain/responder.ts';
import { openLog } from '../log.ts';
import { checkImap } from '../mail/check-imap.ts';
import { checkSmtp } from '../mail/smtp.ts';
import { linksOf, type MailboxLinks, tokensOf } from '../pipeline/mailbox-links.ts';
import { loadExamples } from '../responder/examples.ts';
import { checkModel } from '../responder/open-responder.ts';
import { loadPolicies } from '../responder/policies.ts';
import { lintPolicies } from '../responder/policy-lint.ts';
import { examplesFile, loadPrompt } from '../responder/prompts.ts';
import { openDatabase } from '../storage/open.ts';
import { openSealingKey } from '../storage/sealing.ts';
import { configuredResponder } from './configured-responder.ts';
import { contextChecks } from './context-checks.ts';
import { checkDkim } from './dkim-check.ts';
import { draftingMailbox } from './drafting-mailbox.ts';
import type { Check, Open } from './findings.ts';
import { intakeCheck } from './intake-check.ts';
import { checkDataFolder, checkInbox, checkOutbox, checkPort } from './machine-checks.ts';
import { rolloutCheck } from './rollout-check.ts';
import { sentCopiesCheck } from './sent-copies-check.ts';

/** Findings are told by the doctor itself; a log between them would only confuse. */
const silent = openLog('silent');

type NamedResponder = Config['responders'][number];

interface Limits {
  /** How long one call to a server may take. */
  seconds: number;
  /** Whether the model is asked for a whole draft. */
  testDraft: boolean;
}

function settingsCheck(config: Config): Check {
  return {
    name: 'settings',
    run: async () => {
      if (config.file === null) return 'no replywright.yaml: the sandbox';
      const { length } = config.mailboxes;
      return `${config.file}, ${length} mailbox${length === 1 ? '' : 'es'}`;
    },
  };
}

function databaseCheck(config: Config): Check {
  return {
    name: 'database',
    run: async () => {
      const settings = { databaseUrl: config.databaseUrl, dataFolder: config.data };
      try {
        const database = await openDatabase(settings, silent, { start: false });
        await database.close();
        return config.databaseUrl === null ? 'built in, running' : 'the server answers';
      } catch (error) {
        // Nothing is wrong with a built-in database that waits for its program to start.
        if ((error as { code?: unknown }).code === 'database_not_running')
          return { open: 'built in, not running now' };
        throw error;
      }
    },
  };
}

/** The fact alone, or what is odd about it and what to do. */
function withRemark(fact: string, odd: string, mend: string | null): string | Open {
  return mend === null ? fact : { open: `${fact}; still ${odd}`, mend };
}

/** A prompt version and the examples it names. */
function promptChecks(config: Config, version: string, suffix: string): Check[] {
  const prompt = () => loadPrompt(config.prompts, version);
  return [
    {
      name: `prompt${suffix}`,
      run: async () => {
        const { version, released } = await prompt();
        return `${version}, ${released ? 'released' : 'a draft'}, in ${shipped(config, config.prompts)}`;
      },
    },
    {
      name: `examples${suffix}`,
      run: async () => {
        const examples = examplesFile(await prompt());
        const loaded = await loadExamples(examples);
        const fact = `${loaded.examples.length} in ${examples}`;
        return withRemark(fact, "the invented shop's", examplesRemark(config, loaded));
      },
    },
  ];
}

function shipped(config: Config, folder: string): string {
  return path.dirname(folder) === config.folder ? folder : `${folder}, Replywright's own`;
}

function fileChecks(config: Config): Check[] {
  const prompts = [...new Set(config.responders.map(({ prompt }) => prompt))];
  const policies: Check = {
    name: 'policies',
    run: async () => {
      const loaded = await loadPolicies(config.policies);
      const { policies, sections } = loaded;
      const { length: odd } = lintPolicies(loaded, config.shop.linkDomains);
      const told = odd === 0 ? '' : `, ${odd} to look at (\`npx replywright policies check\`)`;
      const fact = `${policies.length} files, ${sections.size} sections${told}, in ${shipped(config, config.policies)}`;
      return withRemark(fact, "the invented shop's", policiesRemark(config, loaded));
    },
  };
  const suffixOf = (version: string) => (prompts.length > 1 ? ` ${version}` : '');
  return [policies, ...prompts.flatMap((one) => promptChecks(config, one, suffixOf(one)))];
}

/** Looks at a mailbox with what logs it in; a token stands in the database. */
async function withLinks(
  config: Config,
  mailbox: MailboxConfig,
  look: (links: MailboxLinks) => Promise<string>,
): Promise<string | Open> {
  if (mailbox.oauth === null) return await look(linksOf(mailbox, null));
  const settings = { databaseUrl: config.databaseUrl, dataFolder: config.data };
  try {
    const { db, close } = await openDatabase(settings, silent, { start: false });
    const key = () => openSealingKey(config.key, config.data);
    const tokens = tokensOf(mailbox, { db, key, log: silent });
    return await look(linksOf(mailbox, tokens)).finally(close);
  } catch (error) {
    if (asReplywrightError(error).code !== 'database_not_running') throw error;
    return { open: 'not tried: its token is in the database, which is not running now' };
  }
}

async function lookAtImap({ source }: MailboxLinks): Promise<string> {
  if (source.kind === 'folder') return await checkInbox(source.path);
  const { folder, messages, idle } = await checkImap(source.imap);
  const { user, host, pollSeconds } = source.imap;
  const pace = idle ? '' : `; new mail is noticed every ${pollSeconds} s only`;
  return `${user} on ${host}, ${messages} mail${messages === 1 ? '' : 's'} in ${folder}${pace}`;
}

async function lookAtSmtp({ transport }: MailboxLinks, seconds: number): Promise<string> {
  if (transport.kind === 'folder') return await checkOutbox(transport.path);
  const { smtp } = transport;
  await checkSmtp({ ...smtp, timeoutSeconds: Math.min(smtp.timeoutSeconds, seconds) });
  return `${smtp.user ?? 'no login'} on ${smtp.host}`;
}

function mailboxChecks(config: Config, mailbox: MailboxConfig, seconds: number): Check[] {
  const { name, dkim } = mailbox;
  return [
    { name: `mailbox ${name}, incoming`, run: () => withLinks(config, mailbox, lookAtImap) },
    {
      name: `mailbox ${name}, outgoing`,
      run: () => withLinks(config, mailbox, (links) => lookAtSmtp(links, seconds)),
    },
    ...(dkim === null
      ? []
      : [{ name: `mailbox ${name}, DKIM`, run: () => checkDkim(dkim, seconds) }]),
  ];
}

/** A mail that any shop could get; the draft is thrown away. */
function sampleInput(config: Config): DraftInput {
  const customer = { name: 'Alex Example', address: 'alex@example.com' };
  const now = new Date();
  const text = 'Hello, can I send my order back? Best wishes, Alex';
  return {
    mailbox: draftingMailbox(config),
    now,
    customer,
    subject: 'Return',
    turns: [{ direction: 'inbound', from: customer, date: now, text, attachments: [] }],
    rejected: [],
    senderTrust: 'none',
    facts: noFacts,
  };
}

/** The model itself, then a whole draft: a refusal or a garbled answer shows only there. */
function modelChecks(config: Config, responder: NamedResponder, limits: Limits): Check[] {
  const bounded = (model: ModelConfig): ModelConfig => ({
    ...model,
    timeoutSeconds: Math.min(model.timeoutSeconds, limits.seconds),
  });
  const { name } = responder;
  const model = responder.model === null ? null : bounded(responder.model);
  const suffix = config.responders.length > 1 ? ` ${name}` : '';
  const reached = async (signal: AbortSignal): Promise<string> => {
    if (model === null) return 'none: the offline responder drafts';
    const { model: known } = await checkModel(model, silent, signal);
    return `${known} on ${model.baseUrl ?? 'api.anthropic.com'}`;
  };
  let first: Promise<string> | null = null;
  const check: Check = {
    name: `model${suffix}`,
    run: (signal) => {
      first = reached(signal);
      return first;
    },
  };
  const draft: Check = {
    name: `test draft${suffix}`,
    run: async (signal) => {
      const works = await (first ?? reached(signal)).catch(() => null);
      if (works === null) return { open: 'not tried, because the model check failed' };
      const opened = await configuredResponder(config, name, silent, bounded).catch(() => null);
      if (opened === null) return { open: 'not tried, because a file it rests on is broken' };
      const { latencyMs, costUsd } = await opened.draft(sampleInput(config), signal);
      const cost = costUsd === null || costUsd === 0 ? '' : `, $${costUsd.toFixed(4)}`;
      return `made in ${(latencyMs / 1000).toFixed(1)} s${cost}`;
    },
  };
  return limits.testDraft ? [check, draft] : [check];
}

/** Every check for these settings, in the order in which they are told. */
export function checksFor(config: Config, limits: Limits): Check[] {
  return [
    settingsCheck(config),
    {
      name: 'data folder',
      run: async () => {
        const fact = await checkDataFolder(config.data);
        return withRemark(fact, "with the sandbox's mails and accounts", sandboxRemark(config));
      },
    },
    databaseCheck(config),
    ...fileChecks(config),
    ...config.mailboxes.flatMap((mailbox) => [
      ...mailboxChecks(config, mailbox, limits.seconds),
      intakeCheck(config, mailbox.name),
      ...(mailbox.saveSent ? [sentCopiesCheck(config, mailbox.name)] : []),
      rolloutCheck(config, mailbox.name),
    ]),
    ...config.responders.flatMap((responder) => modelChecks(config, responder, limits)),
    ...contextChecks(config),
    { name: 'port', run: () => checkPort(config) },
  ];
}
