/** The form of an answer: the schema that an endpoint is asked for, and how its text is read back. */

/** A form and the values that answers in it have. */
export interface AnswerForm<Value> {
  /** JSON schema as structured output takes it. */
  schema: Record<string, unknown>;
  /** Never throws; the problem names fields and rules only and never quotes the answer. */
  read(text: string): { value: Value } | { problem: string };
}
