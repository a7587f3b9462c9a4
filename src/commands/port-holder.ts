/** Who holds a port that is busy: the Replywright of this folder, another one, or a stranger. */
import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { deskUrl, instanceOf } from '../web/desk-url.ts';

type DeskSettings = Pick<Config, 'desk' | 'data'>;

/** The desk on that port, by what it says at /healthz; null when there is none of ours. */
async function deskOn(host: string, port: number): Promise<{ instance: unknown } | null> {
  const signal = AbortSignal.timeout(3000);
  try {
    const response = await fetch(`${deskUrl({ host, publicUrl: null }, port)}/healthz`, { signal });
    const health = (await response.json()) as Record<string, unknown>;
    const ours = ['version', 'database', 'mailboxes'].every((key) => key in health);
    return ours ? { instance: health.instance } : null;
  } catch {
    // Whatever it is, it does not talk like a desk.
    return null;
  }
}

/** Who answers on the desk's port: `ours` is the Replywright of this data folder. */
export async function portHolder({
  desk: { host, port },
  data,
}: DeskSettings): Promise<'ours' | 'other' | 'stranger'> {
  const desk = await deskOn(host, port);
  if (desk === null) return 'stranger';
  return desk.instance === instanceOf(data) ? 'ours' : 'other';
}

/**
 * What a start that found its port busy is told.
 *
 * @param cause `port_busy`.
 * @returns `data_folder_locked` or `port_other_desk` when a Replywright has the port, else `cause`.
 */
export async function busyPort(
  settings: DeskSettings & Pick<Config, 'databaseUrl'>,
  cause: ReplywrightError,
): Promise<ReplywrightError> {
  const holder = await portHolder(settings);
  if (holder === 'stranger') return cause;
  const { host, port } = settings.desk;
  if (holder === 'other') return new ReplywrightError('port_other_desk', { host, port }, { cause });
  const { folderHolder } = await import('../storage/open.ts');
  const pid = settings.databaseUrl === null ? await folderHolder(settings.data) : null;
  const named = { pid: pid ?? 'unknown', folder: settings.data };
  return new ReplywrightError('data_folder_locked', named, { cause });
}
