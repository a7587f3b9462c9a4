/** `replywright draft FILE.eml`: prints the draft for one mail; with --explain, shows a stored one. */
import { Command } from 'commander';
import { ReplywrightError } from '../domain/errors.ts';
import type { Answerability, ParsedMail } from '../domain/message.ts';
import { blocksApproval, type DraftResult, type ResponderIdentity } from '../domain/responder.ts';
import type { Context } from './context.ts';
import { draftingMailbox } from './drafting-mailbox.ts';
import type { ExplainOptions } from './explain.ts';
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
  $ npx replywright draft --explain 12            what made draft 12, with the exact requests
  $ npx replywright draft --explain 12 --raw 1 | jq .system

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
  for (const check of result.checks.filter(({ passed }) => !passed))
    lines.push([
      blocksApproval(check) ? 'Check failed' : 'Remark',
      `${check.check}: ${check.message}`,
    ]);
  const cost = result.costUsd === null ? '' : `, $${result.costUsd.toFixed(4)}`;
  lines.push(['Took', `${(result.latencyMs / 1000).toFixed(1)} s${cost}`]);
  const facts = lines.map(([name, fact]) => `${styled(out, 'dim', name.padEnd(15))} ${fact}`);
  const reply = fields.reply.trim() === '' ? '(no reply: a person has to write it)' : fields.reply;
  out.write(`${facts.join('\n')}\n\n${reply.trimEnd()}\n`);
}

/** A file to draft for, or the number of a draft to explain; not both, and not neither. */
async function draftOrExplain(
  context: Context,
  file: string | undefined,
  options: DraftOptions & Partial<ExplainOptions>,
): Promise<void> {
  const { explain, raw, shadow } = options;
  if ((file === undefined) === (explain === undefined)) {
    const detail = 'Name either a mail to draft for, or a draft with --explain';
    throw new ReplywrightError('argument_invalid', { detail });
  }
  if (explain !== undefined) {
    const { explainDraft } = await import('./explain.ts');
    return await explainDraft(context, { ...options, explain });
  }
  if (raw !== undefined || shadow !== undefined)
    throw new ReplywrightError('argument_invalid', {
      detail: '--raw and --shadow are about a stored draft; name it with --explain',
    });
  await draft(context, file ?? '', options);
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
    .description(
      'print the draft for one mail, or explain a stored draft; nothing is stored or sent',
    )
    .argument('[file]', 'the mail as .eml; - is standard input')
    .option('--mailbox <name>', 'the mailbox it came to; default is the first')
    .option('--responder <name>', "the responder that drafts; default is the mailbox's")
    .option('--explain <id>', 'instead of a mail: show what made a stored draft, with its requests')
    .option('--shadow', 'with --explain: the shadow draft beside it')
    .option('--raw <n>', 'with --explain: write the bytes of request n, and nothing else')
    .addOption(settingsOption())
    .option('--json', 'print the draft as JSON')
    .addHelpText('after', examples)
    .action((file: string | undefined, options: DraftOptions) =>
      draftOrExplain(context, file, options),
    );
}
