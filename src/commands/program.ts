/** The whole command line: every subcommand, and how its failures are told. */
import { Command, CommanderError } from 'commander';
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';
import { connectCommand } from './connect.ts';
import type { Context } from './context.ts';
import { doctorCommand } from './doctor.ts';
import { draftCommand } from './draft.ts';
import { examplesCommand } from './examples.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { policiesCommand } from './policies.ts';
import { printFailure } from './print.ts';
import { promptsCommand } from './prompts.ts';
import { rolloutCommand } from './rollout.ts';
import { setupCommand } from './setup.ts';
import { startCommand } from './start.ts';
import { userCommand } from './user.ts';
import { programVersion, versionCommand } from './version.ts';

/** Settings that commander hands down only to commands it creates itself. */
function adopt(command: Command, context: Context): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => context.out.write(text),
    writeErr: (text) => context.err.write(text),
    // Told by `run`, in the same three sentences as every other failure.
    outputError: () => {},
    getOutHelpWidth: () => 100,
    getErrHelpWidth: () => 100,
  });
  for (const inner of command.commands) adopt(inner, context);
}

/** Builds the command line without running anything. */
export function buildProgram(context: Context): Command {
  const program = new Command('replywright')
    .description("Drafts answers to a shop's customer e-mail; a person approves every one.")
    .version(programVersion, '-V, --version', 'print the version')
    .helpCommand(false)
    .addHelpText('after', '\nWithout a replywright.yaml, `npx replywright start` opens a sandbox.');
  const commands = [
    startCommand,
    setupCommand,
    connectCommand,
    doctorCommand,
    draftCommand,
    exportCommand,
    importCommand,
    promptsCommand,
    policiesCommand,
    examplesCommand,
    rolloutCommand,
    userCommand,
    versionCommand,
  ];
  for (const create of commands) program.addCommand(create(context));
  adopt(program, context);
  return program;
}

/** Commander says "error: unknown option '--x'\n(Did you mean --y?)"; the catalogue wants one clause. */
function usageError(error: CommanderError): ReplywrightError {
  const [happened = '', meant] = error.message.split(/\n\(Did you mean (?:one of )?([^?]*)\?\)/);
  const detail = happened
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
    .replace(/^./, (letter) => letter.toUpperCase());
  if (meant !== undefined)
    return new ReplywrightError('argument_unknown', { detail, meant }, { cause: error });
  return new ReplywrightError('argument_invalid', { detail }, { cause: error });
}

/**
 * The words up to one that should name a command and names none. With what follows it, commander
 * would answer `nonsense --help` with help, as if all were well.
 */
function upToUnknown(command: Command, words: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  if (first === undefined || first.startsWith('-') || command.commands.length === 0) return words;
  const inner = command.commands.find((each) => each.name() === first);
  return [first, ...(inner === undefined ? [] : upToUnknown(inner, rest))];
}

/**
 * Runs one command line.
 *
 * @param words what stands behind the program's name.
 * @returns the exit code: 0, or 1 after a failure, which is told on `context.err`.
 */
export async function run(words: readonly string[], context: Context): Promise<number> {
  const program = buildProgram(context);
  try {
    if (words.length === 0) program.outputHelp();
    else await program.parseAsync(upToUnknown(program, words), { from: 'user' });
    return context.exitCode;
  } catch (error) {
    // Ctrl+C at a question, the way @inquirer tells it: 130 is what a shell expects then.
    if (error instanceof Error && error.name === 'ExitPromptError') return 130;
    // Help and version also end this way, with 0; help that was not asked for, with 1.
    const told = error instanceof CommanderError && /^commander\.(help|version)/.test(error.code);
    if (told) return (error as CommanderError).exitCode;
    const failure = error instanceof CommanderError ? usageError(error) : asReplywrightError(error);
    printFailure(context.err, failure);
    return 1;
  }
}
