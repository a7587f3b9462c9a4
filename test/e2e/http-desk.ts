/** The desk over HTTP, as a browser speaks to it, for tests in which nobody needs to look at a page. */
import { createHash } from 'node:crypto';
import type { Product } from '../support/product.ts';

/** Where a desk is, in whatever process. */
type Place = Pick<Product, 'url'> & Partial<Pick<Product, 'loginLink'>>;

export interface ShownDraft {
  id: number;
  messageId: number;
  reply: string;
  /** Names the files that were shown with it; none when left out. */
  enclosuresSha256?: string;
}

/** A form sent as from the desk's own page. */
async function post(product: Place, address: string, form: object, cookie = ''): Promise<Response> {
  return await fetch(new URL(address, product.url), {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: product.url, cookie },
    body: new URLSearchParams(Object.entries(form)),
  });
}

/** Logs in with the link. @returns the session's cookie, which outlives the process */
export async function logIn(product: Place): Promise<string> {
  const response = await post(product, product.loginLink ?? '', {});
  const cookie = response.headers.get('set-cookie')?.split(';')[0];
  if (response.status !== 303 || cookie === undefined)
    throw new Error(`The login link was answered with ${response.status}.`);
  return cookie;
}

/** Attaches a file to the reply to a draft. @returns the status; 303 when it is attached */
export async function attach(
  product: Product,
  cookie: string,
  { id }: Pick<ShownDraft, 'id'>,
  file: File,
): Promise<number> {
  const body = new FormData();
  body.append('view', 'approve');
  body.append('files', file);
  const { status } = await fetch(new URL(`/drafts/${id}/enclosures`, product.url), {
    ...{ method: 'POST', redirect: 'manual', body },
    headers: { origin: product.url, cookie },
  });
  return status;
}

/** Approves the draft with `text` in its place. @returns the status; 303 when it is approved */
export async function approve(
  product: Product,
  cookie: string,
  { id, messageId, reply, enclosuresSha256 }: ShownDraft,
  text: string,
): Promise<number> {
  const shownSha256 = createHash('sha256').update(reply).digest('hex');
  const form = { text, lastMessageId: String(messageId), shownSha256, view: 'approve', next: '' };
  const files = enclosuresSha256 === undefined ? {} : { enclosuresSha256 };
  return (await post(product, `/drafts/${id}/approve`, { ...form, ...files }, cookie)).status;
}
