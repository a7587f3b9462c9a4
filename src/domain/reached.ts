/** Reached: whom a reply that does not go on may have reached all the same, in words. */

import type { Address } from './message.ts';

export interface Reach {
  recipient: Address;
  copies: readonly Address[];
  /** Recipients that the server refused while it took the mail for others. */
  notTaken: readonly string[];
  /** An earlier attempt may have been taken. */
  perhapsTaken: boolean;
}

/** What became of a reply that is not to be sent, for whoever changes it or writes another. */
export function reachedWords({ recipient, copies, notTaken, perhapsTaken }: Reach): string {
  const everybody = [recipient, ...copies].map(({ address }) => address);
  const got = everybody.filter((address) => !notTaken.includes(address)).join(', ');
  const to = (notTaken.length > 0 ? notTaken : everybody).join(', ');
  const doubt = `An earlier attempt may have reached ${to}.`;
  if (notTaken.length > 0 && got !== '')
    return perhapsTaken ? `Sent to ${got}. ${doubt}` : `Sent to ${got}, not to ${to}.`;
  return perhapsTaken ? doubt : `Nothing was sent to ${to}.`;
}
