/** The registry of keys: handlers, help and the hints on buttons all come from it. */

export interface Key {
  /** `event.key`; two of them, with a space between, are typed one after the other. */
  key: string;
  /** What it does: the name that scripts know. Elements with `data-do` of that name are clicked. */
  action: string;
  /** How it is called in the help. */
  label: string;
  /** What stands on the key cap. */
  cap: string;
  /** `editor` keys work while typing in the editor, and only there. */
  where: 'desk' | 'editor';
}

export const keyGroups: readonly { name: string; keys: readonly Key[] }[] = [
  {
    name: 'Decide',
    keys: [
      { key: 'a', action: 'approve', label: 'Approve', cap: 'A', where: 'desk' },
      { key: 'A', action: 'override', label: 'Approve anyway', cap: '⇧A', where: 'desk' },
      { key: 'e', action: 'edit', label: 'Edit', cap: 'E', where: 'desk' },
      { key: 'p', action: 'preview', label: 'Preview the reply', cap: 'P', where: 'desk' },
      { key: 'l', action: 'later', label: 'When it goes out', cap: 'L', where: 'desk' },
      { key: 't', action: 'now', label: 'Send or try now', cap: 'T', where: 'desk' },
      { key: 'r', action: 'reject', label: 'Reject, or no reply', cap: 'R', where: 'desk' },
      { key: 'f', action: 'attach', label: 'Attach files', cap: 'F', where: 'desk' },
      { key: 'u', action: 'use', label: 'Use the stopped text', cap: 'U', where: 'desk' },
      { key: 'n', action: 'again', label: 'Draft or read again', cap: 'N', where: 'desk' },
      {
        key: 'm',
        action: 'merge',
        label: 'Merge with another conversation',
        cap: 'M',
        where: 'desk',
      },
      { key: 'i', action: 'urgency', label: 'Urgent, or not', cap: 'I', where: 'desk' },
      { key: 'c', action: 'category', label: 'Correct the category', cap: 'C', where: 'desk' },
      { key: 'y', action: 'language', label: 'Correct the language', cap: 'Y', where: 'desk' },
      { key: 'x', action: 'translate', label: 'Translate mail and draft', cap: 'X', where: 'desk' },
      { key: 's', action: 'split', label: 'Split mails off', cap: 'S', where: 'desk' },
      { key: 'd', action: 'done', label: 'Done with a quarantined mail', cap: 'D', where: 'desk' },
      { key: 'z', action: 'undo', label: 'Undo', cap: 'Z', where: 'desk' },
    ],
  },
  {
    name: 'In the editor',
    keys: [
      {
        key: 'Control+Enter',
        action: 'send',
        label: 'Approve the edited text',
        cap: 'Ctrl ↵',
        where: 'editor',
      },
      {
        key: 'Escape',
        action: 'leave',
        label: 'Leave, keep the text',
        cap: 'Esc',
        where: 'editor',
      },
    ],
  },
  {
    name: 'Move',
    keys: [
      { key: 'j', action: 'next', label: 'Next mail', cap: 'J', where: 'desk' },
      { key: 'k', action: 'previous', label: 'Previous mail', cap: 'K', where: 'desk' },
      { key: 'Enter', action: 'open', label: 'Open, go to the mail', cap: '↵', where: 'desk' },
      { key: 'o', action: 'quoted', label: 'Show quoted text', cap: 'O', where: 'desk' },
      {
        key: 'v',
        action: 'look',
        label: 'View the text of attached files',
        cap: 'V',
        where: 'desk',
      },
    ],
  },
  {
    name: 'Go to',
    keys: [
      { key: 'g q', action: 'go-approve', label: 'To approve', cap: 'G Q', where: 'desk' },
      { key: 'g p', action: 'go-person', label: 'Needs a person', cap: 'G P', where: 'desk' },
      { key: 'g d', action: 'go-sending', label: 'Sending', cap: 'G D', where: 'desk' },
      { key: 'g s', action: 'go-sent', label: 'Sent', cap: 'G S', where: 'desk' },
      {
        key: 'g e',
        action: 'go-elsewhere',
        label: 'Answered elsewhere',
        cap: 'G E',
        where: 'desk',
      },
      { key: 'g a', action: 'go-automated', label: 'Automated', cap: 'G A', where: 'desk' },
      { key: 'g x', action: 'go-quarantined', label: 'Quarantined', cap: 'G X', where: 'desk' },
      { key: 'g l', action: 'go-candidates', label: 'Past replies', cap: 'G L', where: 'desk' },
      { key: 'g m', action: 'go-sandbox', label: 'Write as a customer', cap: 'G M', where: 'desk' },
      { key: '?', action: 'help', label: 'This help', cap: '?', where: 'desk' },
    ],
  },
];

/** The cap of the key that does `action`. */
export function capOf(action: string): string {
  const key = keyGroups.flatMap(({ keys }) => keys).find((each) => each.action === action);
  if (key === undefined) throw new Error(`No key does "${action}".`);
  return key.cap;
}
