/** Looks policies over for what code can see: contradicting numbers, dead references, odd links, size. */

import { didYouMean } from '../domain/nearest.ts';
import { type Example, isCurrent } from './examples.ts';
import {
  isVerbatim,
  type PolicyFile,
  type PolicySection,
  type PolicySet,
  policyNames,
  policySet,
  readPolicy,
  readPolicyFile,
} from './policies.ts';
import { type Claim, claimsIn, contradicts } from './policy-claims.ts';
import { estimateTokens } from './token-estimate.ts';

export interface PolicyFinding {
  /** An error is surely wrong; a warning asks a person to look. */
  level: 'error' | 'warning';
  rule: 'structure' | 'reference' | 'link' | 'contradiction' | 'size' | 'example';
  /** File with ending, as it lies in its folder. */
  file: string;
  /** From 1; null where the file as a whole, or none of its lines, is meant. */
  line: number | null;
  /** One sentence for the person who writes the policies. */
  message: string;
}

/** A section that is longer says several things, and is cited and retrieved worse for it. */
export const mostSectionTokens = 500;

type Place = { file: string; line: number };

function placeOf(section: PolicySection, offset: number): Place {
  const above = section.text.slice(0, offset).split('\n').length - 1;
  return { file: `${fileOf(section)}.md`, line: section.textLine + above };
}

function fileOf(section: PolicySection): string {
  return section.id.split('#')[0] ?? '';
}

/** `returns#damaged`, and `#damaged` in brackets or as the target of a link; not the path of a URL. */
const sectionReference =
  /(?<![\w/.#&-])([a-z][a-z0-9_-]*)#([a-z0-9][a-z0-9-]*)|[(`]#([a-z][a-z0-9-]*)[)`]/g;
const fileReference = /(?<![\w/.@-])([A-Za-z0-9][A-Za-z0-9_-]*)\.md\b/g;

function referencesIn(section: PolicySection, set: PolicySet): PolicyFinding[] {
  const file = fileOf(section);
  const ids = [...set.sections.keys()];
  const names = set.policies.map(({ name }) => name);
  const dead = (offset: number, what: string, hint: string): PolicyFinding => {
    const message = `${what}, which is not there. ${hint}`;
    return { level: 'error', rule: 'reference', ...placeOf(section, offset), message };
  };
  const toSections = [...section.text.matchAll(sectionReference)].flatMap((match) => {
    const [, named, there, here] = match;
    // "jobs#fair-pay" is a reference only where the file is one of ours.
    if (named !== undefined && !names.includes(named)) return [];
    const id = `${named ?? file}#${there ?? here}`;
    if (set.sections.has(id)) return [];
    return [dead(match.index, `It refers to the section ${id}`, didYouMean(id, ids))];
  });
  const toFiles = [...section.text.matchAll(fileReference)].flatMap((match) => {
    const name = match[1] ?? '';
    if (names.includes(name)) return [];
    return [dead(match.index, `It refers to the policy ${name}.md`, didYouMean(name, names))];
  });
  return [...toSections, ...toFiles];
}

const link = /\b(?:https?|htp|http|htttps?):\/{0,3}[^\s<>"'`]*/gi;
const webAddress = /^https?:\/\/[^/]/i;

function oddLink(written: string, linkDomains: readonly string[]): string | null {
  const url = webAddress.test(written) && URL.canParse(written) ? new URL(written) : null;
  if (url === null) return 'is no address that a browser could open';
  const host = url.hostname.toLowerCase();
  if (!host.includes('.')) return 'names no domain';
  if (linkDomains.some((domain) => host === domain || host.endsWith(`.${domain}`))) return null;
  return 'leads to a domain that is not among `linkDomains` in the settings';
}

function linksIn(section: PolicySection, linkDomains: readonly string[]): PolicyFinding[] {
  return [...section.text.matchAll(link)].flatMap((match): PolicyFinding[] => {
    const written = match[0].replace(/[)\].,;:!?*_]+$/, '');
    const odd = oddLink(written, linkDomains);
    if (odd === null) return [];
    const level = odd.startsWith('leads') ? 'warning' : 'error';
    const message = `The link ${written} ${odd}.`;
    return [{ level, rule: 'link', ...placeOf(section, match.index), message }];
  });
}

function bySubject(
  sections: readonly PolicySection[],
): { section: PolicySection; claim: Claim }[][] {
  const groups = new Map<string, { section: PolicySection; claim: Claim }[]>();
  for (const section of sections)
    for (const claim of claimsIn(section.text)) {
      if (claim.subject === '') continue;
      const key = `${claim.unit}\n${claim.subject}`;
      groups.set(key, [...(groups.get(key) ?? []), { section, claim }]);
    }
  return [...groups.values()];
}

/** Each claim that says another number than the first one about the same. */
function contradictionsIn(set: PolicySet): PolicyFinding[] {
  return bySubject([...set.sections.values()]).flatMap(([first, ...others]): PolicyFinding[] =>
    others.flatMap(({ section, claim }): PolicyFinding[] => {
      if (first === undefined || !contradicts(first.claim, claim)) return [];
      const message = `It says ${claim.words}, and ${first.section.id} says ${first.claim.words} about the same (${claim.subject.replaceAll(' ', ', ')}).`;
      return [
        { level: 'warning', rule: 'contradiction', ...placeOf(section, claim.start), message },
      ];
    }),
  );
}

function sizeOf(section: PolicySection): PolicyFinding[] {
  const tokens = estimateTokens(section.text);
  if (tokens <= mostSectionTokens) return [];
  const message = `The section ${section.id} has about ${tokens} tokens; one of at most ${mostSectionTokens} is cited and found better. Split it.`;
  const place = { file: `${fileOf(section)}.md`, line: section.line };
  return [{ level: 'warning', rule: 'size', ...place, message }];
}

/** What is to be said of examples that rest on the policies. */
export function lintExamples(
  file: string,
  examples: readonly Example[],
  policies: PolicySet,
): PolicyFinding[] {
  return examples.flatMap((example): PolicyFinding[] => {
    if (isCurrent(example, policies)) return [];
    const dead = example.citations.find(
      ({ section, quote }) => !isVerbatim(policies, section, quote),
    );
    const why = policies.sections.has(dead?.section ?? '')
      ? `quotes words that do not stand in ${dead?.section} any more: "${dead?.quote}"`
      : `quotes the section ${dead?.section}, which is not there`;
    const message = `The example ${example.id} ${why}. It is left out until it is mended.`;
    return [{ level: 'error', rule: 'example', file, line: null, message }];
  });
}

/** Policies with the structure that loading asks for. @returns findings in the order of the files. */
export function lintPolicies(set: PolicySet, linkDomains: readonly string[]): PolicyFinding[] {
  const domains = linkDomains.map((domain) => domain.toLowerCase());
  const found = [...set.sections.values()].flatMap((section) => [
    ...referencesIn(section, set),
    ...linksIn(section, domains),
    ...sizeOf(section),
  ]);
  const order = set.policies.map(({ name }) => `${name}.md`);
  const rank = ({ file, line }: PolicyFinding) => order.indexOf(file) * 1e6 + (line ?? 0);
  return [...found, ...contradictionsIn(set)].sort((left, right) => rank(left) - rank(right));
}

/**
 * Reads the policies of a folder as far as they can be read and says all that is wrong with them.
 *
 * @returns the set, usable for drafting only where no finding has the rule `structure`.
 * @throws ReplywrightError `policy_invalid` when the folder or a file cannot be read.
 */
export async function examinePolicies(
  folder: string,
  linkDomains: readonly string[],
): Promise<{ set: PolicySet; findings: PolicyFinding[] }> {
  const files: PolicyFile[] = [];
  const broken: PolicyFinding[] = [];
  for (const name of await policyNames(folder)) {
    const bytes = await readPolicyFile(folder, name);
    const { policy, mistakes } = readPolicy(name, bytes.toString('utf8'));
    files.push({ policy, bytes });
    for (const { line, detail } of mistakes) {
      const message = `${detail.replace(/^./, (letter) => letter.toUpperCase())}.`;
      broken.push({ level: 'error', rule: 'structure', file: `${name}.md`, line, message });
    }
  }
  const set = policySet(files);
  return { set, findings: [...broken, ...lintPolicies(set, linkDomains)] };
}
