/** The responder that asks a model. */

import type { DraftInput, Responder, ResponderIdentity } from '../domain/responder.ts';
import type { Log } from '../log.ts';
import { layoutVersion, userTurn } from './assemble.ts';
import { runChecks } from './checks.ts';
import type { ExampleQuery } from './example-index.ts';
import { identify } from './identity.ts';
import { detectLanguage } from './language.ts';
import type { Material } from './material.ts';
import { endpointOf, type ModelSettings, openModel } from './model.ts';
import { costOf } from './prices.ts';

/** What retrieval looks for: the message to answer. */
function queryOf(input: DraftInput): ExampleQuery {
  const text = input.turns.at(-1)?.text ?? '';
  return { subject: input.subject, text, language: detectLanguage(text).language };
}

function identityOf(material: Material, model: ModelSettings): ResponderIdentity {
  const { examples } = material.prompt.frontMatter;
  return identify({
    prompt: material.prompt.version,
    promptSha256: material.prompt.sha256,
    policySetSha256: material.policies.sha256,
    examplesSha256: material.examplesSha256,
    model: model.name,
    settings: {
      endpoint: endpointOf(model.baseUrl),
      maxTokens: model.maxTokens,
      structured: model.structured,
      effort: model.effort,
      pinned: examples.pinned,
      retrieved: examples.retrieved,
      layout: layoutVersion,
    },
    system: material.system.system,
  });
}

/** A responder by a model, over loaded material. */
export function modelResponder(material: Material, settings: ModelSettings, log: Log): Responder {
  const limit = material.prompt.frontMatter.config.maxOutputTokens ?? settings.maxTokens;
  const model = { ...settings, maxTokens: Math.min(limit, settings.maxTokens) };
  const client = openModel(model, log);
  return {
    identity: identityOf(material, model),
    async draft(input, signal) {
      const began = performance.now();
      const { retrieved } = material.prompt.frontMatter.examples;
      const found = retrieved === 0 ? [] : material.index.search(queryOf(input), retrieved);
      const turn = userTurn(
        input,
        found.map(({ example }) => example),
      );
      const { fields, usage, requestId } = await client.answer(material.system, turn, signal);
      const { policies, linkDomains } = material;
      return {
        fields,
        first: null,
        calls: [],
        checks: runChecks({ fields, input, policies, linkDomains }),
        userTurn: turn,
        usage,
        costUsd: costOf(model.name, usage),
        latencyMs: Math.round(performance.now() - began),
        requestId,
      };
    },
  };
}
