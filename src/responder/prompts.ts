/** Loads a prompt version: one immutable file of front matter and Handlebars text. */

import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ReplywrightError } from '../domain/errors.ts';
import { didYouMean } from '../domain/nearest.ts';
import { canonicalJson, sha256 } from './digest.ts';
import { type HouseStyle, loadHouseStyle } from './house-style.ts';
import { compilePrompt, type PromptValues, promptVariables } from './prompt-template.ts';
import { readYaml, YamlProblem } from './yaml-border.ts';

/** `<prompt>/<version>`; the pattern keeps a setting from naming a file outside the folder. */
const versionPattern = /^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9.-]*$/;

/** The front matter. Keys and nesting follow Dotprompt where it has a word for the thing. */
const frontMatterSchema = z.strictObject({
  /** What this version is for and how it differs from the one before. */
  description: z.string().min(1).max(2000),
  /** The model this version was written and tried with; the configured one wins. */
  model: z.string().min(1).optional(),
  config: z
    .strictObject({
      /** Most tokens of an answer; the lower of this and the configured limit counts. */
      maxOutputTokens: z.int().min(256).max(64_000).optional(),
    })
    .default({}),
  /** The variables that the body uses, with their types. */
  input: z
    .strictObject({ schema: z.record(z.string(), z.string()).default({}) })
    .default({ schema: {} }),
  examples: z
    .strictObject({
      /** File beside this one. */
      file: z
        .string()
        .regex(/^[A-Za-z0-9_-]+\.ya?ml$/, 'a .yaml file beside the prompt, without a folder')
        .default('examples.yaml'),
      /** How many of the pinned examples stand in the static text. */
      pinned: z.int().min(0).max(20).default(3),
      /** How many examples are looked up for each mail. */
      retrieved: z.int().min(0).max(20).default(3),
    })
    .default({ file: 'examples.yaml', pinned: 3, retrieved: 3 }),
  /** `all`, or the policy files to use, without `.md`. */
  policies: z.union([z.literal('all'), z.array(z.string().min(1)).min(1)]).default('all'),
  /** How much of them every request shows; above the budget, what a mail needs comes with it. */
  policySections: z
    .strictObject({
      /** Most tokens of all policies together in the static text, which is cached. */
      budget: z.int().min(0).max(500_000).default(20_000),
      /** Policies, by name, and sections, by id, that stand there whatever the budget. */
      always: z.array(z.string().min(1)).default(['escalation', 'tone']),
      /** How many sections are looked up for each mail above the budget. */
      retrieved: z.int().min(1).max(50).default(5),
    })
    .default({ budget: 20_000, always: ['escalation', 'tone'], retrieved: 5 }),
});

type FrontMatter = z.output<typeof frontMatterSchema>;

/** One loaded prompt version. */
export interface PromptVersion {
  /** `<prompt>/<version>`. */
  version: string;
  /** Path of the file. */
  file: string;
  /** SHA-256 (hex) of the bytes of the file; what `released.json` holds. */
  fileSha256: string;
  /** SHA-256 (hex) of the version with all that it includes: of the file alone, or with the house style. */
  sha256: string;
  /** True when `released.json` lists it; such a file never changes again. A draft otherwise. */
  released: boolean;
  frontMatter: FrontMatter;
  /** What the shop wrote of its own style; null where it wrote nothing or this version has no room. */
  houseStyle: HouseStyle | null;
  /** Renders the body with the house style. @throws ReplywrightError `prompt_template`. */
  render(values: Omit<PromptValues, 'houseStyle'>): string;
}

/** Path of the examples that a version names. */
export function examplesFile({ file, frontMatter }: PromptVersion): string {
  return join(dirname(file), frontMatter.examples.file);
}

/** All versions in `folder` as `<prompt>/<version>`, sorted; none when there is no such folder. */
export async function listPrompts(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.hbs'))
    .map((file) => file.slice(0, -'.hbs'.length))
    .filter((version) => versionPattern.test(version))
    .sort();
}

/**
 * The hashes of released versions, in the order of their release; none when there is no list.
 *
 * @throws ReplywrightError `released_invalid`.
 */
export async function readReleased(folder: string): Promise<Record<string, string>> {
  const file = join(folder, 'released.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw new ReplywrightError('released_invalid', { file, detail: error.code ?? error.name });
  });
  try {
    return z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)).parse(JSON.parse(text));
  } catch (error) {
    const detail = error instanceof z.ZodError ? 'a hash has 64 hex digits' : 'not JSON';
    throw new ReplywrightError('released_invalid', { file, detail }, { cause: error });
  }
}

/** The YAML between the two lines of dashes, and the body with blank lines in its place. */
function splitFrontMatter(file: string, text: string): { yaml: string; body: string } {
  const lines = text.split('\n');
  const fail = (line: number, detail: string) =>
    new ReplywrightError('prompt_front_matter', { file, line, column: 1, detail });
  if (lines[0]?.trimEnd() !== '---') throw fail(1, 'the file does not begin with three dashes');
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---');
  if (end < 0) throw fail(lines.length, 'the closing line of three dashes is missing');
  const body = '\n'.repeat(end + 1) + lines.slice(end + 1).join('\n');
  return { yaml: lines.slice(1, end).join('\n'), body };
}

/** The declared variables; Picoschema writes an array as `name(array)` (Dotprompt reference). */
function declaredVariables(frontMatter: FrontMatter): string[] {
  return Object.keys(frontMatter.input.schema).map((key) => key.replace(/\(.*\)$|\?$/, ''));
}

function checkDeclared(file: string, yaml: string, frontMatter: FrontMatter): void {
  const known = Object.keys(promptVariables);
  const unknown = declaredVariables(frontMatter).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const lines = yaml.split('\n');
  const schema = lines.findIndex((line) => line.includes('schema:'));
  const index = lines.findIndex((line, at) => at >= schema && line.includes(unknown));
  const detail = `nothing fills in the variable "${unknown}". ${didYouMean(unknown, known)}`;
  throw new ReplywrightError('prompt_front_matter', {
    file,
    // The YAML begins on line 2 of the file.
    line: index + 2,
    column: (lines[index] ?? '').indexOf(unknown) + 1,
    detail: detail.replace(/\.$/, ''),
  });
}

function readFrontMatter(file: string, yaml: string): FrontMatter {
  try {
    const frontMatter = readYaml(yaml, frontMatterSchema, 2);
    checkDeclared(file, yaml, frontMatter);
    return frontMatter;
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    const { line, column, message: detail } = error;
    const values = { file, line, column, detail };
    throw new ReplywrightError('prompt_front_matter', values, { cause: error });
  }
}

/**
 * Loads one prompt version and proves that it can be rendered.
 *
 * @param folder the prompts folder, with `<prompt>/<version>.hbs` and `released.json` in it.
 * @param version `<prompt>/<version>`.
 * @throws ReplywrightError `prompt_missing`, `prompt_front_matter`, `prompt_template`,
 *   `prompt_changed`, `released_invalid` or `house_style_invalid`.
 */
export async function loadPrompt(folder: string, version: string): Promise<PromptVersion> {
  const file = join(folder, `${version}.hbs`);
  const bytes = versionPattern.test(version) ? await readFile(file).catch(() => null) : null;
  if (bytes === null) {
    const known = (await listPrompts(folder)).join(', ') || `(no prompts in ${folder})`;
    throw new ReplywrightError('prompt_missing', { version, known });
  }
  const fileSha256 = sha256(bytes);
  const releasedHash = (await readReleased(folder))[version];
  if (releasedHash !== undefined && releasedHash !== fileSha256)
    throw new ReplywrightError('prompt_changed', { version });

  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n');
  const { yaml, body } = splitFrontMatter(file, text);
  const frontMatter = readFrontMatter(file, yaml);
  const declared = declaredVariables(frontMatter);
  const template = compilePrompt(file, body, declared);
  const houseStyle = declared.includes('houseStyle')
    ? await loadHouseStyle(folder, version.split('/')[0] ?? '')
    : null;
  const render: PromptVersion['render'] = (values) =>
    template({ ...values, houseStyle: houseStyle?.text ?? '' });
  render({ shop: 'Shop', categories: ['category'] });
  return {
    version,
    file,
    fileSha256,
    sha256:
      houseStyle === null ? fileSha256 : sha256(canonicalJson([fileSha256, houseStyle.sha256])),
    released: releasedHash !== undefined,
    frontMatter,
    houseStyle,
    render,
  };
}
