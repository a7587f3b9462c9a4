/** Past replies: what colleagues answered without us, one at a time, to be learned from or not. */

import { decideCandidate } from '../../pipeline/candidates.ts';
import {
  type CandidateView,
  candidateCounts,
  loadCandidate,
  nextCandidate,
} from '../../storage/candidates.ts';
import { frame, liveParts } from '../chrome.ts';
import { cutText } from '../marked-text.ts';
import { candidateForm, check, checkPath, idParam } from '../params.ts';
import type { Desk } from '../parts.ts';
import { isFragment, sendFragment, sendHtml } from '../respond.ts';
import type { AccountVisit, Route } from '../routes.ts';
import { count } from '../wording.ts';

const sourceWords = {
  import: 'From imported mail',
  sent_folder: 'Sent from another mail program',
} as const;

function candidateView(candidate: CandidateView) {
  const { id, subject, customerName, customerAddress, askedAt, answeredAt } = candidate;
  return {
    id,
    title: subject.trim() === '' ? '(no subject)' : subject,
    source: sourceWords[candidate.source],
    customer: customerName || customerAddress,
    askedAt,
    answeredAt,
    mail: cutText(candidate.customerText, []),
    reply: cutText(candidate.reply, []),
  };
}

/** What the pane shows: the next candidate, or one that was taken back; and what was decided last. */
async function paneModel(desk: Desk, shown: number | null, decided: number | null) {
  const [candidate, last, counts] = await Promise.all([
    shown === null ? nextCandidate(desk.db) : loadCandidate(desk.db, shown),
    decided === null ? null : loadCandidate(desk.db, decided),
    candidateCounts(desk.db),
  ]);
  return {
    candidate: candidate === null ? null : candidateView(candidate),
    last: last === null ? null : { id: last.id, subject: last.subject, verdict: last.state },
    waiting: `${count(counts.offered, 'reply waits', 'replies wait')} for a decision`,
    kept: `${count(counts.accepted, 'reply', 'replies')} accepted`,
  };
}

async function showCandidates(desk: Desk, visit: AccountVisit): Promise<void> {
  const decided = idParam.safeParse(visit.request.query.decided).data ?? null;
  const shown = idParam.safeParse(visit.request.query.shown).data ?? null;
  const live = await liveParts(desk, 'approve', null);
  const rail = live.rail.map((entry) => ({ ...entry, current: false }));
  const pane = await paneModel(desk, shown, decided);
  const page = { ...frame(desk, visit.account), ...live, rail, pane };
  const html = desk.views.render('candidates', { ...page, title: 'Past replies', teaching: true });
  await sendHtml(visit, html);
}

async function handleDecision(desk: Desk, visit: AccountVisit): Promise<void> {
  const candidateId = checkPath(idParam, visit.request.params.id);
  const { verdict } = check(candidateForm, visit.request.body);
  await decideCandidate(desk, { candidateId, accountId: visit.account.id, verdict });
  const shown = verdict === 'offered' ? candidateId : null;
  const decided = verdict === 'offered' ? null : candidateId;
  if (!isFragment(visit.request)) {
    const query = decided === null ? `shown=${shown}` : `decided=${decided}`;
    return visit.response.redirect(303, `/candidates?${query}`);
  }
  const pane = await paneModel(desk, shown, decided);
  await sendFragment(desk, visit, 'candidate-pane', { pane });
}

/** Routes of the page of past replies. */
export function candidateRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/candidates',
      access: 'agent',
      handle: (visit) => showCandidates(desk, visit),
    },
    {
      method: 'post',
      path: '/candidates/:id/decide',
      access: 'agent',
      handle: (visit) => handleDecision(desk, visit),
    },
  ];
}
