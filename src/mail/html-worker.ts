/** The worker thread that makes large HTML safe: one request at a time, the answer as text. */

import { parentPort } from 'node:worker_threads';
import { sanitizeCustomerHtml } from './customer-html.ts';

export interface HtmlRequest {
  html: string;
  remoteImages: boolean;
}

parentPort?.on('message', ({ html, remoteImages }: HtmlRequest) => {
  parentPort?.postMessage(sanitizeCustomerHtml(html, { remoteImages }));
});
