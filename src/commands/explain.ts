/** `replywright draft --explain ID`: shows what made a stored draft, and the exact requests. */
import type { Config } from '../config.ts';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import type { DraftRecord } from '../storage/draft-record.ts';
import type { KeptCall } from '../storage/model-calls.ts';
import type { Context } from './context.ts';
import { printJson, styled } from './print.ts';
import { type SettingsOptions, settingsFor } from './settings-option.ts';
import { withDatabase } from './with-database.ts';

export interface ExplainOptions extends SettingsOptions {
  explain: string;
  shadow?: boolean;
  raw?: string;
  json?: boolean;
}

/** Whether the same mail would be asked about in the same words now. */
interface Again {
  same: boolean;
  /** What has changed, in words. */
  changed: string[];
}

function wholeNumber(text: string, what: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new ReplywrightError('argument_invalid', { detail: `"${text}" is not ${what}` });
}

/** Holds the responder that drafted against what the settings and files say now. */
async function compare(config: Config, record: DraftRecord): Promise<Again | null> {
  const { identity, responder } = record;
  if (identity === null || responder === null) return null;
  const [{ configuredResponder }, { changedParts }, { openLog }] = await Promise.all([
    import('./configured-responder.ts'),
    import('../responder/identity.ts'),
    import('../log.ts'),
  ]);
  try {
    const now = await configuredResponder(config, responder, openLog('silent'));
    const drafters = [now.identity, ...(now.others ?? [])];
    if (drafters.some(({ hash }) => hash === identity.hash)) return { same: true, changed: [] };
    const nearest = drafters.find(({ model }) => model === identity.model) ?? now.identity;
    return { same: false, changed: changedParts(identity, nearest) };
  } catch (cause) {
    return { same: false, changed: [asReplywrightError(cause).message] };
  }
}

/** The one call whose bytes are asked for. */
function callAt({ calls, draftId }: DraftRecord, asked: string): KeptCall {
  const call = calls[wholeNumber(asked, 'the number of a call') - 1];
  if (call === undefined) {
    const detail = `Draft ${draftId} has ${calls.length} kept calls, and none is number ${asked}`;
    throw new ReplywrightError('argument_invalid', { detail });
  }
  return exact(call);
}

/** @throws ReplywrightError `call_damaged` rather than give out bytes that were never sent. */
function exact(call: KeptCall): KeptCall {
  if (!call.exact) throw new ReplywrightError('call_damaged');
  return call;
}

const money = (usd: number | null) => (usd === null ? 'cost unknown' : `$${usd.toFixed(4)}`);

function againText(again: Again | null): string {
  if (again === null) return 'no: nothing has drafted it';
  if (again.same) return 'yes: prompt, policies, examples, model and settings are the same';
  return `no: ${again.changed.join('; ')}`;
}

function facts(record: DraftRecord, again: Again | null): [string, string][] {
  const { identity, calls } = record;
  const costs = calls.map(({ costUsd }) => costUsd);
  const total = costs.includes(null)
    ? null
    : costs.reduce<number>((sum, usd) => sum + (usd ?? 0), 0);
  return [
    ['Draft', `${record.draftId}, ${record.state}`],
    ['Subject', record.subject],
    ['Mailbox', record.mailbox],
    ...(identity === null
      ? []
      : ([
          ['Drafted by', `${record.responder}: ${identity.prompt}, ${identity.model}`],
          ['Responder', identity.hash],
          ['Prompt', `${identity.prompt}, ${identity.promptSha256}`],
          ['Policies', identity.policySetSha256],
          ['Examples', identity.examplesSha256],
        ] as [string, string][])),
    ...(record.examples.length === 0
      ? []
      : ([['For this mail', record.examples.join(', ')]] as [string, string][])),
    ['The same again', againText(again)],
    ...(calls.length === 0
      ? []
      : ([['Calls', `${calls.length}, ${money(total)}`]] as [string, string][])),
    ...(record.shadow === null ? [] : ([['Shadow', record.shadow]] as [string, string][])),
    ...(record.errorText === null ? [] : ([['Trouble', record.errorText]] as [string, string][])),
  ];
}

function callHead(call: KeptCall, index: number, all: number): string {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = call.usage;
  const tokens = inputTokens + cacheReadTokens + cacheWriteTokens;
  return [
    `Call ${index + 1} of ${all}: ${call.purpose}`,
    ...(call.attempt > 1 ? [`attempt ${call.attempt}`] : []),
    `stop ${call.stopReason ?? 'unknown'}`,
    `${tokens} tokens in, ${outputTokens} out`,
    money(call.costUsd),
    ...(call.requestId === null ? [] : [call.requestId]),
  ].join(', ');
}

function printExplained(context: Context, record: DraftRecord, again: Again | null): void {
  const { out } = context;
  const head = (text: string) => out.write(`\n${styled(out, 'bold', text)}\n`);
  for (const [name, fact] of facts(record, again))
    out.write(`${styled(out, 'dim', name.padEnd(15))} ${fact}\n`);
  for (const [index, call] of record.calls.entries()) {
    head(callHead(call, index, record.calls.length));
    head(`Request ${index + 1}, ${Buffer.byteLength(call.request)} bytes`);
    out.write(`${exact(call).request}\n`);
    head(`Answer ${index + 1}`);
    out.write(`${call.answer}\n`);
  }
  if (record.calls.length > 0 || record.userTurn === null) return;
  const offline = record.identity?.model === 'offline';
  head(
    offline ? 'No model was called. What it was made from' : 'Its calls were not kept. The mail',
  );
  out.write(`${record.userTurn}\n`);
}

/** Explains a stored draft, or the shadow draft beside it. */
export async function explainDraft(context: Context, options: ExplainOptions): Promise<void> {
  const id = wholeNumber(options.explain, 'the number of a draft');
  const config = await settingsFor(context, options);
  const { draftRecord, shadowRecord } = await import('../storage/draft-record.ts');
  const record = await withDatabase(context, config, 'there', (db) =>
    options.shadow ? shadowRecord(db, id) : draftRecord(db, id),
  );
  if (options.raw !== undefined) {
    context.out.write(callAt(record, options.raw).request);
    return;
  }
  const again = await compare(config, record);
  if (!options.json) return printExplained(context, record, again);
  record.calls.forEach(exact);
  printJson(context.out, { ...record, again });
}
