/** Renders replywright.example.yaml and docs/settings.md from the settings' schema. */
import { stringify } from 'yaml';
import { documentedFields, type FieldDocument } from '../../src/config/fields.ts';
import { secrets } from '../../src/config/secrets.ts';

const width = 96;

/** Breaks a sentence into lines of at most `room` characters. */
function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function defaultText(field: FieldDocument): string | null {
  if (field.defaultsTo !== null) return field.defaultsTo;
  return field.default === undefined || field.group ? null : `\`${JSON.stringify(field.default)}\``;
}

function childrenOf(field: FieldDocument | null): FieldDocument[] {
  const parent = field === null ? '' : `${field.path}${field.list ? '[]' : ''}`;
  return documentedFields().filter((candidate) => candidate.parent === parent);
}

/** The meaning of a setting as comment lines. */
function comment(field: FieldDocument, indent: string): string[] {
  const fallback = field.defaultsTo === null ? '' : ` Default: ${field.defaultsTo}.`;
  const variable = field.env === null ? '' : ` Environment: ${field.env}.`;
  const text = `${field.meaning}${fallback}${variable}`.replaceAll('`', '');
  return wrapped(text, width - indent.length - 2).map((line) => `${indent}# ${line}`);
}

function exampleLines(field: FieldDocument, indent: string): string[] {
  const lines = comment(field, indent);
  if (!field.group) {
    const value = field.example === undefined ? field.default : field.example;
    const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
    return [...lines, `${indent}${field.commented ? '# ' : ''}${field.key}: ${text}`];
  }
  if (field.commented) {
    const { commented: _, ...shown } = field;
    const whole = exampleLines({ ...shown, commented: false }, indent).slice(lines.length);
    // What is a comment already explains a setting, and stays as it is.
    const hidden = whole.map((line) =>
      line.trimStart().startsWith('#') ? line : `${indent}# ${line.slice(indent.length)}`,
    );
    return [...lines, ...hidden];
  }
  const step = `${indent}${field.list ? '    ' : '  '}`;
  const inner = childrenOf(field).flatMap((child) => exampleLines(child, step));
  if (field.list) {
    // The dash stands before the first setting that is not a comment; YAML allows comments above.
    const first = inner.findIndex((line) => !line.trimStart().startsWith('#'));
    inner[first] = `${indent}  - ${inner[first]?.trimStart()}`;
  }
  return [...lines, `${indent}${field.key}:`, ...inner];
}

/** replywright.example.yaml: every setting, with its meaning, as it could stand. */
export function exampleSettings(): string {
  const sections = childrenOf(null).map((field) => exampleLines(field, '').join('\n'));
  const head = `# Every setting of Replywright, with its meaning. Made from the schema by \`npm run docs\`.
# Copy it to replywright.yaml and keep what you need: only shop.name and one mailbox are required.
# Secrets never stand here; they come from the environment, from .env beside this file, or from a
# file named by <SECRET>_FILE:
${secrets.map(({ name, meaning }) => `#   ${name}: ${meaning}`).join('\n')}`;
  return `${head}\n\n${sections.join('\n\n')}\n`;
}

function row(field: FieldDocument): string {
  const cells = [
    `\`${field.path}\``,
    `${field.meaning}${field.env === null ? '' : ` Environment: \`${field.env}\`.`}`,
    field.kind,
    field.required ? 'required' : (defaultText(field) ?? ''),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** docs/settings.md: the reference of all settings. */
export function settingsPage(): string {
  const tables = childrenOf(null).map((top) => {
    const fields = documentedFields().filter(
      (field) => !field.group && (field === top || field.path.startsWith(`${top.path}`)),
    );
    const own = fields.filter((field) => /^(?:\.|\[|$)/.test(field.path.slice(top.path.length)));
    const groups = documentedFields().filter(
      (field) =>
        field.group &&
        field !== top &&
        /^[.[]/.test(field.path.slice(top.path.length)) &&
        field.path.startsWith(top.path),
    );
    const notes = groups.map((group) => `- \`${group.path}\`: ${group.meaning}`);
    const table = ['| setting | meaning | value | default |', '|---|---|---|---|', ...own.map(row)];
    const parts = [
      `## ${top.key}`,
      top.group ? top.meaning : '',
      notes.join('\n'),
      table.join('\n'),
    ];
    return parts.filter((part) => part !== '').join('\n\n');
  });
  return `<!-- Made by scripts/generate-docs.ts from src/config/schema.ts; change it there. -->
# Settings

Settings stand in \`replywright.yaml\` in the folder where Replywright is started (or in the file
named by \`--config\`). A key that is not listed here is an error. Relative paths start from the folder
of that file. Where an environment variable is named, it wins over the file; variables may also stand
in \`.env\` beside it, and the process's own win over those. Without a \`replywright.yaml\`, a sandbox
runs. \`replywright.example.yaml\` shows everything in place.

## Secrets

Secrets come from the environment or from \`.env\`. Instead of the value, \`<SECRET>_FILE\` may name a
file that holds it. In the names of mailboxes, letters become capitals and \`-\` becomes \`_\`.

| secret | meaning |
|---|---|
${secrets.map(({ name, meaning }) => `| \`${name}\` | ${meaning} |`).join('\n')}

${tables.join('\n\n')}
`;
}
