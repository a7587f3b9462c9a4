/** `replywright export`: writes approved replies as training data. */
import path from 'node:path';
import { Command, Option } from 'commander';
import type { Database } from '../storage/open.ts';
import type { Context } from './context.ts';
import { printJson } from './print.ts';
import { type SettingsOptions, settingsFor, settingsOption } from './settings-option.ts';
import { writeWholeFile } from './whole-file.ts';

interface ExportOptions extends SettingsOptions {
  format: 'messages';
  out: string;
  json?: boolean;
}

const examples = `
Examples:
  $ npx replywright export --format messages --out pairs.jsonl
  $ npx replywright export --format messages --out - | head -n 1`;

async function exportPairsTo(context: Context, options: ExportOptions): Promise<void> {
  const config = await settingsFor(context, options);
  const [{ exportPairs }, { openForCommand }, { openLog }] = await Promise.all([
    import('../learning/export.ts'),
    import('../storage/open.ts'),
    import('../log.ts'),
  ]);
  const log = openLog('warn', (line) => context.err.write(line));
  const settings = { databaseUrl: config.databaseUrl, dataFolder: config.data };
  const database: Database = await openForCommand(settings, log, 'there');
  try {
    if (options.out === '-') {
      const { records } = await exportPairs(database.db, options.format, context.out);
      context.err.write(`${records} records\n`);
      return;
    }
    const file = path.resolve(context.cwd, options.out);
    const { records } = await writeWholeFile(file, (stream) =>
      exportPairs(database.db, options.format, stream),
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
