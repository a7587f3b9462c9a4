/** Types for html-to-text 10, which ships none; only what `readable-html.ts` and `quoted-html.ts` use. */
declare module 'html-to-text' {
  export interface Selector {
    selector: string;
    format?: string;
    options?: Readonly<Record<string, unknown>>;
  }
  /** An element, or the document above all of them, which has no attributes. */
  export interface Element {
    readonly name?: string;
    readonly attribs?: Readonly<Record<string, string>>;
    readonly parent: Element | null;
    readonly children: readonly unknown[];
  }
  export interface Builder {
    openBlock(options: { leadingLineBreaks: number }): void;
    closeBlock(options: {
      trailingLineBreaks: number;
      blockTransform?: (text: string) => string;
    }): void;
    addLiteral(text: string): void;
  }
  export type Formatter = (
    element: Element,
    walk: (children: readonly unknown[], builder: Builder) => void,
    builder: Builder,
  ) => void;
  export interface Options {
    wordwrap?: number | false;
    limits?: {
      ellipsis?: string;
      maxChildNodes?: number;
      maxDepth?: number;
      maxInputLength?: number;
    };
    selectors?: readonly Selector[];
    formatters?: Readonly<Record<string, Formatter>>;
  }
  export function compile(options: Options): (html: string) => string;
}
