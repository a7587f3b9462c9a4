/** Compiles the Handlebars body of a prompt and finds unknown names before it is ever used. */

import Handlebars from 'handlebars';
import { ReplywrightError } from '../domain/errors.ts';
import { didYouMean } from '../domain/nearest.ts';

/** What a prompt may say of the shop. Nothing here depends on the mail. */
export interface PromptValues {
  /** The shop's name as customers know it. */
  shop: string;
  /** Categories found in the examples, sorted; the model chooses among them. */
  categories: readonly string[];
}

/** Every variable a prompt can use, with the type its front matter declares. */
export const promptVariables: Readonly<Record<keyof PromptValues, 'string' | 'array'>> = {
  shop: 'string',
  categories: 'array',
};

/** Block helpers that make sense in a text without data: no `log`, no `lookup`. */
const helpers = ['if', 'unless', 'each', 'with'];
const dataVariables = ['first', 'last', 'index', 'key', 'root'];

class Refused extends Error {
  readonly line: number;
  readonly hint: string;

  constructor(line: number, detail: string, hint: string) {
    super(detail);
    this.line = line;
    this.hint = hint;
  }
}

/** Visits every node of the template and refuses the first name that nobody will fill in. */
class NameCheck extends Handlebars.Visitor {
  readonly #known: readonly string[];
  /** Names bound by `as |name|` in the blocks around the current node. */
  #bound: string[] = [];

  constructor(known: readonly string[]) {
    super();
    this.#known = known;
  }

  override MustacheStatement(node: hbs.AST.MustacheStatement): void {
    const line = node.loc.start.line;
    if (node.path.type === 'PathExpression' && node.params.length + node.hash?.pairs?.length > 0) {
      const name = (node.path as hbs.AST.PathExpression).original;
      throw new Refused(line, `there is no helper "${name}"`, didYouMean(name, helpers));
    }
    super.MustacheStatement(node);
  }

  override SubExpression(node: hbs.AST.SubExpression): void {
    const name = node.path.original;
    throw new Refused(node.loc.start.line, `there is no helper "${name}"`, didYouMean(name, []));
  }

  override BlockStatement(node: hbs.AST.BlockStatement): void {
    const name = node.path.original;
    const line = node.loc.start.line;
    if (!helpers.includes(name))
      throw new Refused(line, `there is no block helper "${name}"`, didYouMean(name, helpers));
    this.acceptArray(node.params);
    const outer = this.#bound;
    this.#bound = [...outer, ...(node.program?.blockParams ?? [])];
    if (node.program) this.accept(node.program);
    this.#bound = outer;
    if (node.inverse) this.accept(node.inverse);
  }

  override PathExpression(node: hbs.AST.PathExpression): void {
    const names = node.data && node.parts[0] === 'root' ? node.parts.slice(1) : node.parts;
    const [name, ...rest] = names;
    if (name === undefined) return;
    const known =
      node.data && names === node.parts ? dataVariables : [...this.#known, ...this.#bound];
    if (known.includes(name) && rest.length === 0) return;
    const hint = didYouMean(node.original, known);
    throw new Refused(node.loc.start.line, `there is no variable "${node.original}"`, hint);
  }

  override PartialStatement(node: hbs.AST.PartialStatement): void {
    this.#refusePartial(node.name, node.loc.start.line);
  }

  override PartialBlockStatement(node: hbs.AST.PartialBlockStatement): void {
    this.#refusePartial(node.name, node.loc.start.line);
  }

  override Decorator(node: hbs.AST.Decorator): void {
    throw new Refused(node.loc.start.line, 'decorators are not supported', 'Remove it.');
  }

  override DecoratorBlock(node: hbs.AST.DecoratorBlock): void {
    throw new Refused(node.loc.start.line, 'decorators are not supported', 'Remove it.');
  }

  #refusePartial(name: hbs.AST.PathExpression | hbs.AST.SubExpression, line: number): never {
    const shown = name.type === 'PathExpression' ? (name as hbs.AST.PathExpression).original : '';
    throw new Refused(
      line,
      `there is no partial "${shown}"`,
      'A prompt version is one file: put the text of the partial in its place.',
    );
  }
}

/** Line of a Handlebars error, which stands in a field or only in its message. */
function lineOfFailure(error: unknown): number {
  const field = (error as { lineNumber?: unknown }).lineNumber;
  if (typeof field === 'number') return field;
  const named = /line (\d+)|- (\d+):\d+$/.exec(error instanceof Error ? error.message : '');
  return Number(named?.[1] ?? named?.[2] ?? 1);
}

function firstLineOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  return (lines.at(-1) ?? '').slice(0, 200);
}

function templateError(file: string, error: unknown): ReplywrightError {
  const line = error instanceof Refused ? error.line : lineOfFailure(error);
  const detail = error instanceof Refused ? error.message : firstLineOf(error);
  const hint = error instanceof Refused ? error.hint : 'Correct the Handlebars syntax there.';
  return new ReplywrightError('prompt_template', { file, line, detail, hint }, { cause: error });
}

/**
 * Compiles a template body.
 *
 * @param file name for error messages.
 * @param body the text, with blank lines in place of the front matter so that lines agree.
 * @param declared variables that the front matter declares.
 * @returns a function that renders the text, trimmed.
 * @throws ReplywrightError `prompt_template` with the line of the first mistake; the returned
 *   function throws the same when a value is used in a place where it has no meaning.
 */
export function compilePrompt(
  file: string,
  body: string,
  declared: readonly string[],
): (values: PromptValues) => string {
  const handlebars = Handlebars.create();
  try {
    const program = handlebars.parse(body);
    new NameCheck(declared).accept(program);
    // Prompts are plain text: escaping would turn `Tom & Ann` into `Tom &amp; Ann`.
    const render = handlebars.compile<PromptValues>(program, {
      noEscape: true,
      strict: true,
      knownHelpersOnly: true,
    });
    return (values) => {
      try {
        return render(values).trim();
      } catch (error) {
        throw templateError(file, error);
      }
    };
  } catch (error) {
    throw templateError(file, error);
  }
}
