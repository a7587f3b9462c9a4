/** Asks the questions of `setup`: a person at a terminal, or a file of answers. */
import { ReplywrightError } from '../domain/errors.ts';
import { nearestWord } from '../domain/nearest.ts';
import type { Context } from './context.ts';

export interface Choice<Value extends string> {
  value: Value;
  name: string;
}

/** What is wrong with an answer, or true. */
export type Validate = (answer: string) => string | true;

export interface Asker {
  /** True when somebody sits there: mistakes can be corrected, and names may be looked up. */
  readonly interactive: boolean;
  text(key: string, message: string, fallback?: string, validate?: Validate): Promise<string>;
  /** `optional` allows an empty answer. */
  secret(key: string, message: string, optional?: boolean): Promise<string>;
  confirm(key: string, message: string, fallback: boolean): Promise<boolean>;
  choose<Value extends string>(
    key: string,
    message: string,
    choices: readonly Choice<Value>[],
    fallback: Value,
  ): Promise<Value>;
  /** Called when all questions are asked. @throws ReplywrightError when an answer fits none. */
  finish(): void;
}

const anything: Validate = (answer) => (answer.trim() === '' ? 'Please answer this one.' : true);

/** Asks a person at the terminal. */
export async function openTerminalAsker(context: Context): Promise<Asker> {
  const { confirm, input, password, select } = await import('@inquirer/prompts');
  const streams = { input: context.input, output: context.out };
  return {
    interactive: true,
    text: async (_key, message, fallback, validate = anything) => {
      const shown = fallback === undefined ? {} : { default: fallback };
      return (await input({ message, validate, ...shown }, streams)).trim();
    },
    secret: (_key, message, optional = false) =>
      password({ message, mask: '•', validate: optional ? () => true : anything }, streams),
    confirm: (_key, message, fallback) => confirm({ message, default: fallback }, streams),
    choose: (_key, message, choices, fallback) =>
      select({ message, choices, default: fallback as never }, streams),
    finish: () => {},
  };
}

function refuse(detail: string): never {
  throw new ReplywrightError('argument_invalid', { detail });
}

/**
 * Answers from the text of a JSON file, one key a question; a question without an answer takes its
 * default.
 *
 * @throws ReplywrightError `argument_invalid` for what is not such a file; its questions throw the
 *   same for answers that are missing or do not fit.
 */
export function openAnswers(file: string, json: string): Asker {
  let answers: Record<string, unknown>;
  try {
    answers = JSON.parse(json);
  } catch {
    return refuse(`The answers in ${file} are not JSON`);
  }
  if (typeof answers !== 'object' || answers === null || Array.isArray(answers))
    return refuse(`The answers in ${file} are not one JSON object`);
  // These two are asked only in some cases, and may be answered in all.
  const asked = new Set(['overwrite', 'keepFailing']);
  const answer = (key: string): string | undefined => {
    asked.add(key);
    const value = answers[key];
    return value === undefined || value === null ? undefined : String(value);
  };
  const strays = () => Object.keys(answers).filter((key) => !asked.has(key));
  const lacking = (key: string): never => {
    const near = nearestWord(key, strays());
    const instead = near?.slip ? `; "${near.word}" may be meant for it` : '';
    return refuse(`The answers in ${file} lack "${key}"${instead}`);
  };
  return {
    interactive: false,
    text: async (key, _message, fallback, validate = anything) => {
      const value = answer(key) ?? fallback ?? lacking(key);
      const verdict = validate(value);
      return verdict === true ? value : refuse(`The answer "${key}" does not fit: ${verdict}`);
    },
    secret: async (key, _message, optional = false) =>
      answer(key) ?? (optional ? '' : lacking(key)),
    confirm: async (key, _message, fallback) => (answer(key) ?? String(fallback)) === 'true',
    choose: async (key, _message, choices, fallback) => {
      const value = answer(key) ?? fallback;
      const found = choices.find((choice) => choice.value === value);
      const known = choices.map((choice) => choice.value).join(', ');
      return found?.value ?? refuse(`The answer "${key}" is not one of: ${known}`);
    },
    finish: () => {
      const [stray] = strays();
      if (stray === undefined) return;
      const near = nearestWord(stray, [...asked]);
      const instead = near?.slip ? `; the nearest is "${near.word}"` : '';
      refuse(`No question asks for the answer "${stray}"${instead}`);
    },
  };
}
