/**
 * The error catalogue: what happened, what was kept safe, and what to do, for every failure.
 *
 * Longer than 300 lines because it is one table, and a table is read best in one piece.
 */

interface Entry {
  /** What happened, one sentence; `{name}` is replaced by the value of that name. */
  happened: string;
  /** What was kept safe. */
  kept: string;
  /** How to mend it. */
  mend: string;
  /** True when the same call may well succeed later without anyone's help. */
  transient?: boolean;
}

const entries = {
  config_unreadable: {
    happened: 'The settings file {file} cannot be read: {detail}.',
    kept: 'Nothing was started or changed.',
    mend: 'Make the file readable for this user, or name another one with --config.',
  },
  config_malformed: {
    happened:
      'The settings file {file} is not valid YAML at line {line}, column {column}: {detail}.',
    kept: 'Nothing was started or changed.',
    mend: 'Correct that line; replywright.example.yaml shows every setting.',
  },
  config_unknown_key: {
    happened: 'The settings file {file} has an unknown key "{key}" at line {line}.',
    kept: 'Nothing was started or changed.',
    mend: '{hint}',
  },
  config_invalid: {
    happened: 'The setting {key} is not valid: {detail}.',
    kept: 'Nothing was started or changed.',
    mend: 'Correct it in {file}; docs/settings.md says what each setting means.',
  },
  secret_missing: {
    happened: 'The secret {name} is not set.',
    kept: 'Nothing was started or changed.',
    mend: 'Put it into the environment or .env, or its path into {name}_FILE.',
  },
  prompt_missing: {
    happened: 'The prompt version {version} does not exist.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Set `prompt` to one of: {known}.',
  },
  prompt_front_matter: {
    happened: 'The front matter of {file} is broken at line {line}: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Correct that line; the front matter is YAML between two lines of three dashes.',
  },
  prompt_template: {
    happened: 'The template {file} is broken at line {line}: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: '{hint}',
  },
  prompt_changed: {
    happened: 'The released prompt version {version} was changed after its release.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Restore the file, or save the change as a new version.',
  },
  released_invalid: {
    happened: 'The list of released prompts {file} is not valid: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Restore the file; it maps each released version to the SHA-256 of its file.',
  },
  policy_invalid: {
    happened: 'The policy {file} is broken at line {line}: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Correct that line; sections look like "## Heading {#section-id}".',
  },
  examples_invalid: {
    happened: 'The examples file {file} is not valid: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Correct the example it names.',
  },
  folder_unreadable: {
    happened: 'The folder {folder} cannot be read or written: {detail}.',
    kept: 'The mails in it are untouched.',
    mend: 'Create the folder or give this user the right to read and write it.',
    transient: true,
  },
  imap_credentials: {
    happened: 'The mail server {host} refuses the user name or password of {mailbox}.',
    kept: 'Mail waits on the server; nothing is lost.',
    mend: 'Correct the password (many providers want an app password), then run `replywright doctor`.',
    transient: true,
  },
  imap_unreachable: {
    happened: 'The mail server {host} cannot be reached: {detail}.',
    kept: 'Mail waits on the server; nothing is lost.',
    mend: 'Check host, port and network; Replywright keeps trying.',
    transient: true,
  },
  imap_certificate: {
    happened: 'The certificate of the mail server {host} is not trusted: {detail}.',
    kept: 'No password was sent; mail waits on the server.',
    mend: 'Use the host name on the certificate, or name its authority in `imap.caFile`.',
    transient: true,
  },
  imap_no_folder: {
    happened: 'The mailbox {mailbox} has no folder "{folder}".',
    kept: 'Mail waits on the server; nothing is lost.',
    mend: 'Set `imap.folder` to one of: {known}.',
    transient: true,
  },
  imap_refused: {
    happened: 'The mail server {host} refuses the connection for now: {detail}.',
    kept: 'Mail waits on the server; nothing is lost.',
    mend: 'Usually a limit on connections or logins; Replywright keeps trying, more slowly.',
    transient: true,
  },
  smtp_credentials: {
    happened: 'The outgoing mail server {host} refuses the user name or password.',
    kept: 'Approved replies are kept and wait.',
    mend: 'Correct the SMTP password, then run `replywright doctor`.',
    transient: true,
  },
  smtp_unreachable: {
    happened: 'The outgoing mail server {host} cannot be reached: {detail}.',
    kept: 'Approved replies are kept and wait.',
    mend: 'Check host, port and network; Replywright keeps trying.',
    transient: true,
  },
  smtp_certificate: {
    happened: 'The certificate of the outgoing mail server {host} is not trusted: {detail}.',
    kept: 'No password was sent; approved replies are kept and wait.',
    mend: 'Use the host name on the certificate, or name its authority in `smtp.caFile`.',
    transient: true,
  },
  mail_unparsable: {
    happened: 'This mail cannot be read: {detail}.',
    kept: 'Its bytes are stored as they came.',
    mend: 'Download the original and answer it by hand.',
  },
  model_credentials: {
    happened: 'The model endpoint {endpoint} refuses the key ({status}).',
    kept: 'The mail is stored; its draft waits.',
    mend: 'Set a valid ANTHROPIC_API_KEY and start again.',
    transient: true,
  },
  model_billing: {
    happened:
      'The model endpoint {endpoint} has reached a spend limit or wants a payment ({status}).',
    kept: 'The mail is stored; its draft waits.',
    mend: 'Settle the bill or raise the spend limit at the provider.',
    transient: true,
  },
  model_rate_limited: {
    happened: 'The model endpoint {endpoint} asks us to slow down (429).',
    kept: 'The mail is stored; its draft waits.',
    mend: 'Nothing to do: it is tried again. If it lasts, raise the limit at the provider.',
    transient: true,
  },
  model_overloaded: {
    happened: 'The model endpoint {endpoint} is overloaded ({status}).',
    kept: 'The mail is stored; its draft waits.',
    mend: 'Nothing to do: it is tried again.',
    transient: true,
  },
  model_timeout: {
    happened: 'The model endpoint {endpoint} did not answer within {seconds} s.',
    kept: 'The mail is stored; its draft waits.',
    mend: 'It is tried again; raise `model.timeoutSeconds` for a slow server.',
    transient: true,
  },
  model_unreachable: {
    happened: 'The model endpoint {endpoint} cannot be reached: {detail}.',
    kept: 'The mail is stored; its draft waits.',
    mend: 'Check `model.baseUrl` and the network; it is tried again.',
    transient: true,
  },
  model_bad_request: {
    happened: 'The model endpoint {endpoint} rejects the request ({status}): {detail}.',
    kept: 'The mail is stored and can be answered by hand.',
    mend: 'Check `model.name` and the other model settings with `replywright doctor`.',
  },
  model_refused: {
    happened: 'The model declined to answer this mail.',
    kept: 'The mail is stored and can be answered by hand.',
    mend: 'Read the mail and write the reply yourself.',
  },
  model_truncated: {
    happened: 'The model ran out of its {limit} tokens before the reply was complete.',
    kept: 'The mail is stored and can be answered by hand.',
    mend: 'Raise `model.maxTokens` and ask for another draft.',
  },
  model_garbage: {
    happened: 'The model answered, but not in the form that was asked for: {detail}.',
    kept: 'The mail is stored and can be answered by hand.',
    mend: 'Ask for another draft; if it lasts, try another model.',
  },
  database_unreachable: {
    happened: 'The database cannot be reached: {detail}.',
    kept: 'Everything already stored is safe; mail waits on the server.',
    mend: 'Check DATABASE_URL and that the server runs.',
    transient: true,
  },
  database_server_failed: {
    happened: 'The built-in database server does not start: {detail}.',
    kept: 'The data in {folder} is untouched.',
    mend: '{hint}',
  },
  database_platform: {
    happened: 'There is no built-in database for this platform ({platform}).',
    kept: 'Nothing was started or changed.',
    mend: 'Set DATABASE_URL to a PostgreSQL 15 or newer.',
  },
  database_version: {
    happened:
      'The data in {folder} was written by PostgreSQL {found}; this program brings {expected}.',
    kept: 'The data is untouched.',
    mend: 'Start the version of Replywright that wrote it and move the data with pg_dump.',
  },
  database_newer: {
    happened: 'The database was written by a newer Replywright (migration {migration}).',
    kept: 'The data is untouched.',
    mend: 'Start that version or a newer one.',
  },
  database_not_running: {
    happened: 'No Replywright is running on {folder}, so its database is closed.',
    kept: 'The data is untouched.',
    mend: 'Start Replywright first, or set DATABASE_URL.',
  },
  data_folder_locked: {
    happened: 'Another Replywright (process {pid}) is running on {folder}.',
    kept: 'It goes on undisturbed.',
    mend: 'Stop that one first, or name another folder with REPLYWRIGHT_DATA.',
  },
  disk_full: {
    happened: 'The disk is full.',
    kept: 'Everything already stored is safe; mail waits on the server.',
    mend: 'Free some space; Replywright goes on by itself.',
    transient: true,
  },
  port_busy: {
    happened: 'Port {port} on {host} is already in use.',
    kept: 'Nothing was started.',
    mend: 'Stop the other program, or set `desk.port` (REPLYWRIGHT_PORT) to a free one.',
  },
  state_changed: {
    happened: 'This {what} is no longer {expected}: it is {actual}.',
    kept: 'Nothing was changed.',
    mend: 'Reload and look at it as it stands now.',
  },
  draft_stale: {
    happened: 'The customer has written again since this draft was made.',
    kept: 'Nothing was sent.',
    mend: 'Read the new message; another draft is on its way.',
  },
  draft_text_changed: {
    happened: 'This draft is not the text that was shown to you.',
    kept: 'Nothing was sent.',
    mend: 'Reload and read it again before you approve.',
  },
  draft_checks_failed: {
    happened: 'This draft has failed checks.',
    kept: 'Nothing was sent.',
    mend: 'Edit the draft, or approve it with the explicit override.',
  },
  reply_empty: {
    happened: 'The reply is empty.',
    kept: 'Nothing was sent.',
    mend: 'Write the reply, then approve it.',
  },
  reply_too_long: {
    happened: 'The reply is longer than {limit} characters.',
    kept: 'Nothing was sent.',
    mend: 'Shorten it, then approve it.',
  },
  mailbox_unconfigured: {
    happened: 'The mailbox {name} is no longer in the settings.',
    kept: 'Its mail and approved replies are kept and wait.',
    mend: 'Put the mailbox back into replywright.yaml and start again.',
    transient: true,
  },
  no_recipient: {
    happened: 'This mail has no address that a reply could go to.',
    kept: 'Nothing was sent.',
    mend: 'Answer it from your mail program, then reject the draft.',
  },
  undo_too_late: {
    happened: 'The undo window is over: the reply is {state}.',
    kept: 'The conversation shows what was sent.',
    mend: 'Write to the customer again if something must be corrected.',
  },
  not_found: {
    happened: 'There is no {what} {id}.',
    kept: 'Nothing was changed.',
    mend: 'Go back to the queue.',
  },
  login_failed: {
    happened: 'The user name or password is wrong.',
    kept: 'You are not logged in.',
    mend: 'Try again, or have an administrator run `npx replywright user reset NAME`.',
  },
  login_link_used: {
    happened: 'This login link was used already or is too old.',
    kept: 'You are not logged in.',
    mend: 'Log in with your password, or get a new link with `npx replywright user reset NAME --link`; the first account is called owner.',
  },
  too_many_attempts: {
    happened: 'Too many attempts.',
    kept: 'You are not logged in.',
    mend: 'Wait a few minutes and try again.',
    transient: true,
  },
  cross_site: {
    happened: 'This request came from another site, or to a host name that is not the desk.',
    kept: 'Nothing was changed.',
    mend: 'Open the desk by its address; a name of its own must be set as `desk.publicUrl`.',
  },
  user_exists: {
    happened: 'There is already a user {name}.',
    kept: 'Nothing was changed.',
    mend: 'Choose another name, or run `replywright user reset {name}`.',
  },
  user_invalid: {
    happened: 'This user cannot be saved: {detail}.',
    kept: 'Nothing was changed.',
    mend: 'Correct it and try again.',
  },
  check_timeout: {
    happened: 'The check "{name}" did not end within {seconds} s.',
    kept: 'Nothing was changed.',
    mend: 'Check the network, or allow more time with --timeout.',
  },
  input_invalid: {
    happened: '{detail}.',
    kept: 'Nothing was changed.',
    mend: 'Correct it and send it again.',
  },
  argument_invalid: {
    happened: '{detail}.',
    kept: 'Nothing was changed.',
    mend: 'See --help.',
  },
  unexpected: {
    happened: 'Something went wrong that we did not foresee: {detail}.',
    kept: 'What was stored is safe.',
    mend: 'Try again; if it lasts, report it with the log.',
  },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof entries;

/** Every code of the catalogue, for tests and the generated documentation. */
export const errorCatalogue: Readonly<Record<ErrorCode, Entry>> = entries;

function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A failure from the catalogue. `message` is what happened; `kept` and `mend` complete it. */
export class ReplywrightError extends Error {
  readonly code: ErrorCode;
  readonly kept: string;
  readonly mend: string;
  readonly transient: boolean;
  /** How long the other side asked us to wait, in milliseconds; null when it did not. */
  readonly retryAfterMs: number | null;
  readonly #values: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    values: Readonly<Record<string, string | number>> = {},
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(fill(entries[code].happened, values), { cause: options.cause });
    this.name = 'ReplywrightError';
    this.code = code;
    this.kept = fill(entries[code].kept, values);
    this.mend = fill(entries[code].mend, values);
    this.transient = errorCatalogue[code].transient ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.#values = values;
  }

  /** The same failure, met again while it is too early for another attempt. */
  withRetryAfter(retryAfterMs: number): ReplywrightError {
    return new ReplywrightError(this.code, this.#values, { cause: this.cause, retryAfterMs });
  }
}

/**
 * True for what the database driver says when the server went away: class 08 and 57P0x of
 * PostgreSQL's appendix A, the socket's own codes, and the driver's sentence without a code.
 */
function isLostConnection(code: unknown, detail: string): boolean {
  if (typeof code === 'string' && /^(08...|57P0\d|ECONNRESET|ECONNREFUSED|EPIPE)$/.test(code))
    return true;
  return /^(Connection terminated|Client has encountered a connection error)/.test(detail);
}

/** The error itself, or `unexpected` around anything that is not from the catalogue. */
export function asReplywrightError(error: unknown): ReplywrightError {
  if (error instanceof ReplywrightError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  // ENOSPC from the file system; 53100 is PostgreSQL's disk_full (appendix A, class 53).
  if (code === 'ENOSPC' || code === '53100')
    return new ReplywrightError('disk_full', {}, { cause: error });
  const detail = error instanceof Error ? error.message : String(error);
  if (isLostConnection(code, detail))
    return new ReplywrightError('database_unreachable', { detail }, { cause: error });
  return new ReplywrightError('unexpected', { detail }, { cause: error });
}

/** What happened, what was kept safe and what to do, as one paragraph. */
export function explain(error: ReplywrightError): string {
  return `${error.message} ${error.kept} ${error.mend}`;
}
