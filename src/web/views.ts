/** The templates: compiled once, everything escaped, a missing value is an error. */

import { readdirSync, readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { fileSize } from '../domain/file-size.ts';
import { readMarkup } from '../mail/markup.ts';
import { pageHtml } from '../mail/reply-html.ts';
import { capOf } from './keys.ts';
import { clock, duration, elapsed, money } from './wording.ts';

export interface Views {
  /** Renders the template `views/<name>.hbs`, or a partial of that name. */
  render(name: string, model: object): string;
}

const folder = new URL('views/', import.meta.url);

/** What templates may call besides the built-in `if`, `unless`, `each` and `with`. */
const helpers = {
  bytes: (size: number) => fileSize(size),
  keycap: (action: string) => capOf(action),
  clock: (at: Date) => clock(at, new Date()),
  duration: (ms: number) => duration(ms),
  elapsed: (at: Date) => elapsed(at, new Date()),
  eq: (left: unknown, right: unknown) => left === right,
  // A reply of ours by its source, as the customer reads it; everything in it is escaped there.
  reply: (source: string) => new Handlebars.SafeString(pageHtml(readMarkup(source))),
  // Commands stand between backticks where the catalogue names them.
  ticked: (text: string) =>
    new Handlebars.SafeString(
      Handlebars.escapeExpression(text).replace(/&#x60;(.*?)&#x60;/g, '<code>$1</code>'),
    ),
  iso: (at: Date) => at.toISOString(),
  money: (usd: number) => money(usd),
};

const options: CompileOptions = {
  strict: true,
  // Else every line of a mail inside an indented partial would be indented with it.
  preventIndent: true,
  knownHelpersOnly: true,
  knownHelpers: Object.fromEntries(Object.keys(helpers).map((name) => [name, true])),
};

/** Reads and compiles all templates. Files in `partials/` can be included by name. */
export function openViews(): Views {
  const engine = Handlebars.create();
  engine.registerHelper(helpers);
  const templates = new Map<string, HandlebarsTemplateDelegate>();
  for (const place of [folder, new URL('partials/', folder)])
    for (const file of readdirSync(place).filter((name) => name.endsWith('.hbs'))) {
      const name = file.slice(0, -'.hbs'.length);
      const template = engine.compile(readFileSync(new URL(file, place), 'utf8'), options);
      templates.set(name, template);
      engine.registerPartial(name, template);
    }
  return {
    render(name, model) {
      const template = templates.get(name);
      if (template === undefined) throw new Error(`There is no template "${name}".`);
      return template(model);
    },
  };
}
