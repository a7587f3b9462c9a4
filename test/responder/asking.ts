/** Asks a model through the client as the responder does, and keeps what it was told. */

import type { DraftWatch, ModelCall, ReplyFields } from '../../src/domain/responder.ts';
import type { Log } from '../../src/log.ts';
import { staticText } from '../../src/responder/assemble.ts';
import { Endpoints } from '../../src/responder/endpoints.ts';
import { type ModelClient, openModel } from '../../src/responder/model.ts';
import type { ModelSettings } from '../../src/responder/model-settings.ts';
import { replyForm } from '../../src/responder/reply-schema.ts';
import { fixturePolicies, silent } from './fixture.ts';

export const system = staticText('Instructions', fixturePolicies(), []);
const never = new AbortController().signal;

/** Settings for the model at `baseUrl`. */
export function modelAt(baseUrl: string, more: Partial<ModelSettings> = {}): ModelSettings {
  return {
    ...{ name: 'claude-sonnet-5-5', baseUrl, apiKey: 'sk-test', kind: 'auto', capabilities: {} },
    ...{ maxTokens: 1000, timeoutSeconds: 30, idleSeconds: 30, effort: null, price: null },
    ...{ easy: null, triage: null, budgeted: false },
    ...more,
  };
}

/** A client with an endpoint of its own. */
export function openClient(settings: ModelSettings, log: Log = silent): ModelClient {
  return openModel(settings, new Endpoints().of(settings), log);
}

export interface Asked {
  /** Null when it failed. */
  fields: ReplyFields | null;
  error: unknown;
  calls: ModelCall[];
  /** The reply as it grew. */
  texts: string[];
}

/** Asks for a draft; never throws. */
export async function ask(
  client: ModelClient,
  mail = 'Hello',
  { signal = never, watch = {} }: { signal?: AbortSignal; watch?: DraftWatch } = {},
): Promise<Asked> {
  const asked: Asked = { fields: null, error: null, calls: [], texts: [] };
  const messages = [{ role: 'user' as const, content: mail }];
  try {
    const question = { purpose: 'draft' as const, system, messages, form: replyForm };
    const { value } = await client.ask(question, signal, {
      onCall: (call) => asked.calls.push(call),
      onText: (text) => asked.texts.push(text),
      ...watch,
    });
    asked.fields = value;
  } catch (error) {
    asked.error = error;
  }
  return asked;
}
