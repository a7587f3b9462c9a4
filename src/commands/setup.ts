/** `replywright setup`: asks what Replywright needs, tries it, and writes the settings. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import { type Asker, openAnswers, openTerminalAsker } from './asker.ts';
import type { Context } from './context.ts';
import { styled } from './print.ts';
import { settingsFor } from './settings-option.ts';

interface SetupOptions {
  answers?: string;
}

const examples = `
Examples:
  $ npx replywright setup
  $ npx replywright setup --answers answers.json

An answers file is one JSON object; for instance
  {"shopName": "Example Shop", "address": "support@example.com", "imapPassword": "...",
   "modelKey": "..."}
and, for a provider that is not known, also imapHost, imapPort, imapSecurity, imapUser, imapCaFile
and the same with smtp; for Microsoft, oauthClientId instead of a password. "keepFailing": true
writes the files although a check failed, "overwrite": true replaces an existing replywright.yaml (the
old one is kept as .bak).`;

async function openAsker(context: Context, options: SetupOptions): Promise<Asker> {
  if (options.answers !== undefined) {
    const file = path.resolve(context.cwd, options.answers);
    const json = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      const detail = `The answers ${file} cannot be read: ${fileTrouble(error)}`;
      throw new ReplywrightError('argument_invalid', { detail }, { cause: error });
    });
    return openAnswers(file, json);
  }
  if (context.input.isTTY) return await openTerminalAsker(context);
  const detail = 'There is no terminal to ask at: name a file of answers with --answers';
  throw new ReplywrightError('argument_invalid', { detail });
}

/** What the new settings leave of the sandbox; what cannot be read, `doctor` tells, which is named next. */
async function remains(context: Context): Promise<string[]> {
  try {
    const { sampleRemains } = await import('../app/sample-remains.ts');
    return await sampleRemains(await settingsFor(context, {}));
  } catch (error) {
    if (error instanceof ReplywrightError) return [];
    throw error;
  }
}

async function setup(context: Context, options: SetupOptions): Promise<void> {
  const asker = await openAsker(context, options);
  const [{ converse }, { writeSetup }] = await Promise.all([
    import('./setup-conversation.ts'),
    import('./setup-files.ts'),
  ]);
  const file = path.join(context.cwd, 'replywright.yaml');
  if (existsSync(file)) {
    const message = `${file} exists. Replace it? The old one is kept as replywright.yaml.bak.`;
    if (!(await asker.confirm('overwrite', message, false))) {
      context.out.write('Nothing was changed.\n');
      return;
    }
  }
  const { settings, secrets } = await converse(asker, context);
  asker.finish();
  await writeSetup(context.cwd, settings, secrets);
  const { out } = context;
  const [first] = settings.mailboxes as { oauth?: { provider: string } }[];
  out.write(
    `\n${styled(out, 'green', '✓')} Written: ${file}${secrets.size > 0 ? ' and .env' : ''}\n`,
  );
  // Before anything is granted or added, for it would be moved away too.
  for (const remark of await remains(context)) out.write(`  ${remark}\n`);
  if (first?.oauth)
    out.write(`  First: \`npx replywright connect ${first.oauth.provider}\` asks for access.\n`);
  out.write(
    '  Next: `npx replywright doctor` looks at everything, `npx replywright start` runs it.\n',
  );
}

export function setupCommand(context: Context): Command {
  return new Command('setup')
    .description('ask for mailbox and model, try them, and write replywright.yaml and .env')
    .option('--answers <file>', 'take the answers from this JSON file instead of asking')
    .addHelpText('after', examples)
    .action((options: SetupOptions) => setup(context, options));
}
