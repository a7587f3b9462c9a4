/** The settings: read once from replywright.yaml, the environment and .env, validated, frozen. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ContextConfig, completeContext } from './config/context.ts';
import {
  type Environment,
  openEnvironment,
  readSettingsText,
  type Variables,
} from './config/environment.ts';
import { documentedFields } from './config/fields.ts';
import { invalid, noFile, parseSettings, validate, type WrittenFile } from './config/file.ts';
import { completeMailbox, type MailboxConfig } from './config/mailbox.ts';
import { type ModelConfig, modelOf } from './config/model.ts';
import { completeResponders, type ResponderConfig } from './config/responders.ts';
import { settingsSchema, type WrittenMailbox, type WrittenSettings } from './config/schema.ts';
import { passwordName } from './config/secrets.ts';
import type { Origin } from './domain/decision.ts';
import { ReplywrightError } from './domain/errors.ts';

/** Everything that can be set. Deeply frozen; all paths are absolute. */
export interface Config {
  /** True when there is no replywright.yaml: an invented shop, and nothing leaves the machine by mail. */
  sandbox: boolean;
  /** The settings file; null when there is none. */
  file: string | null;
  /** What relative paths start from: the folder of the settings file, else the working folder. */
  folder: string;
  shop: { name: string; linkDomains: readonly string[] };
  data: string;
  databaseUrl: string | null;
  /** What encrypts stored tokens; null: a file in `data`, made when it is first needed. */
  key: string | null;
  prompts: string;
  policies: string;
  prompt: string;
  /** Where facts about orders and customers come from. */
  context: ContextConfig;
  learning: { learnFromSent: boolean; exampleOrigins: readonly Origin[] };
  limits: { draftsPerSenderPerHour: number; automaticPerConversationPerDay: number };
  attachments: { totalMegabytes: number; fileMegabytes: number };
  mailboxes: readonly MailboxConfig[];
  /** Null where the offline responder drafts. */
  model: ModelConfig | null;
  /** Those of the settings, and one for each prompt that a mailbox without a responder names. */
  responders: readonly ResponderConfig<ModelConfig>[];
  /** What all drafting together may cost, in US dollars; null is no limit. */
  budget: { perDayUsd: number | null; perMailUsd: number | null };
  desk: {
    host: string;
    port: number;
    publicUrl: string | null;
    undoSeconds: number;
    silenceMinutes: number;
  };
  /** Null where it depends on who reads: people want less than files. */
  log: { level: NonNullable<WrittenSettings['log']['level']> | null };
}

export interface LoadOptions {
  /** The working folder. */
  cwd: string;
  /** The process environment. */
  env: Variables;
  /** Another settings file than replywright.yaml in the working folder; it must exist. */
  configPath?: string | undefined;
}

/** The name of the settings file. */
const settingsFileName = 'replywright.yaml';

/** Without replywright.yaml there is neither a shop nor a mailbox: the sandbox brings its own. */
const sandboxSchema = settingsSchema.omit({ shop: true, mailboxes: true });
const sandboxShop = { name: 'Harbor & Pine', linkDomains: [] };

/** What the program ships beside `src`. */
const shipped = path.resolve(import.meta.dirname, '..');

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The group of that path, made when the file leaves it out or empty (`desk:` and nothing below). */
function groupAt(values: Record<string, unknown>, key: string): unknown {
  if (key === '') return values;
  values[key] ??= {};
  return values[key];
}

/** Lays the environment's values over the written ones; returns which variable each path came from. */
function overlay(written: WrittenFile, environment: Environment): Map<string, string> {
  const from = new Map<string, string>();
  for (const field of documentedFields()) {
    if (field.env === null) continue;
    const group = groupAt(written.values, field.parent);
    const value = environment.variable(field.env);
    if (value === null || !isGroup(group)) continue;
    // What is no number stays text, for the schema to refuse by name.
    const number = field.kind.startsWith('whole number') ? Number(value) : Number.NaN;
    group[field.key] = Number.isNaN(number) ? value : number;
    from.set(field.path, field.env);
  }
  return from;
}

/** Two mailboxes must not share a name: their secrets and their states would be mixed up. */
function refuseTwins(written: WrittenFile, mailboxes: readonly WrittenMailbox[]): void {
  const seen = new Map<string, string>();
  for (const [index, { name }] of mailboxes.entries()) {
    const twin = seen.get(passwordName(name, 'IMAP'));
    if (twin !== undefined)
      throw invalid(
        written,
        ['mailboxes', index, 'name'],
        `"${name}" is too much like "${twin}" above`,
      );
    seen.set(passwordName(name, 'IMAP'), name);
  }
}

function databaseUrlOf(environment: Environment): string | null {
  const url = environment.secret('DATABASE_URL');
  if (url === null || /^postgres(ql)?:\/\//.test(url)) return url;
  // The value itself may hold a password: it is not repeated.
  throw new ReplywrightError('config_invalid', {
    key: 'DATABASE_URL',
    detail: 'expected postgres://user:password@host/database',
    file: 'the environment or .env',
  });
}

/** A key that can be guessed protects nothing. */
function keyOf(environment: Environment): string | null {
  const key = environment.secret('REPLYWRIGHT_KEY');
  if (key === null || key.length >= 32) return key;
  throw new ReplywrightError('config_invalid', {
    key: 'REPLYWRIGHT_KEY',
    detail: 'expected at least 32 characters, for instance from `openssl rand -base64 32`',
    file: 'the environment or .env',
  });
}

function readFile(options: LoadOptions): WrittenFile {
  const file = path.resolve(options.cwd, options.configPath ?? settingsFileName);
  const text = readSettingsText(file, options.configPath === undefined);
  return text === null ? { ...noFile, values: {} } : parseSettings(file, text);
}

/** A folder of the project, or the program's own where the project has none. */
function folderOr(folder: string, given: string | undefined, name: string): string {
  if (given !== undefined) return path.resolve(folder, given);
  const own = path.resolve(folder, name);
  return existsSync(own) ? own : path.join(shipped, name);
}

function settingsOf(written: WrittenFile, environment: Environment): WrittenSettings {
  // A key alone asks for the default model; an address alone (ANTHROPIC_BASE_URL) asks for nothing.
  const asksForModel =
    'model' in written.values || environment.secret('ANTHROPIC_API_KEY') !== null;
  const variables = overlay(written, environment);
  if (!asksForModel) written.values = { ...written.values, model: undefined };
  if (written.file !== null) return validate(settingsSchema, written, variables);
  return { shop: sandboxShop, mailboxes: [], ...validate(sandboxSchema, written, variables) };
}

/**
 * Reads, checks and freezes the settings. Without a settings file they describe the sandbox.
 *
 * @throws ReplywrightError `config_unreadable`, `config_malformed`, `config_unknown_key`,
 *   `config_invalid` or `secret_missing`, always for the first mistake.
 */
export function loadConfig(options: LoadOptions): Config {
  const written = readFile(options);
  const folder = written.file === null ? path.resolve(options.cwd) : path.dirname(written.file);
  const environment = openEnvironment(folder, options.env);
  const settings = settingsOf(written, environment);
  refuseTwins(written, settings.mailboxes);
  const { shop, prompt } = settings;
  const surroundings = { folder, environment, shopName: shop.name, prompt };
  return deepFreeze({
    sandbox: written.file === null,
    file: written.file,
    folder,
    shop: settings.shop,
    data: path.resolve(folder, settings.data),
    databaseUrl: databaseUrlOf(environment),
    key: keyOf(environment),
    prompts: folderOr(folder, settings.prompts, 'prompts'),
    policies: folderOr(folder, settings.policies, 'policies'),
    prompt: settings.prompt,
    context: completeContext(settings.context, surroundings),
    learning: settings.learning,
    limits: settings.limits,
    attachments: settings.attachments,
    mailboxes: settings.mailboxes.map((mailbox) => completeMailbox(mailbox, surroundings)),
    model: modelOf(settings.model, environment),
    responders: completeResponders(written, settings, (responder) =>
      modelOf(settings.model, environment, responder),
    ),
    budget: settings.model?.budget ?? { perDayUsd: null, perMailUsd: null },
    desk: settings.desk,
    log: { level: settings.log.level ?? null },
  });
}
