/** `replywright draft FILE.eml`: prints the draft for one mail, without a database. */
import { Command } from 'commander';
import type { Answerability, ParsedMail } from '../domain/message.ts';
import type { DraftResult, ResponderIdentity } from '../domain/responder.ts';
import type { Context } from './context.ts';
import { draftingMailbox } from './drafting-mailbox.ts';
import { inputFrom, readMailFile } from './mail-file.ts';
import { printJson, styled } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

interface DraftOptions extends SettingsOptions {
  mailbox?: string;
  responder?: string;
  json?: boolean;
}

interface Outcome {
  mail: ParsedMail;
  answerability: Answerability;
  identity: ResponderIdentity;
  result: DraftResult;
}

const examples = `
Examples:
  $ npx replywright draft mail.eml
  $ npx replywright draft mail.eml --json
  $ cat mail.eml | npx replywright draft -

Nothing is stored and nothing is sent. With a model configured, the draft costs what a draft costs.`;

function printDraft(context: Context, { mail, answerability, identity, result }: Outcome): void {
  const { out } = context;
  const { fields } = result;
  const lines: [string, string][] = [
    ['From', mail.from === null ? 'nobody' : `${mail.from.name} <${mail.from.address}>`.trim()],
    ['Subject', mail.subject],
    ['Drafted by', `${identity.prompt}, ${identity.model}`],
    ['About', `${fields.category}, ${fields.urgency}, in ${fields.language}`],
  ];
  if (answerability.reason !== null) lines.push(['Not answered', answerability.reason]);
  if (fields.needsPerson) lines.push(['Needs a person', fields.needsPersonReason ?? 'yes']);
  for (const missing of fields.missing) lines.push(['Missing', missing]);
  for (const { section, quote } of fields.citations)
    lines.push(['Rests on', `${section}: ${quote}`]);
  for (const { check, passed, message } of result.checks)
    if (!passed) lines.push(['Check failed', `${check}: ${message}`]);
  const cost = result.costUsd === null ? '' : `, $${result.costUsd.toFixed(4)}`;
  lines.push(['Took', `${(result.latencyMs / 1000).toFixed(1)} s${cost}`]);
  const facts = lines.map(([name, fact]) => `${styled(out, 'dim', name.padEnd(15))} ${fact}`);
  const reply = fields.reply.trim() === '' ? '(no reply: a person has to write it)' : fields.reply;
  out.write(`${facts.join('\n')}\n\n${reply.trimEnd()}\n`);
}

async function draft(context: Context, file: string, options: DraftOptions): Promise<void> {
  const read = await readMailFile(context, file);
  const config = await settingsFor(context, options);
  const [
    { addressesOf },
    { answerability },
    { asWritten },
    { configuredResponder, ownResponder },
    { openLog },
  ] = await Promise.all([
    import('../config/mailbox.ts'),
    import('../mail/automated.ts'),
    import('../mail/contact-form.ts'),
    import('./configured-responder.ts'),
    import('../log.ts'),
  ]);
  const log = openLog('error', (line) => context.err.write(line));
  const mailbox = draftingMailbox(config, options.mailbox);
  const { trustedForms = [] } = config.mailboxes.find(({ name }) => name === mailbox.name) ?? {};
  const name = options.responder ?? ownResponder(config, mailbox.name);
  const responder = await configuredResponder(config, name, log);
  const ownAddresses = addressesOf(config.mailboxes);
  const mail = asWritten(read, 'none', { trustedForms, ownAddresses });
  const input = await inputFrom(mail, mailbox);
  const outcome: Outcome = {
    mail,
    answerability: answerability(mail, ownAddresses),
    identity: responder.identity,
    result: await responder.draft(input, new AbortController().signal),
  };
  if (!options.json) return printDraft(context, outcome);
  const { identity, result } = outcome;
  printJson(context.out, {
    subject: mail.subject,
    from: mail.from,
    answerability: outcome.answerability,
    responder: { hash: identity.hash, prompt: identity.prompt, model: identity.model },
    ...result.fields,
    checks: result.checks,
    usage: result.usage,
    costUsd: result.costUsd,
    latencyMs: result.latencyMs,
    requestId: result.requestId,
  });
}

export function draftCommand(context: Context): Command {
  return new Command('draft')
    .description('print the draft for one mail; nothing is stored or sent')
    .argument('<file>', 'the mail as .eml; - is standard input')
    .option('--mailbox <name>', 'the mailbox it came to; default is the first')
    .option('--responder <name>', "the responder that drafts; default is the mailbox's")
    .addOption(settingsOption())
    .option('--json', 'print the draft as JSON')
    .addHelpText('after', examples)
    .action((file: string, options: DraftOptions) => draft(context, file, options));
}
