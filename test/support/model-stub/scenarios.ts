/** Keeps what the stub shall do next: a queue that is used up, then a sticky scenario, then the default; and the gate at which a hang waits. */
import { isObject, type Scenario } from './types.ts';

const KINDS = [
  'reply',
  'refusal',
  'max_tokens',
  'garbage',
  'error',
  'stream_error',
  'cut',
  'hang',
  'delay',
];

/** Ordered scenarios; each `next()` takes one. */
export class ScenarioQueue {
  readonly #queue: Scenario[] = [];
  #sticky: Scenario | null = null;

  /** Adds a scenario for the next `times` requests. */
  push(scenario: Scenario, times = 1): void {
    for (let count = 0; count < times; count += 1) this.#queue.push(scenario);
  }

  /** Sets what happens whenever the queue is empty; null returns to the default answer. */
  setSticky(scenario: Scenario | null): void {
    this.#sticky = scenario;
  }

  next(): Scenario | null {
    return this.#queue.shift() ?? this.#sticky;
  }

  clear(): void {
    this.#queue.length = 0;
    this.#sticky = null;
  }

  get pending(): number {
    return this.#queue.length;
  }
}

/** Holds callers until someone opens it; each opening lets through those who wait at that moment. */
export class Gate {
  #waiting: (() => void)[] = [];

  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  open(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  get held(): number {
    return this.#waiting.length;
  }
}

/** A scenario from JSON. @throws TypeError when it is none */
export function parseScenario(value: unknown): Scenario {
  if (!isObject(value) || typeof value.kind !== 'string' || !KINDS.includes(value.kind)) {
    throw new TypeError(`scenario.kind must be one of ${KINDS.join(', ')}`);
  }
  if (value.kind === 'error' && !Number.isInteger(value.status))
    throw new TypeError('scenario.status must be a number');
  if (value.kind === 'delay' && typeof value.milliseconds !== 'number')
    throw new TypeError('scenario.milliseconds must be a number');
  if (value.kind === 'reply' && value.content === undefined)
    throw new TypeError('scenario.content is missing');
  // The checks above cover what the stub reads without a default; this is a test double, not a public interface.
  return value as unknown as Scenario;
}
