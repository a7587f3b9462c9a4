/** Types for html-to-text 10, which ships none; only what `readable-html.ts` uses. */
declare module 'html-to-text' {
  export interface Selector {
    selector: string;
    format?: string;
    options?: Readonly<Record<string, unknown>>;
  }
  export interface Options {
    wordwrap?: number | false;
    limits?: {
      ellipsis?: string;
      maxChildNodes?: number;
      maxDepth?: number;
      maxInputLength?: number;
    };
    selectors?: readonly Selector[];
  }
  export function compile(options: Options): (html: string) => string;
}
