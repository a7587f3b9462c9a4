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
  /** What the shop wrote of its own style; empty when it wrote nothing. */
  houseStyle: string;
}

/** Every variable a prompt can use, with the type its front matter declares. */
export const promptVariables: Readonly<Record<keyof PromptValues, 'string' | 'array'>> = {
  shop: 'string',
  categories: 'array',
  houseStyle: 'string',
};

/** Block helpers that make sense in a text without data: no `log`, no `lookup`. */
const helpers = ['if', 'unless', 'each', 'with'];
const dataVariables = ['first', 'last', 'index', 'key', 'root'];

/** Where something stands, both from 1. */
interface Place {
  line: number;
  column: number;
}

class Refused extends Error {
  readonly place: Place;
  readonly hint: string;

  constructor(node: hbs.AST.Node, detail: string, hint: string) {
    super(detail);
    // Handlebars counts columns from 0.
    const { line, column } = node.loc.start;
    this.place = { line, column: column + 1 };
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
    if (
      node.path.type === 'PathExpression' &&
      node.params.length + (node.hash?.pairs.length ?? 0) > 0
    ) {
      const name = (node.path as hbs.AST.PathExpression).original;
      throw new Refused(node, `there is no helper "${name}"`, didYouMean(name, helpers));
    }
    super.MustacheStatement(node);
  }

  override SubExpression(node: hbs.AST.SubExpression): void {
    const name = node.path.original;
    throw new Refused(node, `there is no helper "${name}"`, didYouMean(name, []));
  }

  override BlockStatement(node: hbs.AST.BlockStatement): void {
    const name = node.path.original;
    if (!helpers.includes(name))
      throw new Refused(node, `there is no block helper "${name}"`, didYouMean(name, helpers));
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
    throw new Refused(node, `there is no variable "${node.original}"`, hint);
  }

  override PartialStatement(node: hbs.AST.PartialStatement): void {
    this.#refusePartial(node, node.name);
  }

  override PartialBlockStatement(node: hbs.AST.PartialBlockStatement): void {
    this.#refusePartial(node, node.name);
  }

  override Decorator(node: hbs.AST.Decorator): void {
    throw new Refused(node, 'decorators are not supported', 'Remove it.');
  }

  override DecoratorBlock(node: hbs.AST.DecoratorBlock): void {
    throw new Refused(node, 'decorators are not supported', 'Remove it.');
  }

  #refusePartial(node: hbs.AST.Node, name: hbs.AST.PathExpression | hbs.AST.SubExpression): never {
    const shown = name.type === 'PathExpression' ? (name as hbs.AST.PathExpression).original : '';
    throw new Refused(
      node,
      `there is no partial "${shown}"`,
      'A prompt version is one file: put the text in its place. Only the house style stands in a file of its own; include it as {{houseStyle}}.',
    );
  }
}

/**
 * Column of a syntax error, from 1. Handlebars tells it only by a picture: up to 20 characters
 * before the place, then what follows, and below them dashes up to the place.
 */
function columnOfSyntaxError(message: string, line: string): number {
  const [, shown = '', dashes = ''] = message.split('\n');
  const before = shown.slice(0, dashes.length - 1).replace(/^\.\.\./, '');
  const after = shown.slice(dashes.length - 1).replace(/\.\.\.$/, '');
  for (let column = line.length; column >= 0; column--) {
    const left = line.slice(Math.max(0, column - 20), column);
    const right = line.slice(column, column + after.length);
    if (before.endsWith(left) && after.startsWith(right)) return column + 1;
  }
  return 1;
}

/** Place of a Handlebars error, which stands in its fields or only in its message. */
function placeOfFailure(error: unknown, body: string): Place {
  if (error instanceof Refused) return error.place;
  const { lineNumber, column } = error as { lineNumber?: unknown; column?: unknown };
  if (typeof lineNumber === 'number')
    return { line: lineNumber, column: typeof column === 'number' ? column + 1 : 1 };
  const message = error instanceof Error ? error.message : '';
  const [, parsed, named, namedColumn] = /line (\d+)|- (\d+):(\d+)$/.exec(message) ?? [];
  if (parsed === undefined)
    return { line: Number(named ?? 1), column: Number(namedColumn ?? 0) + 1 };
  const text = body.split('\n')[Number(parsed) - 1] ?? '';
  return { line: Number(parsed), column: columnOfSyntaxError(message, text) };
}

function firstLineOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  return (lines.at(-1) ?? '').slice(0, 200);
}

function templateError(file: string, body: string, error: unknown): ReplywrightError {
  const { line, column } = placeOfFailure(error, body);
  const detail = error instanceof Refused ? error.message : firstLineOf(error);
  const hint = error instanceof Refused ? error.hint : 'Correct the Handlebars syntax there.';
  const values = { file, line, column, detail, hint };
  return new ReplywrightError('prompt_template', values, { cause: error });
}

/**
 * Compiles a template body.
 *
 * @param file name for error messages.
 * @param body the text, with blank lines in place of the front matter so that lines agree.
 * @param declared variables that the front matter declares.
 * @returns a function that renders the text, trimmed.
 * @throws ReplywrightError `prompt_template` with line and column of the first mistake; the returned
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
        throw templateError(file, body, error);
      }
    };
  } catch (error) {
    throw templateError(file, body, error);
  }
}
