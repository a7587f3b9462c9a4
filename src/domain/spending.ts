/** Spending: how a call to a model is paid for before it is made. */

/** Money that is held back for one call. */
export interface Reservation {
  /**
   * Gives back what the call did not cost.
   *
   * @param usd what it cost; null when nobody can know, which keeps the worst case.
   */
  settle(usd: number | null): Promise<void>;
}

/** Holds back the worst case of every call, so that budgets hold whatever happens. */
export interface SpendGuard {
  /**
   * @param worstUsd the most that the call can cost, in US dollars.
   * @throws ReplywrightError `budget_day` or `budget_mail` when it does not fit any more.
   */
  reserve(worstUsd: number): Promise<Reservation>;
}
