/** Live events: tells open pages what changed, so that they look again. */

import type { Request, Response } from 'express';
import type { ChangeEvent } from '../domain/events.ts';
import type { ChangeFeed } from '../storage/events.ts';
import type { AccountVisit } from './routes.ts';

/** Proxies drop connections that are silent for a minute, and pages take them for dead. */
const heartbeatMs = 20_000;

/** A stream ends now and then, so that a session that was revoked elsewhere ends with it. */
const longestStreamMs = 10 * 60_000;

interface Stream {
  response: Response;
  sessionSha256: string;
}

export interface Live {
  /**
   * How far the changes have come. A page is made with the position before its reads, and looks
   * again when its stream begins at another one.
   */
  position(): string;
  /** Answers `/events` with a stream of changes. */
  open(visit: AccountVisit, assetsVersion: string): void;
  /** Ends the streams of a session that was logged out. */
  endSession(sessionSha256: string): void;
  /** Ends all streams and the subscription. */
  close(): void;
}

/** What a page needs to know of a change: no more than where to look. */
function publicPart(event: ChangeEvent): object {
  return {
    kind: event.kind,
    conversation: 'conversationId' in event ? event.conversationId : null,
    ...('messageId' in event ? { message: event.messageId } : {}),
  };
}

function write(response: Response, name: string, data: object): void {
  // A reader that does not keep up is cut off; it reconnects and looks at everything again.
  if (response.writableLength > 100_000) return void response.destroy();
  response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

function begin(request: Request, response: Response): void {
  request.socket.setNoDelay(true);
  response.set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    // nginx would collect events before passing them on.
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
}

/** Listens to changes and passes them on to every open page. */
export function openLive(changes: ChangeFeed): Live {
  const streams = new Set<Stream>();
  const started = Date.now().toString(36);
  let told = 0;
  const position = () => `${started}-${told}`;
  const tellAll = (name: string, data: object) => {
    told += 1;
    for (const { response } of streams) write(response, name, data);
  };
  const unsubscribe = changes.subscribe((event) => {
    // A wish changes nothing, what comes of it does; and no page shows pairs.
    if (event.kind === 'mailbox_check' || event.kind === 'pair') return;
    // Told to whoever looks now: a page that comes later is made with it.
    if (event.kind === 'partial') {
      for (const { response } of streams) write(response, 'desk:partial', publicPart(event));
      return;
    }
    if (event.kind === 'much') tellAll('desk:much', {});
    else tellAll('desk:change', publicPart(event));
  });
  const ungap = changes.onGap(() => tellAll('desk:resync', {}));

  return {
    position,
    open({ request, response, sessionSha256 }, assetsVersion) {
      begin(request, response);
      const stream = { response, sessionSha256 };
      streams.add(stream);
      write(response, 'desk:hello', { version: assetsVersion, position: position() });
      const heartbeat = setInterval(() => write(response, 'desk:beat', {}), heartbeatMs);
      const end = setTimeout(() => response.end(), longestStreamMs);
      response.on('close', () => {
        clearInterval(heartbeat);
        clearTimeout(end);
        streams.delete(stream);
      });
    },
    endSession(sessionSha256) {
      for (const stream of streams)
        if (stream.sessionSha256 === sessionSha256) stream.response.end();
    },
    close() {
      unsubscribe();
      ungap();
      for (const { response } of streams) response.end();
    },
  };
}
