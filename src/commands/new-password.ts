/** Asks for a new password: twice on a terminal, otherwise the first line of standard input. */
import { text } from 'node:stream/consumers';
import { ReplywrightError } from '../domain/errors.ts';
import type { Context } from './context.ts';

/** NIST SP 800-63B-4, section 3.1.1.2: length is what counts; no rules about kinds of characters. */
const leastLength = 10;

function checked(password: string): string {
  if (password.length >= leastLength) return password;
  const detail = `a password has at least ${leastLength} characters`;
  throw new ReplywrightError('user_invalid', { detail });
}

/** @throws ReplywrightError `user_invalid` when it is too short or the two differ. */
export async function askNewPassword(context: Context): Promise<string> {
  if (!context.input.isTTY) return checked((await text(context.input)).split(/\r?\n/, 1)[0] ?? '');
  const { password } = await import('@inquirer/prompts');
  const streams = { input: context.input, output: context.err };
  const first = checked(await password({ message: 'New password', mask: '•' }, streams));
  const second = await password({ message: 'Once more', mask: '•' }, streams);
  if (first === second) return first;
  throw new ReplywrightError('user_invalid', { detail: 'the two passwords differ' });
}
