/** The responder that asks a model: triage where it is wanted, the draft, and its critique. */

import type { Labels } from '../domain/labels.ts';
import type {
  DraftInput,
  ModelCall,
  ReplyFields,
  Responder,
  ResponderIdentity,
  Translation,
  TranslationInput,
} from '../domain/responder.ts';
import { addUsage, type DraftResult, type DraftWatch, noUsage } from '../domain/responder.ts';
import type { Log } from '../log.ts';
import { abstaining } from './abstain.ts';
import { layoutVersion } from './assemble.ts';
import { checkDraft } from './checks.ts';
import { critiqueTurn, revisionOf } from './critique.ts';
import { sha256 } from './digest.ts';
import type { Endpoints } from './endpoints.ts';
import type { ExampleQuery } from './example-index.ts';
import { identify } from './identity.ts';
import { detectLanguage } from './language.ts';
import type { Material } from './material.ts';
import { type ModelClient, openModel, type Question } from './model.ts';
import { ModelBatches } from './model-batches.ts';
import type { ModelSettings } from './model-settings.ts';
import { replyForm } from './reply-schema.ts';
import { type DraftRequest, draftRequest } from './request.ts';
import { translationQuestion } from './translation.ts';
import { labelsForm, triageText, triageTurn } from './triage-call.ts';

/** Enough for three labels. */
const triageTokens = 256;

/** One model that drafts, and the name under which its drafts are kept. */
interface Drafter {
  identity: ResponderIdentity;
  client: ModelClient;
}

/** What retrieval looks for: the message to answer. */
function queryOf(input: DraftInput): ExampleQuery {
  const text = input.turns.at(-1)?.text ?? '';
  const { language } = detectLanguage(text);
  return { subject: input.subject, text, language, mailbox: input.mailbox.name };
}

function identityOf(
  material: Material,
  model: ModelSettings,
  { endpoint }: ModelClient,
  principles: string | null,
): ResponderIdentity {
  const { examples } = material.prompt.frontMatter;
  const { structured, systemBlocks, cacheUsage } = endpoint.capabilities;
  return identify({
    prompt: material.prompt.version,
    promptSha256: material.prompt.sha256,
    policySetSha256: material.policies.sha256,
    examplesSha256: material.examplesSha256,
    model: model.name,
    settings: {
      endpoint: endpoint.host,
      maxTokens: model.maxTokens,
      structured,
      systemBlocks,
      cacheUsage,
      effort: model.effort,
      critique: principles === null ? null : sha256(principles),
      pinned: examples.pinned,
      retrieved: examples.retrieved,
      pool: material.pool?.limit ?? null,
      exampleOrigins: material.pool && material.exampleOrigins,
      released: material.prompt.released,
      layout: layoutVersion,
    },
    system: material.system.system,
  });
}

/** Keeps the calls of one draft, and passes them on. */
function keeping(calls: ModelCall[], watch: DraftWatch): DraftWatch {
  return {
    ...watch,
    onCall: (call) => {
      calls.push(call);
      watch.onCall?.(call);
    },
  };
}

/** Whoever handed the mail over to a person has not looked at it as the model did that sorts mail. */
function sortedBy(labels: Labels | null, fields: ReplyFields): ReplyFields {
  return fields.needsPerson ? { ...fields, ...labels } : fields;
}

/** The sum of what calls cost; null when that of one is not known. */
function totalCost(calls: readonly ModelCall[]): number | null {
  return calls.reduce<number | null>(
    (sum, { costUsd }) => (sum === null || costUsd === null ? null : sum + costUsd),
    0,
  );
}

function questionOf({ system, userTurn }: DraftRequest): Question<ReplyFields> {
  const messages = [{ role: 'user' as const, content: userTurn }];
  return { purpose: 'draft', system, messages, form: replyForm };
}

class ModelResponder implements Responder {
  readonly identity: ResponderIdentity;
  readonly others: readonly ResponderIdentity[];
  readonly categories: readonly string[];
  readonly batches: ModelBatches | null;
  readonly #material: Material;
  readonly #settings: ModelSettings;
  readonly #principles: string | null;
  readonly #log: Log;
  readonly #main: Drafter;
  readonly #easy: Drafter | null;
  readonly #sorter: ModelClient | null;

  constructor(
    material: Material,
    settings: ModelSettings,
    principles: string | null,
    endpoints: Endpoints,
    log: Log,
  ) {
    const endpoint = endpoints.of(settings);
    const drafter = (model: ModelSettings): Drafter => {
      const client = openModel(model, endpoint, log);
      return { client, identity: identityOf(material, model, client, principles) };
    };
    const { easy, triage } = settings;
    this.#material = material;
    this.#settings = settings;
    this.#principles = principles;
    this.#log = log;
    this.#main = drafter(settings);
    this.#easy = easy && drafter({ ...settings, name: easy.name, price: easy.price });
    const sorter = triage && { ...settings, ...triage, maxTokens: triageTokens, effort: null };
    this.#sorter = sorter && openModel(sorter, endpoint, log);
    this.categories = material.categories;
    this.identity = this.#main.identity;
    this.others = this.#easy === null ? [] : [this.#easy.identity];
    // What takes more than one call, or another model for some mail, cannot be ordered in one go.
    const single = principles === null && easy === null;
    this.batches =
      single && endpoint.capabilities.batches
        ? new ModelBatches(this.#main.client, settings, {
            question: (input) => questionOf(draftRequest(material, input)),
            // What was shown is looked up again: the mail's examples are those that fit it best.
            completed: (input, fields, calls, userTurn) =>
              this.#completed(input, fields, calls, {
                ...{ userTurn, examples: draftRequest(material, input).examples },
              }),
          })
        : null;
  }

  trouble() {
    return this.#main.client.endpoint.breaker.trouble;
  }

  async draft(
    input: DraftInput,
    signal: AbortSignal,
    given: DraftWatch = {},
  ): Promise<DraftResult> {
    const began = performance.now();
    const calls: ModelCall[] = [];
    let sorted: Labels | null = null;
    const onLabels = (labels: Labels) => {
      sorted = labels;
      given.onLabels?.(labels);
    };
    const watch = keeping(calls, { ...given, onLabels });
    const drafter = await this.#drafterFor(input, signal, watch);
    const request = draftRequest(this.#material, input);
    const question = questionOf(request);
    const { value, text } = await drafter.client.ask(question, signal, watch);
    const revised = await this.#revised(drafter, question, value, text, signal, watch);
    return {
      ...this.#completed(input, sortedBy(sorted, revised ?? value), calls, request),
      first: revised === null ? null : value,
      ...(drafter === this.#main ? {} : { draftedBy: drafter.identity }),
      latencyMs: Math.round(performance.now() - began),
    };
  }

  async translate(
    input: TranslationInput,
    signal: AbortSignal,
    watch: DraftWatch = {},
  ): Promise<Translation> {
    const { client } = this.#easy ?? this.#main;
    return (await client.ask(translationQuestion(input), signal, watch)).value;
  }

  #completed(
    input: DraftInput,
    answered: ReplyFields,
    calls: readonly ModelCall[],
    { userTurn, examples }: Pick<DraftRequest, 'userTurn' | 'examples'>,
  ): DraftResult {
    const fields = abstaining(answered, input);
    return {
      fields,
      first: null,
      calls,
      checks: checkDraft(this.#material, fields, input, examples),
      userTurn,
      examples: examples.map(({ id }) => id),
      usage: calls.map(({ usage }) => usage).reduce(addUsage, noUsage),
      costUsd: totalCost(calls),
      latencyMs: calls.at(-1)?.latencyMs ?? 0,
      requestId: calls.at(-1)?.requestId ?? null,
    };
  }

  /** The cheap model for the categories that are left to it, else the model that drafts. */
  async #drafterFor(input: DraftInput, signal: AbortSignal, watch: DraftWatch): Promise<Drafter> {
    if (this.#easy === null) return this.#main;
    const category = await this.#categoryOf(input, signal, watch);
    const easy = this.#settings.easy?.categories ?? [];
    return category !== null && easy.includes(category) ? this.#easy : this.#main;
  }

  /** What the mail is about, as a model says or as the most similar example has it; null: unknown. */
  async #categoryOf(
    input: DraftInput,
    signal: AbortSignal,
    watch: DraftWatch,
  ): Promise<string | null> {
    const { categories, index } = this.#material;
    if (this.#sorter === null) return index.search(queryOf(input), 1)[0]?.example.category ?? null;
    const messages = [{ role: 'user' as const, content: triageTurn(input) }];
    const system = triageText(categories);
    try {
      const question = { purpose: 'triage' as const, system, messages, form: labelsForm };
      const { value } = await this.#sorter.ask(question, signal, watch);
      watch.onLabels?.(value);
      return value.category;
    } catch (error) {
      if (signal.aborted) throw error;
      // The model that drafts can do without: only the saving is lost.
      this.#log.warn('triage_by_model_failed', { error });
      return null;
    }
  }

  /** What a critique made of a draft; null when it stays as it is, also when nobody could look. */
  async #revised(
    { client }: Drafter,
    question: Question<ReplyFields>,
    first: ReplyFields,
    text: string,
    signal: AbortSignal,
    watch: DraftWatch,
  ): Promise<ReplyFields | null> {
    if (this.#principles === null || first.reply === '') return null;
    const turn = critiqueTurn(this.#principles, first, this.#material.policies);
    const messages = [
      ...question.messages,
      { role: 'assistant' as const, content: text },
      { role: 'user' as const, content: turn },
    ];
    try {
      const asked = { ...question, purpose: 'critique' as const, messages };
      return revisionOf(first, (await client.ask(asked, signal, watch)).value);
    } catch (error) {
      if (signal.aborted) throw error;
      this.#log.warn('critique_failed', { error });
      return null;
    }
  }
}

/**
 * A responder by a model, over loaded material.
 *
 * @param principles what each draft is held against by a second call; null for no second call.
 */
export function modelResponder(
  material: Material,
  settings: ModelSettings,
  principles: string | null,
  endpoints: Endpoints,
  log: Log,
): Responder {
  const limit = material.prompt.frontMatter.config.maxOutputTokens ?? settings.maxTokens;
  const model = { ...settings, maxTokens: Math.min(limit, settings.maxTokens) };
  return new ModelResponder(material, model, principles, endpoints, log);
}
