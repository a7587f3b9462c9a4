/** `replywright export`: writes approved replies as training data. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { Command, Option } from 'commander';
import type { Database } from '../storage/open.ts';
import type { Context } from './context.ts';
import { printJson } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';

interface ExportOptions extends SettingsOptions {
  format: 'messages';
  out: string;
  json?: boolean;
}

const examples = `
Examples:
  $ replywright export --format messages --out pairs.jsonl
  $ replywright export --format messages --out - | head -n 1`;

/** Writes under another name and renames, so that `file` is never half an export. */
async function exportToFile(
  file: string,
  write: (stream: NodeJS.WritableStream & import('node:stream').Writable) => Promise<number>,
): Promise<number> {
  const part = `${file}.${randomUUID().slice(0, 8)}.part`;
  try {
    // Customers' mail: for nobody else on this machine.
    const stream = createWriteStream(part, { flags: 'wx', mode: 0o600 });
    const records = await write(stream);
    stream.end();
    await finished(stream);
    const handle = await open(part, 'r+');
    await handle.sync();
    await handle.close();
    await rename(part, file);
    return records;
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function exportPairsTo(context: Context, options: ExportOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const [{ exportPairs }, { openDatabase }, { openLog }] = await Promise.all([
    import('../learning/export.ts'),
    import('../storage/open.ts'),
    import('../log.ts'),
  ]);
  const log = openLog('warn', (line) => context.err.write(line));
  const settings = { databaseUrl: config.databaseUrl, dataFolder: config.data };
  const database: Database = await openDatabase(settings, log, { start: false });
  try {
    if (options.out === '-') {
      const { records } = await exportPairs(database.db, options.format, context.out);
      context.err.write(`${records} records\n`);
      return;
    }
    const file = path.resolve(context.cwd, options.out);
    const records = await exportToFile(
      file,
      async (stream) => (await exportPairs(database.db, options.format, stream)).records,
    );
    if (options.json) printJson(context.out, { file, format: options.format, records });
    else context.err.write(`${records} records in ${file}\n`);
  } finally {
    await database.close();
  }
}

export function exportCommand(context: Context): Command {
  return new Command('export')
    .description('write approved replies as chat training data, one JSON record a line')
    .addOption(
      new Option('--format <format>', 'form of the records')
        .choices(['messages'])
        .default('messages'),
    )
    .requiredOption('--out <file>', 'where to write; - is standard output')
    .addOption(settingsOption())
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', examples)
    .action((options: ExportOptions) => exportPairsTo(context, options));
}
