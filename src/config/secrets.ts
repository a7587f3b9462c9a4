/** The secrets: what never stands in replywright.yaml, but in the environment, .env or a file. */

interface Secret {
  name: string;
  meaning: string;
}

/** Every secret, for the documentation; `<NAME>` is a mailbox's or a responder's name in capitals. */
export const secrets: readonly Secret[] = [
  { name: 'ANTHROPIC_API_KEY', meaning: 'The key for the model.' },
  {
    name: 'REPLYWRIGHT_<NAME>_MODEL_KEY',
    meaning: 'The key for the model of a responder with a name.',
  },
  { name: 'REPLYWRIGHT_<NAME>_IMAP_PASSWORD', meaning: 'The IMAP password of a mailbox.' },
  {
    name: 'REPLYWRIGHT_<NAME>_SMTP_PASSWORD',
    meaning: 'The SMTP password of a mailbox; without it, that of IMAP is used.',
  },
  {
    name: 'REPLYWRIGHT_<NAME>_OAUTH_SECRET',
    meaning: 'The client secret of a mailbox that logs in by OAuth, where the provider gave one.',
  },
  {
    name: 'REPLYWRIGHT_KEY',
    meaning:
      'What encrypts stored OAuth tokens, at least 32 characters; without it, the file `secret.key` in the data folder, which is made when it is first needed.',
  },
  {
    name: 'DATABASE_URL',
    meaning:
      'A PostgreSQL 15 or newer, `postgres://user:password@host/name`, instead of the built-in one.',
  },
];

const inCapitals = (name: string) => name.toUpperCase().replaceAll('-', '_');

/** The environment variable that holds a mailbox's password. */
export function passwordName(mailbox: string, protocol: 'IMAP' | 'SMTP'): string {
  return `REPLYWRIGHT_${inCapitals(mailbox)}_${protocol}_PASSWORD`;
}

/** The environment variable that holds the secret of a mailbox's OAuth client. */
export function clientSecretName(mailbox: string): string {
  return `REPLYWRIGHT_${inCapitals(mailbox)}_OAUTH_SECRET`;
}

/** The environment variable that holds the key for a responder's model. */
export function modelKeyName(responder: string): string {
  return `REPLYWRIGHT_${inCapitals(responder)}_MODEL_KEY`;
}
