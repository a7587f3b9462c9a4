/** OAuth in a mailbox's settings, complete: the provider's addresses, scopes and habits filled in. */
import type * as z from 'zod';
import type { Environment } from './environment.ts';
import type { OAuthProvider, oauthSchema } from './oauth-schema.ts';
import { clientSecretName } from './secrets.ts';

/** Whom tokens come from, and as whom we ask. */
export interface OAuthClient {
  provider: OAuthProvider;
  authorizeUrl: string;
  tokenUrl: string;
  /** What the server calls itself in its answers (RFC 9207); null where nobody knows. */
  issuer: string | null;
  scopes: readonly string[];
  /** Null where only `replywright connect` is given one. */
  clientId: string | null;
  clientSecret: string | null;
  /** What the provider wants in the link, beyond the standard. */
  parameters: Readonly<Record<string, string>>;
  /** The host under which the provider lets a program on this machine be called back. */
  redirectHost: '127.0.0.1' | 'localhost';
}

type Known = Omit<OAuthClient, 'provider' | 'clientId' | 'clientSecret'>;

const known: Readonly<Record<OAuthProvider, Known>> = {
  gmail: {
    authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    issuer: 'https://accounts.google.com',
    scopes: ['https://mail.google.com/'],
    // Without both, Google gives a refresh token only at the very first consent.
    parameters: { access_type: 'offline', prompt: 'consent' },
    redirectHost: '127.0.0.1',
  },
  microsoft: {
    authorizeUrl: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
    tokenUrl: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
    // It names the tenant, which is known only afterwards.
    issuer: null,
    scopes: [
      'https://outlook.office.com/IMAP.AccessAsUser.All',
      'https://outlook.office.com/SMTP.Send',
      'offline_access',
    ],
    parameters: { prompt: 'select_account' },
    // The portal takes `http://localhost` with any port, and no address in its place.
    redirectHost: 'localhost',
  },
  generic: {
    authorizeUrl: '',
    tokenUrl: '',
    issuer: null,
    scopes: [],
    parameters: {},
    redirectHost: '127.0.0.1',
  },
};

/** @param mailbox names the secret of the client. */
export function oauthClient(
  mailbox: string,
  written: z.output<typeof oauthSchema>,
  environment: Environment,
): OAuthClient {
  const usual = known[written.provider];
  return {
    ...usual,
    provider: written.provider,
    authorizeUrl: written.authorizeUrl ?? usual.authorizeUrl,
    tokenUrl: written.tokenUrl ?? usual.tokenUrl,
    scopes: written.scopes ?? usual.scopes,
    clientId: written.clientId ?? null,
    clientSecret: environment.secret(clientSecretName(mailbox)),
  };
}
