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
  /** The values that a log may name: a place in the settings, nothing that a person wrote there. */
  places?: readonly string[];
  /** True when nothing was tried: waiting for its end is no attempt, and no number of them too many. */
  waits?: boolean;
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
    places: ['line', 'column'],
  },
  config_unknown_key: {
    happened: 'The settings file {file} has an unknown key "{key}" at line {line}.',
    kept: 'Nothing was started or changed.',
    mend: '{hint}',
    places: ['key', 'line'],
  },
  config_invalid: {
    happened: 'The setting {key} is not valid: {detail}.',
    kept: 'Nothing was started or changed.',
    mend: 'Correct it in {file}; docs/settings.md says what each setting means.',
    places: ['key'],
  },
  secret_missing: {
    happened: 'The secret {name} is not set.',
    kept: 'Nothing was started or changed.',
    mend: 'Put it into the environment or .env, or its path into {name}_FILE.',
    places: ['name'],
  },
  prompt_missing: {
    happened: 'The prompt version {version} does not exist.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Set `prompt` to one of: {known}.',
    transient: true,
    places: ['version'],
  },
  prompt_front_matter: {
    happened: 'The front matter of {file} is broken at line {line}, column {column}: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Correct that line; the front matter is YAML between two lines of three dashes.',
    transient: true,
  },
  prompt_template: {
    happened: 'The template {file} is broken at line {line}, column {column}: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: '{hint}',
    transient: true,
  },
  prompt_changed: {
    happened: 'The released prompt version {version} was changed after its release.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Restore the file, or save the change as a new version.',
    transient: true,
  },
  principles_missing: {
    happened: 'The principles in {file} cannot be used: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Write what every reply is held against into that file, or turn `critique` off.',
    transient: true,
  },
  released_invalid: {
    happened: 'The list of released prompts {file} is not valid: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Restore the file; it maps each released version to the SHA-256 of its file.',
    transient: true,
  },
  prompt_released_already: {
    happened: 'The prompt version {version} is released already.',
    kept: 'Nothing was changed; a released version never changes.',
    mend: 'To change it, copy {file} under a new version name and edit the copy.',
  },
  rollback_impossible: {
    happened: 'There is no version to go back to: {detail}.',
    kept: 'Nothing was changed.',
    mend: '{hint}',
  },
  house_style_invalid: {
    happened: 'The house style {file} cannot be used: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Correct or shorten it; rules of the shop belong into its policies.',
    transient: true,
  },
  policy_invalid: {
    happened: 'The policy {file} is broken at line {line}: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Correct that line; sections look like "## Heading {#section-id}".',
    transient: true,
  },
  examples_invalid: {
    happened: 'The examples file {file} is not valid: {detail}.',
    kept: 'Mail is still taken in; nothing is drafted.',
    mend: 'Correct the example it names.',
    transient: true,
  },
  example_refused: {
    happened: 'The examples were not changed: {detail}.',
    kept: 'What is there stays as it was.',
    mend: '{hint}',
  },
  order_source_failed: {
    happened: 'The source of order facts "{source}" is of no use now: {detail}.',
    kept: 'Drafts are made without what it knows, and say so.',
    mend: 'Look at its server or file, and at its entry under `context.sources`, then run `npx replywright doctor`.',
    transient: true,
  },
  folder_unreadable: {
    happened: 'The folder {folder} cannot be read or written: {detail}.',
    kept: 'What lies in it is untouched.',
    mend: 'Create the folder or give this user the right to read and write it.',
    transient: true,
  },
  archive_unreadable: {
    happened: 'The archive {place} cannot be read: {detail}.',
    kept: 'It is untouched, and what was imported before stays.',
    mend: 'Correct the path, or its rights, and run the same command again: it goes on where it stopped.',
  },
  mails_waiting: {
    happened: 'Mails that cannot be taken in wait in {mailbox}: {count}.',
    kept: 'They stay where they are, and other mail comes in.',
    mend: 'The log names each and says why; in a folder, let this user read and move them.',
    transient: true,
  },
  imap_credentials: {
    happened: 'The mail server {host} refuses the user name or password of {mailbox}.',
    kept: 'Mail waits on the server; nothing is lost.',
    mend: 'Correct the password (many providers want an app password), then run `npx replywright doctor`.',
    transient: true,
  },
  imap_unreachable: {
    happened: 'The mail server {host} cannot be reached: {detail}.',
    kept: 'Mail waits on the server; nothing is lost.',
    mend: 'Check host, port and network; a running Replywright tries again by itself.',
    transient: true,
  },
  imap_certificate: {
    happened: 'The certificate of the mail server {host} is not trusted: {detail}.',
    kept: 'No password was sent; mail waits on the server.',
    mend: 'Use the host name on the certificate, or name its authority in `imap.caFile`.',
    transient: true,
  },
  ca_file_unusable: {
    happened: 'The file {file} with a certificate authority cannot be used: {detail}.',
    kept: 'No password was sent; mail on the server and approved replies wait.',
    mend: 'Correct the path in `imap.caFile` or `smtp.caFile`, or make it readable for this user; it holds a certificate in PEM form.',
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
    mend: 'Usually a limit on connections or logins; a running Replywright tries again, more slowly.',
    transient: true,
  },
  mailbox_trouble: {
    happened: '{detail} No mail comes in since {since}; the server was last heard: {contact}.',
    kept: 'Mail waits on the server; nothing is lost.',
    mend: 'Do what it says; it is tried again {next}, or at once with "Check now" on the desk.',
    transient: true,
  },
  smtp_credentials: {
    happened: 'The outgoing mail server {host} refuses the user name or password.',
    kept: 'Approved replies are kept and wait.',
    mend: 'Correct the SMTP password, then run `npx replywright doctor`.',
    transient: true,
  },
  smtp_unreachable: {
    happened: 'The outgoing mail server {host} cannot be reached: {detail}.',
    kept: 'Approved replies are kept and wait.',
    mend: 'Check host, port and network; a running Replywright tries again by itself.',
    transient: true,
  },
  smtp_certificate: {
    happened: 'The certificate of the outgoing mail server {host} is not trusted: {detail}.',
    kept: 'No password was sent; approved replies are kept and wait.',
    mend: 'Use the host name on the certificate, or name its authority in `smtp.caFile`.',
    transient: true,
  },
  dkim_key_unusable: {
    happened: 'The DKIM key {file} of the mailbox {name} cannot be used: {detail}.',
    kept: 'Nothing was started or changed.',
    mend: 'Make one with `openssl genrsa -out {file} 2048` and publish its public half, or remove `dkim` from that mailbox.',
    places: ['name'],
  },
  dkim_not_published: {
    happened:
      'Replies are signed for {domain} with a key that the DNS does not publish under {record}: {detail}.',
    kept: 'Replies still go out; their signature counts as wrong.',
    mend: 'Publish the public half of the key there (docs/mailboxes.md says how), or remove `dkim` from that mailbox. A record that was changed may take a day to be seen everywhere.',
  },
  dkim_failed: {
    happened: 'A reply could not be signed for {domain} with the DKIM key of its mailbox.',
    kept: 'The approved reply is kept; nothing was sent.',
    mend: 'Run `npx replywright doctor`, mend or remove `dkim` of that mailbox, then send the reply again.',
  },
  oauth_missing: {
    happened: 'The mailbox {mailbox} has no OAuth token yet.',
    kept: 'Mail waits on the server, approved replies wait here; nothing is lost.',
    mend: 'Run `npx replywright connect {provider} --mailbox {mailbox}`.',
    transient: true,
  },
  oauth_expired: {
    happened: 'The access that {mailbox} was granted by OAuth has expired or was taken back.',
    kept: 'Mail waits on the server, approved replies wait here; nothing is lost.',
    mend: 'Run `npx replywright connect {provider} --mailbox {mailbox}` again; no restart is needed.',
    transient: true,
  },
  oauth_unreachable: {
    happened: 'No token could be had for {mailbox} from {host}: {detail}.',
    kept: 'Mail waits on the server, approved replies wait here; nothing is lost.',
    mend: 'Nothing to do if it passes: it is tried again. If it lasts, check the network and `oauth.tokenUrl`.',
    transient: true,
  },
  oauth_refused: {
    happened: 'The provider {host} refuses to give {mailbox} a token: {detail}.',
    kept: 'Mail waits on the server, approved replies wait here; nothing is lost.',
    mend: 'Check `oauth.clientId` and the secret that belongs to it, then run `npx replywright doctor`.',
    transient: true,
  },
  oauth_token_refused: {
    happened: 'The mail server {host} refuses the login of {user}, though the token is new.',
    kept: 'Mail waits on the server, approved replies wait here; nothing is lost.',
    mend: 'Check that `user` is the account that granted access, and that the provider allows IMAP and SMTP for it; then run `npx replywright connect` again.',
    transient: true,
  },
  oauth_key: {
    happened: 'The stored token of {mailbox} cannot be opened: {detail}.',
    kept: 'Mail waits on the server, approved replies wait here; nothing is lost.',
    mend: 'Restore REPLYWRIGHT_KEY or `secret.key` in the data folder, or run `npx replywright connect {provider} --mailbox {mailbox}` again.',
    transient: true,
  },
  oauth_not_granted: {
    happened: 'Access was not granted: {detail}.',
    kept: 'Nothing was stored or changed.',
    mend: 'Run the command again and grant access on the page it opens.',
  },
  mail_unparsable: {
    happened: 'This mail cannot be read: {detail}.',
    kept: 'Its bytes are stored as they came.',
    mend: 'Download the original and answer it by hand. After an upgrade, press Read again.',
  },
  mail_not_filed: {
    happened: 'This mail was read, but filing it failed again and again: {detail}.',
    kept: 'Its bytes are stored as they came.',
    mend: 'The log says more (`job_failed`). Once the cause is mended, for instance by an upgrade, press Read again; or answer it by hand.',
  },
  mail_file_unreadable: {
    happened: 'The mail {file} cannot be read: {detail}.',
    kept: 'Nothing was changed.',
    mend: 'Name a file with one mail (.eml) that this user may read, or - for standard input.',
  },
  model_credentials: {
    happened: 'The model endpoint {endpoint} refuses the key ({status}).',
    kept: 'Nothing is lost; mail that was taken in waits for its draft.',
    mend: 'Set a valid ANTHROPIC_API_KEY and start again.',
    transient: true,
  },
  model_billing: {
    happened:
      'The model endpoint {endpoint} has reached a spend limit or wants a payment ({status}).',
    kept: 'Nothing is lost; mail that was taken in waits for its draft.',
    mend: 'Settle the bill or raise the spend limit at the provider.',
    transient: true,
  },
  model_rate_limited: {
    happened: 'The model endpoint {endpoint} asks us to slow down (429).',
    kept: 'Nothing is lost; mail that was taken in waits for its draft.',
    mend: 'Wait: a running Replywright tries again by itself. If it lasts, raise the limit at the provider.',
    transient: true,
  },
  model_overloaded: {
    happened: 'The model endpoint {endpoint} is overloaded ({status}).',
    kept: 'Nothing is lost; mail that was taken in waits for its draft.',
    mend: 'Wait: a running Replywright tries again by itself.',
    transient: true,
  },
  model_timeout: {
    happened: 'The model endpoint {endpoint} did not answer within {seconds} s.',
    kept: 'Nothing is lost; mail that was taken in waits for its draft.',
    mend: 'Raise `model.timeoutSeconds` for a slow server; a running Replywright tries again by itself.',
    transient: true,
  },
  model_stalled: {
    happened:
      'The model endpoint {endpoint} fell silent for {seconds} s in the middle of its answer.',
    kept: 'Nothing is lost; mail that was taken in waits for its draft.',
    mend: 'Raise `model.idleSeconds` for a slow server; a running Replywright tries again by itself.',
    transient: true,
  },
  model_resting: {
    happened:
      'The model endpoint {endpoint} failed {failures} times in a row, the last time so: {last}.',
    kept: 'Nothing is lost; mail that was taken in waits for its draft.',
    mend: '{mend} The endpoint is left alone for a while and then tried with one call at a time.',
    transient: true,
    waits: true,
  },
  budget_day: {
    happened:
      'Another call to the model could exceed the budget of {limit} for today: {spent} of it is spent or held back.',
    kept: 'Nothing is lost; mail that was taken in waits for its draft.',
    mend: 'Wait until tomorrow (UTC), raise `model.budget.perDayUsd`, or answer by hand.',
    transient: true,
    waits: true,
  },
  budget_mail: {
    happened:
      'Another call to the model could exceed the budget of {limit} for one mail: {spent} of it is spent or held back.',
    kept: 'Nothing is lost; the mail can be answered by hand.',
    mend: 'Answer it by hand, or raise `model.budget.perMailUsd` and ask for another draft.',
  },
  budget_too_small: {
    happened:
      'One call to the model can cost {worst}, which is more than the whole budget of {limit} in `{setting}`.',
    kept: 'Nothing is lost; the mail can be answered by hand.',
    mend: 'Raise that budget, lower `model.maxTokens`, or choose a cheaper model.',
  },
  model_unreachable: {
    happened: 'The model endpoint {endpoint} cannot be reached: {detail}.',
    kept: 'Nothing is lost; mail that was taken in waits for its draft.',
    mend: 'Check `model.baseUrl` and the network; a running Replywright tries again by itself.',
    transient: true,
  },
  model_bad_request: {
    happened: 'The model endpoint {endpoint} rejects the request ({status}): {detail}.',
    kept: 'Nothing is lost; the mail can be answered by hand.',
    mend: 'Check `model.name` and the other model settings with `npx replywright doctor`.',
  },
  model_refused: {
    happened: 'The model declined to answer this mail.',
    kept: 'Nothing is lost; the mail can be answered by hand.',
    mend: 'Read the mail and write the reply yourself.',
  },
  model_truncated: {
    happened: 'The model ran out of its {limit} tokens before the reply was complete.',
    kept: 'Nothing is lost; the mail can be answered by hand.',
    mend: 'Raise `model.maxTokens` and ask for another draft.',
  },
  model_garbage: {
    happened: 'The model answered, but not in the form that was asked for: {detail}.',
    kept: 'Nothing is lost; the mail can be answered by hand.',
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
  database_missing: {
    happened: 'There is no database {where} yet.',
    kept: 'Nothing was made or changed.',
    mend: 'Run this where your settings are, or name them with --config; the first start and `npx replywright user add` make the database.',
  },
  database_not_running: {
    happened: 'No Replywright is running on {folder}, so its database is closed.',
    kept: 'The data is untouched.',
    mend: 'Start Replywright first, or set DATABASE_URL.',
  },
  data_folder_locked: {
    happened: 'Another Replywright (process {pid}) is running on {folder}.',
    kept: 'It goes on undisturbed.',
    mend: 'Go on with that one: `npx replywright user reset owner --link` prints another link that logs in. Or stop it first, or name another folder with REPLYWRIGHT_DATA.',
  },
  data_folder_foreign: {
    happened: 'The data folder {folder} holds what is not ours: {found}.',
    kept: 'Nothing in it was touched.',
    mend: 'Name a new or empty folder with `data` (REPLYWRIGHT_DATA), for example {example}.',
  },
  data_folder_unusable: {
    happened: 'The data folder {folder} cannot be used: {detail}.',
    kept: 'Nothing was started or changed.',
    mend: 'Let this user own the folder and all in it, or name another one with `data` (REPLYWRIGHT_DATA).',
  },
  disk_full: {
    happened: 'The disk is full.',
    kept: 'Everything already stored is safe; mail waits on the server.',
    mend: 'Free some space; a running Replywright goes on by itself.',
    transient: true,
  },
  port_busy: {
    happened: 'Port {port} on {host} is already in use.',
    kept: 'Nothing was started.',
    mend: 'Stop the other program, or take a free port with --port or `desk.port`; `npx replywright doctor` says whether it is a Replywright.',
  },
  port_other_desk: {
    happened: 'Port {port} on {host} is in use by another Replywright, with another data folder.',
    kept: 'It goes on undisturbed.',
    mend: 'Stop that one, or take a free port with --port or `desk.port`.',
  },
  port_forbidden: {
    happened: 'This user may not listen on port {port}.',
    kept: 'Nothing was started.',
    mend: 'Take a port from 1024 up with --port or `desk.port`; a web server in front of the desk may listen on {port}.',
  },
  host_unusable: {
    happened: 'This machine has no address {host} to listen on.',
    kept: 'Nothing was started.',
    mend: 'Set `desk.host` (REPLYWRIGHT_HOST) to 127.0.0.1 for this machine alone, or to 0.0.0.0 for its network.',
  },
  state_changed: {
    happened: 'This {what} is no longer {expected}: it is {actual}.',
    kept: 'Nothing was changed.',
    mend: 'Reload and look at it as it stands now.',
  },
  translation_unavailable: {
    happened: 'Nothing that is configured for this mailbox can translate.',
    kept: 'The mail and its draft are as they were.',
    mend: 'Configure a model, or read the mail with a translator of your own.',
  },
  label_changed: {
    happened:
      'The {label} of this draft has changed meanwhile (now: {actual}), or the draft is decided.',
    kept: 'It stays as it is.',
    mend: 'Look at it as it stands now, and correct it again if it is still wrong.',
  },
  customers_differ: {
    happened: 'These conversations are with two addresses, {first} and {second}.',
    kept: 'Nothing was changed.',
    mend: 'Say that both are one customer, if they are, and merge again.',
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
  attachments_changed: {
    happened: 'The attachments are not those that were shown to you.',
    kept: 'Nothing was sent.',
    mend: 'Look at the attachments as they stand now, then approve.',
  },
  attachment_missing: {
    happened: 'The reply speaks of an attachment, but it has none.',
    kept: 'Nothing was sent.',
    mend: 'Attach the file, or say that it goes without one.',
  },
  attachment_refused: {
    happened: 'The file {name} cannot be attached: {reason}.',
    kept: 'The reply and its other attachments are as they were.',
    mend: 'Attach something else, or put the file where the customer can download it and send the link.',
  },
  attachment_too_large: {
    happened: 'The file {name} is larger than {limit} MB.',
    kept: 'The reply and its other attachments are as they were.',
    mend: 'Attach a smaller version, or put the file where the customer can download it and send the link.',
  },
  attachments_too_large: {
    happened: 'With the file {name}, the attachments of this reply would be more than {limit} MB.',
    kept: 'The reply and its other attachments are as they were.',
    mend: 'Remove one, or put the file where the customer can download it and send the link; many mail servers refuse larger mail.',
  },
  attachments_too_many: {
    happened: 'A reply carries at most {limit} attachments; {name} would be one more.',
    kept: 'The reply and its other attachments are as they were.',
    mend: 'Remove one, or attach several files as one archive.',
  },
  mail_too_large: {
    happened:
      'The mail server refuses this reply because of its size: it is {size} with its attachments, and the server says "{said}".',
    kept: 'Nothing was sent; the reply and its attachments are kept.',
    mend: 'Give it up, then remove attachments or make them smaller, and approve it again.',
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
    mend: 'Put the mailbox back into replywright.yaml; no restart is needed.',
    transient: true,
  },
  responder_unknown: {
    happened: 'The settings name no responder "{name}".',
    kept: 'Nothing was changed.',
    mend: '{hint}',
  },
  call_damaged: {
    happened: 'What is kept of this request no longer gives the bytes that were sent.',
    kept: 'The draft itself is kept.',
    mend: 'The database was changed from outside; restore it from a backup.',
  },
  rollout_invalid: {
    happened: 'These shares cannot be set: {detail}.',
    kept: 'The rollout of {mailbox} is as it was.',
    mend: 'Give shares as NAME=PERCENT, together at most 100; the rest goes to the responder of the mailbox.',
  },
  rollout_no_earlier: {
    happened: 'The mailbox {mailbox} has no earlier rollout to go back to: its settings decide.',
    kept: 'Nothing was changed.',
    mend: 'See `npx replywright rollout show` for what is in force.',
  },
  no_recipient: {
    happened: 'This mail has no address that a reply could go to.',
    kept: 'Nothing was sent.',
    mend: 'Answer it from your mail program; if it has a draft, reject that.',
  },
  undo_too_late: {
    happened: 'This can no longer be taken back: the reply is {state}.',
    kept: 'The conversation shows what became of it.',
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
    mend: 'Choose another name, or run `npx replywright user reset {name}`.',
  },
  user_invalid: {
    happened: 'This user cannot be saved: {detail}.',
    kept: 'Nothing was changed.',
    mend: 'Correct it and try again.',
  },
  user_unknown: {
    happened: 'There is no user {name}.',
    kept: 'Nothing was changed.',
    mend: 'There is: {known}; `npx replywright user add NAME` makes another.',
  },
  output_unwritable: {
    happened: 'The file {file} cannot be written: {detail}.',
    kept: 'The records are kept in the database, and no file was changed.',
    mend: 'Name another file with --out, or let this user write there.',
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
  argument_unknown: {
    happened: '{detail}.',
    kept: 'Nothing was changed.',
    mend: 'Did you mean {meant}? Or see --help.',
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

/** Without the character zero, which foreign words may hold and no column of the database does. */
function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  const value = (name: string, whole: string) => String(values[name] ?? whole).replaceAll('\0', '');
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => value(name, whole));
}

/** A failure from the catalogue. `message` is what happened; `kept` and `mend` complete it. */
export class ReplywrightError extends Error {
  readonly code: ErrorCode;
  readonly kept: string;
  readonly mend: string;
  readonly transient: boolean;
  /** Where in the settings it lies, as far as a log may say so. */
  readonly places: Readonly<Record<string, string | number>>;
  readonly waits: boolean;
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
    this.places = Object.fromEntries(
      (errorCatalogue[code].places ?? []).flatMap((name) => {
        const value = values[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    this.waits = errorCatalogue[code].waits ?? false;
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
