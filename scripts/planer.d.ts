/** Types for planer 1.2, which ships none; only what `reply-libraries.ts` uses. */
declare module 'planer' {
  const planer: { extractFrom(body: string, contentType: 'text/plain'): string };
  export default planer;
}
