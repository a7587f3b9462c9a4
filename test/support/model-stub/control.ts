/** Steers a running stub over HTTP at /_stub/..., for tests that run it in another process. */
import { parseScenario } from './scenarios.ts';
import { isObject, type JsonObject, type RecordedRequest, type Scenario } from './types.ts';

/** What can be steered. */
export interface Controls {
  script(scenario: Scenario, times?: number): void;
  setSticky(scenario: Scenario | null): void;
  clearScenarios(): void;
  setObedient(on: boolean): void;
  release(): void;
  reset(): void;
  readonly requests: readonly RecordedRequest[];
  readonly pending: number;
}

/** The endpoints, for `--help` and for a wrong path. */
export const CONTROL_HELP = [
  'POST   /_stub/scenarios  {"scenario":{"kind":"error","status":429,"retryAfter":1},"times":2} or {...,"sticky":true}',
  'DELETE /_stub/scenarios  back to the default answer',
  'POST   /_stub/obedient   {"on":true}',
  'POST   /_stub/release    lets go of every hanging request',
  'POST   /_stub/reset      forgets scenarios, requests, cache and batches',
  'GET    /_stub/requests   everything that was asked so far',
] as const;

/**
 * Handles one control request.
 * @throws TypeError for a body that makes no sense
 * @returns the JSON to answer with, or null when there is no such endpoint
 */
export function control(
  controls: Controls,
  method: string,
  path: string,
  body: JsonObject,
): JsonObject | null {
  switch (`${method} ${path}`) {
    case 'POST /_stub/scenarios': {
      const scenario = parseScenario(isObject(body.scenario) ? body.scenario : body);
      if (body.sticky === true) controls.setSticky(scenario);
      else controls.script(scenario, typeof body.times === 'number' ? body.times : 1);
      return { pending: controls.pending };
    }
    case 'DELETE /_stub/scenarios':
      controls.clearScenarios();
      return { pending: controls.pending };
    case 'POST /_stub/obedient':
      controls.setObedient(body.on !== false);
      return { obedient: body.on !== false };
    case 'POST /_stub/release':
      controls.release();
      return { released: true };
    case 'POST /_stub/reset':
      controls.reset();
      return { reset: true };
    case 'GET /_stub/requests':
      return { requests: controls.requests };
    default:
      return null;
  }
}
