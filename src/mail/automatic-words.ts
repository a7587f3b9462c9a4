/** What automatic mail says of itself in its text, in the languages we have seen. */

/** Looked at: what a machine says of itself stands at the top or at the very end. */
const shown = { top: 600, end: 300 } as const;

const words: readonly RegExp[] = [
  /\bthis is an? (?:automatic|automated|auto[- ]generated|automatically[- ]generated|computer[- ]generated)(?: e-?mail)? ?(?:e-?mail|mail|message|reply|response|answer|notification|acknowledge?ment)\b/,
  /\bthis (?:e-?mail|mail|message|reply|response|notification) (?:is|was|has been) (?:automatically (?:generated|created|sent)|auto-?generated|(?:generated|created|sent) automatically)\b/,
  /\b(?:dies ist eine|diese) (?:automatisch (?:generierte|erstellte|erzeugte|versendete|verschickte)|automatische) (?:e-?mail|mail|nachricht|antwort|benachrichtigung)\b/,
  /\bdiese (?:e-?mail|mail|nachricht|antwort) (?:wurde|ist) automatisch\b/,
  /\bceci est (?:un|une) (?:message|courriel|e-?mail|réponse) (?:automatique|généré automatiquement)/,
  /\bce (?:message|courriel|mail|e-?mail) (?:est|a été) (?:généré|envoyé) automatiquement/,
  /\bes(?:te|ta) es un(?:a)? (?:mensaje|correo|respuesta|e-?mail) (?:automátic[oa]|generad[oa] automáticamente)/,
  /\b(?:questo|questa) è un(?:a|')? ?(?:messaggio|risposta|e-?mail|mail) (?:automatic[oa]|generat[oa] automaticamente)/,
  /\best(?:e|a) é uma? (?:mensagem|resposta|e-?mail) (?:automátic[oa]|gerad[oa] automaticamente)/,
  /\bdit is een automatisch(?:e)? (?:gegenereerd[e]? )?(?:bericht|antwoord|e-?mail|mail)\b/,
  /\b(?:to jest|ta) (?:automatyczna|wygenerowana automatycznie) (?:wiadomość|odpowiedź)/,
  /\bwiadomość (?:została )?wygenerowana automatycznie/,
  /\bdet(?:ta|te) är ett automatiskt (?:meddelande|svar)|\bdette er (?:en|et) automatisk(?:e)? (?:besked|svar|melding|mail)/,
  /это автоматическ(?:ий ответ|ое (?:сообщение|письмо|уведомление))/,
  /このメールは(?:、)?(?:システムより)?自動(?:的に)?(?:送信|配信|返信|応答)|此(?:邮件|信|郵件)(?:为|為|由).{0,6}(?:自动|自動)(?:发|發|回|生)/,
];

/** What each of them holds: looking for it first spares most mails the others. */
const common = /auto[- ]?(?:mat|mát|gen)|computer|автомат|自動|自动/;

/** True when `text` says that no person wrote it. Quoted mail must have been taken off. */
export function callsItselfAutomatic(text: string): boolean {
  const said = text.trim();
  const top = said.slice(0, shown.top);
  const end = said.length > shown.top ? said.slice(-shown.end) : '';
  const looked = `${top}\n${end}`.normalize('NFC').replace(/\s+/gu, ' ').toLowerCase();
  return common.test(looked) && words.some((form) => form.test(looked));
}
