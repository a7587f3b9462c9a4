/** Renders docs/commands.md from the help texts of the command line. */
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import type { Context } from '../../src/commands/context.ts';
import { buildProgram } from '../../src/commands/program.ts';

/** What `command --help` prints, with the texts added after it. */
function helpOf(command: Command, printed: () => string): string {
  command.outputHelp();
  return printed().trimEnd();
}

function sectionsOf(command: Command, name: string, printed: () => string): string[] {
  const own = `## ${name}\n\n\`\`\`text\n${helpOf(command, printed)}\n\`\`\`\n`;
  const inner = command.commands.flatMap((child) =>
    sectionsOf(child, `${name} ${child.name()}`, printed),
  );
  return [own, ...inner];
}

/** Every command with its help. */
export function commandsPage(): string {
  let text = '';
  const out = new PassThrough();
  out.write = (chunk: unknown) => {
    text += String(chunk);
    return true;
  };
  const context: Context = { cwd: '/', env: {}, input: out, out, err: out, exitCode: 0 };
  const printed = (): string => {
    const all = text;
    text = '';
    return all;
  };
  const sections = sectionsOf(buildProgram(context), 'replywright', printed);
  return `<!-- Made by scripts/generate-docs.ts from src/commands; change it there. -->
# Commands

\`npx replywright <command>\` in the folder of the program. Every command exits with 0, or with 1
after a failure, which it tells in three sentences on standard error. With \`--json\`, standard output
holds nothing but JSON.

${sections.join('\n')}`;
}
