/** Opening a watched mailbox: an IMAP folder or a folder of .eml files, behind one interface. */

import type { Log } from '../log.ts';
import { openFolder } from './folder.ts';
import { openImap } from './imap.ts';
import type { MailSource, SourceSettings } from './watched.ts';

/** Opens the mailbox of the settings. Connects at the first scan, so it never throws. */
export function openSource(settings: SourceSettings, log: Log): MailSource {
  return settings.kind === 'imap' ? openImap(settings.imap, log) : openFolder(settings.path, log);
}
