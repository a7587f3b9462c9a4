/** Machine addresses: those behind which no person reads. */

/** Local parts behind which no person reads; compared with the part before a plus or digits. */
const machines =
  /^(?:mailer-?daemon|mail-?daemon|mdaemon|post[-_.]?master|mailer|mail-?delivery(?:-?(?:system|subsystem))?|mailerdaemon|bounces?|.*-bounces?|bounce[-+=].*|no[-_.]?reply.*|do[-_.]?not[-_.]?reply.*|.*[-_.]no[-_.]?reply|nicht[-_.]?antworten|ne[-_.]?pas[-_.]?repondre|noresponder|no[-_.]?responder|non[-_.]?rispondere|nao[-_.]?responda?|auto[-_.]?(?:reply|responder|response|mailer|notify)|notifications?|system-notification)$/i;

/** What stands before the `@`. */
export function localPart(address: string): string {
  return address.slice(0, 320).split('@', 1)[0] ?? '';
}

/** Whether no person reads what is sent to `address`. */
export function isMachineAddress(address: string): boolean {
  return machines.test(localPart(address));
}
