/** Simulates message batches: created in progress, worked when they are next asked for, results as JSONL. */
import { answerForBatch, type StubState } from './messages.ts';
import { messageOf } from './stream.ts';
import { errorBody, isObject, type JsonObject, type RecordedRequest, StubError } from './types.ts';

const DAY = 86_400_000;

interface BatchItem {
  readonly customId: string;
  readonly params: JsonObject;
  /** null until the item has been worked. */
  result: JsonObject | null;
}

interface Batch {
  readonly id: string;
  readonly createdAt: number;
  readonly items: readonly BatchItem[];
  cancelledAt: number | null;
  endedAt: number | null;
}

function isoOrNull(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/** All batches of one stub. */
export class Batches {
  readonly #batches = new Map<string, Batch>();
  readonly #state: StubState;
  /** While true, batches stay in progress. */
  held = false;
  /** The status that every new batch is refused with; null takes them. */
  refusal: number | null = null;

  constructor(state: StubState) {
    this.#state = state;
  }

  /** @throws StubError 400 for a malformed batch */
  create(body: JsonObject): string {
    if (this.refusal !== null) throw new StubError(this.refusal, 'batches are refused');
    const requests = body.requests;
    if (!Array.isArray(requests) || requests.length === 0)
      throw new StubError(400, 'requests: Field required');
    const items = requests.map((request, index): BatchItem => {
      if (
        !isObject(request) ||
        typeof request.custom_id !== 'string' ||
        !/^[\w-]{1,64}$/.test(request.custom_id)
      ) {
        throw new StubError(
          400,
          `requests.${index}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`,
        );
      }
      if (!isObject(request.params))
        throw new StubError(400, `requests.${index}.params: Field required`);
      return { customId: request.custom_id, params: request.params, result: null };
    });
    const ids = new Set(items.map((item) => item.customId));
    if (ids.size !== items.length)
      throw new StubError(400, 'requests: custom_id must be unique within a batch');
    const id = this.#state.newId('msgbatch');
    this.#batches.set(id, { id, createdAt: Date.now(), items, cancelledAt: null, endedAt: null });
    return id;
  }

  #find(id: string): Batch {
    const batch = this.#batches.get(id);
    if (batch === undefined) throw new StubError(404, `Batch ${id} not found`);
    return batch;
  }

  /** Works a batch that is not held, so that its next description says `ended`. */
  async advance(id: string, source: RecordedRequest): Promise<void> {
    const batch = this.#find(id);
    if (batch.endedAt !== null || (this.held && batch.cancelledAt === null)) return;
    for (const item of batch.items) {
      item.result ??=
        batch.cancelledAt === null ? await this.#work(item, source) : { type: 'canceled' };
    }
    batch.endedAt = Date.now();
  }

  /** Works all batches that are not held, as time does. */
  async advanceAll(source: RecordedRequest): Promise<void> {
    for (const id of this.#batches.keys()) await this.advance(id, source);
  }

  async #work(item: BatchItem, source: RecordedRequest): Promise<JsonObject> {
    try {
      if (item.params.stream === true) throw new StubError(400, 'stream: not supported in a batch');
      const parts = await answerForBatch(this.#state, { ...source, body: item.params });
      return {
        type: 'succeeded',
        message: messageOf({ ...parts, messageId: this.#state.newId('msg') }, 'batch'),
      };
    } catch (error) {
      if (!(error instanceof StubError)) throw error;
      return { type: 'errored', error: errorBody(error, source.requestId) };
    }
  }

  /** @throws StubError 404 for an unknown batch */
  cancel(id: string): void {
    const batch = this.#find(id);
    if (batch.endedAt === null) batch.cancelledAt ??= Date.now();
  }

  /** @throws StubError 404 for an unknown batch, 400 for one that has not ended */
  delete(id: string): JsonObject {
    if (this.#find(id).endedAt === null)
      throw new StubError(400, 'Message batch cannot be deleted while in progress');
    this.#batches.delete(id);
    return { id, type: 'message_batch_deleted' };
  }

  /** The batch as the API describes it. @param base URL of the stub */
  describe(id: string, base: string): JsonObject {
    const batch = this.#find(id);
    const count = (type: string): number =>
      batch.items.filter((item) => item.result?.type === type).length;
    const ended = batch.endedAt !== null;
    return {
      id,
      type: 'message_batch',
      processing_status: ended ? 'ended' : batch.cancelledAt === null ? 'in_progress' : 'canceling',
      request_counts: {
        processing: batch.items.filter((item) => item.result === null).length,
        succeeded: count('succeeded'),
        errored: count('errored'),
        canceled: count('canceled'),
        expired: 0,
      },
      created_at: new Date(batch.createdAt).toISOString(),
      expires_at: new Date(batch.createdAt + DAY).toISOString(),
      ended_at: isoOrNull(batch.endedAt),
      cancel_initiated_at: isoOrNull(batch.cancelledAt),
      archived_at: null,
      results_url: ended ? `${base}/v1/messages/batches/${id}/results` : null,
    };
  }

  list(base: string): JsonObject {
    const ids = [...this.#batches.keys()].reverse();
    const data = ids.map((id) => this.describe(id, base));
    return { data, has_more: false, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null };
  }

  /** The results, one JSON object a line. @throws StubError 404 when there are none yet */
  results(id: string): string {
    const batch = this.#find(id);
    if (batch.endedAt === null)
      throw new StubError(404, `Results of batch ${id} are not available yet`);
    // The API promises no order: the last comes first, so that nobody relies on it.
    return [...batch.items]
      .reverse()
      .map((item) => `${JSON.stringify({ custom_id: item.customId, result: item.result })}\n`)
      .join('');
  }

  clear(): void {
    this.#batches.clear();
  }
}
