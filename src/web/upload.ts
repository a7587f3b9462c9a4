/** Uploads: the files of a form, handed on as they stream in, one after another and never whole. */

import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import type { Request } from 'express';
import { mostEnclosures } from '../domain/enclosure.ts';
import { ReplywrightError } from '../domain/errors.ts';

export interface UploadedFile {
  /** As the browser names it. */
  filename: string;
  content: AsyncIterable<Buffer>;
}

/** More than any field beside the files has. */
const fieldLimits = { fields: 10, fieldSize: 1_000, headerPairs: 20, headerSize: 8_192 };

function openParser(request: Request): BusboyInstance {
  const contentType = request.headers['content-type'] ?? '';
  const detail = 'This is not a form with files';
  if (!/^multipart\/form-data;/i.test(contentType))
    throw new ReplywrightError('input_invalid', { detail });
  const limits = { ...fieldLimits, files: 2 * mostEnclosures };
  try {
    return new Busboy({ headers: { ...request.headers, 'content-type': contentType }, limits });
  } catch (cause) {
    throw new ReplywrightError('input_invalid', { detail }, { cause });
  }
}

/** The bytes of a part. Whoever stops reading leaves the rest to be thrown away. */
function contentOf(stream: Readable): AsyncIterable<Buffer> {
  return stream.iterator({ destroyOnReturn: false });
}

/**
 * Reads a form with files to its end.
 *
 * @param take is given each file, when it has taken the one before; after its first failure the
 *   other files are read and thrown away, so that the browser hears the answer.
 * @returns the other fields.
 * @throws ReplywrightError `input_invalid` when it is no such form or breaks off; what `take` throws.
 */
export async function readUpload(
  request: Request,
  take: (file: UploadedFile) => Promise<void>,
): Promise<Record<string, string>> {
  const parser = openParser(request);
  const fields: Record<string, string> = {};
  const reading = new Set<BusboyFileStream>();
  const failures: unknown[] = [];
  let work: Promise<void> = Promise.resolve();
  parser.on('field', (name, value) => {
    fields[name] = value;
  });
  parser.on('file', (_field, stream, filename) => {
    // A form without a chosen file sends a nameless one.
    if (!filename) return void stream.resume();
    reading.add(stream);
    work = work.then(async () => {
      try {
        if (failures.length === 0) await take({ filename, content: contentOf(stream) });
      } catch (error) {
        failures.push(error);
      }
      reading.delete(stream);
      stream.resume();
    });
  });
  const broken = await pipeline(request, parser).catch((error: unknown) => error);
  if (broken !== undefined) for (const stream of reading) stream.destroy(broken as Error);
  await work;
  if (broken !== undefined) {
    const detail = 'The upload broke off';
    throw new ReplywrightError('input_invalid', { detail }, { cause: broken });
  }
  if (failures.length > 0) throw failures[0];
  return fields;
}
