/** Records every request and lets a test wait for the next one, or for a number of them. */
import type { RecordedRequest } from './types.ts';

const MESSAGES = '/v1/messages';

interface Waiter {
  ready(): RecordedRequest[] | null;
  resolve(found: RecordedRequest[]): void;
  reject(error: Error): void;
}

/** All requests in order of arrival. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  #waiters: Waiter[] = [];
  /** How many requests of each path `next` has handed out. */
  readonly #taken = new Map<string, number>();

  add(request: RecordedRequest): void {
    this.requests.push(request);
    this.#wake();
  }

  of(path: string): RecordedRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** Resolves with the first request to `path` that no earlier call was given. */
  async next(path = MESSAGES): Promise<RecordedRequest> {
    const index = this.#taken.get(path) ?? 0;
    this.#taken.set(path, index + 1);
    const [found] = await this.#wait(() => this.of(path).slice(index, index + 1), 1);
    if (found === undefined) throw new Error('unreachable: the wait ended without a request');
    return found;
  }

  /** Resolves with all requests to `path` once there are at least `count` of them. */
  waitFor(count: number, path = MESSAGES): Promise<RecordedRequest[]> {
    return this.#wait(() => this.of(path), count);
  }

  clear(): void {
    this.requests.length = 0;
    this.#taken.clear();
  }

  /** Ends every wait with an error. */
  close(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters)
      waiter.reject(new Error('the model stub was closed while a test waited for a request'));
  }

  #wait(find: () => RecordedRequest[], count: number): Promise<RecordedRequest[]> {
    return new Promise((resolve, reject) => {
      const ready = (): RecordedRequest[] | null => {
        const found = find();
        return found.length >= count ? found : null;
      };
      this.#waiters.push({ ready, resolve, reject });
      this.#wake();
    });
  }

  #wake(): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      const found = waiter.ready();
      if (found !== null) waiter.resolve(found);
      return found === null;
    });
  }
}
