/** `replywright version`: which Replywright on which Node. */
import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import type { Context } from './context.ts';
import { printJson } from './print.ts';

/** The version of this program. */
export const programVersion: string = manifest.version;

export function versionCommand(context: Context): Command {
  return new Command('version')
    .description('print the version of Replywright and of Node')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npx replywright version\n  $ npx replywright version --json',
    )
    .action((options: { json?: boolean }) => {
      const facts = { replywright: programVersion, node: process.versions.node };
      if (options.json) printJson(context.out, facts);
      else context.out.write(`replywright ${facts.replywright} (node ${facts.node})\n`);
    });
}
