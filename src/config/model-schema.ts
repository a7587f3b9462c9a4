/** The settings of the model: where it is, what it can, what it may cost, and what helps it. */
import * as z from 'zod';
import { seconds, text, webAddress } from './field-kinds.ts';

/** What drafts where a key is the only thing that was set: the middle of the price list. */
export const defaultModel = 'claude-sonnet-5-5';

const dollars = z.number().min(0).max(1_000_000);

const priceSchema = z.strictObject({
  input: dollars.meta({ description: 'US dollars for a million tokens of input.', example: 2 }),
  output: dollars.meta({ description: 'US dollars for a million tokens of output.', example: 10 }),
  cacheRead: dollars.optional().meta({
    description: 'US dollars for a million tokens of input that the endpoint had kept.',
    defaultsTo: 'as `input`',
    example: 0.2,
  }),
  cacheWrite: dollars.optional().meta({
    description: 'US dollars for a million tokens of input that the endpoint is asked to keep.',
    defaultsTo: 'as `input`',
    example: 2.5,
  }),
});

const priceGroup = priceSchema.optional().meta({
  description:
    'What the model costs, where the table of prices does not know it or you pay another price. A server of your own costs nothing.',
  commented: true,
});

const capability = (description: string) =>
  z
    .boolean()
    .nullable()
    .default(null)
    .meta({ description: `${description}; \`null\` leaves it to the kind.` });

const capabilitiesSchema = z.strictObject({
  structured: capability('Whether the endpoint enforces the form of an answer (`output_config`)'),
  streaming: capability('Whether it sends an answer while it is written'),
  countTokens: capability('Whether it counts the tokens of a request without answering it'),
  cacheUsage: capability('Whether it keeps marked beginnings of requests (`cache_control`)'),
  batches: capability('Whether it takes many requests at once at half the price'),
  systemBlocks: capability('Whether it takes the system text in blocks'),
});

const budgetSchema = z.strictObject({
  perDayUsd: dollars.nullable().default(null).meta({
    description:
      'The most that all calls of a day (UTC) may cost, of all processes together; drafts above it wait for the next day. `null` is no limit.',
  }),
  perMailUsd: dollars.nullable().default(null).meta({
    description:
      'The most that all drafts for one mail may cost; above it a person answers. Before each call its worst case is held back, about twice its usual price. `null` is no limit.',
  }),
});

const easySchema = z.strictObject({
  name: text.meta({
    description: 'The cheaper model, at the same endpoint.',
    example: 'claude-haiku-5-5',
  }),
  categories: z
    .array(text)
    .min(1)
    .meta({ description: 'The categories that it drafts.', example: ['shipping', 'invoice'] }),
  price: priceGroup,
});

const triageSchema = z.strictObject({
  name: text.meta({ description: 'The model that is asked.', example: 'claude-haiku-5-5' }),
  price: priceGroup,
});

export const modelSchema = z.strictObject({
  name: text.default(defaultModel).meta({
    description:
      'The model as the endpoint knows it; `offline` drafts from policies and approved replies without a model.',
  }),
  kind: z
    .enum(['anthropic', 'llama.cpp', 'vllm', 'ollama', 'gateway', 'auto'])
    .default('auto')
    .meta({
      description:
        'What answers at `baseUrl`, which says what it can do. `auto`: Anthropic at its own address, Ollama at port 11434, else a gateway. docs/models.md has a configuration for each.',
    }),
  baseUrl: webAddress.nullable().default(null).meta({
    description:
      'An endpoint that speaks the Messages API, such as llama.cpp, vLLM, Ollama or a gateway; `null` is Anthropic.',
    env: 'ANTHROPIC_BASE_URL',
  }),
  maxTokens: z
    .int()
    .min(256)
    .max(64_000)
    .default(4096)
    .meta({ description: 'The most tokens one draft may take.' }),
  timeoutSeconds: seconds
    .default(120)
    .meta({ description: 'How long the model may take for one draft.' }),
  idleSeconds: seconds.default(30).meta({
    description: 'How long an answer that has begun may pause before it is given up.',
  }),
  effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullable().default(null).meta({
    description: 'How hard the model thinks about each mail; `null` leaves it to the endpoint.',
  }),
  capabilities: capabilitiesSchema.prefault({}).meta({
    description: 'What the endpoint can do, where it differs from what its kind can.',
  }),
  price: priceGroup,
  budget: budgetSchema.prefault({}).meta({
    description: 'What drafting may cost, in US dollars at the prices known here.',
  }),
  easy: easySchema.optional().meta({
    description: 'A cheaper model for easy mail.',
    commented: true,
  }),
  triage: triageSchema.optional().meta({
    description:
      'A small call that tells the category first, for `easy`; without it the most similar example does.',
    commented: true,
  }),
  batch: z
    .strictObject({
      whenWaiting: z.int().min(1).max(100_000).meta({
        description: 'How many drafts, the newest, are made one by one as always.',
        example: 100,
      }),
    })
    .optional()
    .meta({
      description:
        'When more drafts wait, the older ones are ordered in batches: at half the price, and within a day. Only where the endpoint takes batches, and without `easy`.',
      commented: true,
    }),
});

export type WrittenModel = z.output<typeof modelSchema>;
