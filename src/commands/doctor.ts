/** `replywright doctor`: looks at everything Replywright rests on and says how to mend what is broken. */
import { Command } from 'commander';
import type { Config } from '../config.ts';
import { asReplywrightError, type ReplywrightError } from '../domain/errors.ts';
import type { Context } from './context.ts';
import type { Finding } from './findings.ts';
import { printJson, styled } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

interface DoctorOptions extends SettingsOptions {
  timeout: string;
  draft: boolean;
  json?: boolean;
}

const examples = `
Examples:
  $ npx replywright doctor
  $ npx replywright doctor --json
  $ npx replywright doctor --no-draft           without the test draft, which costs about a cent

Exits with 1 when a check fails. Nothing is changed or sent; an OAuth token that is due is renewed.`;

const marks = { ok: '✓', failed: '✗', open: '–' } as const;
const colours = { ok: 'green', failed: 'red', open: 'yellow' } as const;

function printFindings(context: Context, findings: readonly Finding[]): void {
  const { out } = context;
  for (const { name, state, fact, mend } of findings) {
    out.write(
      `${styled(out, colours[state], marks[state])} ${styled(out, 'bold', name)}: ${fact}\n`,
    );
    if (mend !== null) out.write(`    → ${mend}\n`);
  }
  const failed = findings.filter((finding) => finding.state === 'failed').length;
  const remarks = findings.filter(({ state, mend }) => state === 'open' && mend !== null).length;
  const fine = remarks === 0 ? 'Everything is in order.' : 'Everything works; see → for the rest.';
  const verdict = failed === 0 ? fine : `${failed} to mend.`;
  out.write(`\n${styled(out, failed === 0 ? 'green' : 'red', verdict)}\n`);
}

async function examine(context: Context, options: DoctorOptions): Promise<Finding[]> {
  const { findingOf, runChecks } = await import('./findings.ts');
  let config: Config;
  try {
    config = await settingsFor(context, options);
  } catch (error) {
    // Nothing else can be looked at without settings.
    const failure: ReplywrightError = asReplywrightError(error);
    return [findingOf('settings', failure)];
  }
  const { checksFor } = await import('./doctor-checks.ts');
  const seconds = Number(options.timeout) || 30;
  return await runChecks(checksFor(config, { seconds, testDraft: options.draft }), seconds + 5);
}

async function doctor(context: Context, options: DoctorOptions): Promise<void> {
  const findings = await examine(context, options);
  const ok = findings.every((finding) => finding.state !== 'failed');
  if (options.json) printJson(context.out, { ok, checks: findings });
  else printFindings(context, findings);
  if (!ok) context.exitCode = 1;
}

export function doctorCommand(context: Context): Command {
  return new Command('doctor')
    .description('check settings, database, mailboxes, model, prompts and policies')
    .addOption(settingsOption())
    .option('--timeout <seconds>', 'how long one check may take', '30')
    .option('--no-draft', 'do not ask the model for a test draft')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', examples)
    .action((options: DoctorOptions) => doctor(context, options));
}
