/** The part of `setup` for providers that take no passwords: it asks whom Replywright is registered as. */
import type { Asker } from './asker.ts';
import type { Provider } from './providers.ts';

/**
 * The settings of a mailbox that logs in by OAuth. Nothing is tried: access is granted afterwards, by
 * `replywright connect`.
 */
export async function askOAuth(
  asker: Asker,
  known: { name: string; address: string; firstScan: 'new' | 'all'; provider: Provider },
): Promise<Record<string, unknown>> {
  const { name, address, firstScan, provider } = known;
  const clientId = await asker.text('oauthClientId', 'Application (client) id of the registration');
  return {
    name,
    address,
    oauth: { provider: provider.oauth, clientId },
    imap: { ...provider.imap, user: address, auth: 'oauth', folder: 'INBOX', firstScan },
    smtp: { ...provider.smtp, user: address, auth: 'oauth' },
  };
}
