/** The worker thread that reads the text of PDFs: one at a time, the answer as plain data. */

import { parentPort } from 'node:worker_threads';
import { getDocumentProxy } from 'unpdf';

export interface PdfRequest {
  raw: Uint8Array;
}

/** The text of the first pages, and how many there are; or why there is none. */
export type PdfAnswer = { pages: number; texts: string[] } | { unreadable: 'locked' | 'broken' };

/** Pages that are read, and characters of each. */
const mostPages = 5;
const longestPage = 20_000;

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof getDocumentProxy>>['getPage']>>;

async function textOf(page: Page): Promise<string> {
  const { items } = await page.getTextContent();
  let text = '';
  for (const item of items) {
    if (!('str' in item)) continue;
    text += item.str + (item.hasEOL ? '\n' : '');
    if (text.length > longestPage) break;
  }
  return text.slice(0, longestPage).trim();
}

async function read({ raw }: PdfRequest): Promise<PdfAnswer> {
  // Nothing is drawn, nothing is fetched, no code is made out of fonts.
  const document = await getDocumentProxy(raw, {
    disableFontFace: true,
    enableXfa: false,
    isOffscreenCanvasSupported: false,
    useSystemFonts: false,
    useWorkerFetch: false,
    verbosity: 0,
  });
  const texts: string[] = [];
  for (let number = 1; number <= Math.min(document.numPages, mostPages); number += 1)
    texts.push(await textOf(await document.getPage(number)));
  return { pages: document.numPages, texts };
}

async function answer(request: PdfRequest): Promise<PdfAnswer> {
  try {
    return await read(request);
  } catch (error) {
    const isLocked = error instanceof Error && error.name === 'PasswordException';
    return { unreadable: isLocked ? 'locked' : 'broken' };
  }
}

parentPort?.on('message', (request: PdfRequest) => {
  void answer(request).then((found) => parentPort?.postMessage(found));
});
