/** The servers of common mail providers, found by the domain of an address or by its mail exchanger. */

type Security = 'tls' | 'starttls';

export interface Server {
  host: string;
  port: number;
  security: Security;
}

export interface Provider {
  name: string;
  imap: Server;
  smtp: Server;
  /** What a person must know before it works; null where the usual password does. */
  note: string | null;
  /** Where only OAuth logs in: the provider's name in the settings. */
  oauth?: 'microsoft';
  /** Domains of addresses it gives out. */
  domains: readonly string[];
  /** Ends of the mail exchangers' names of domains it hosts. */
  exchangers: readonly string[];
}

const tls = (host: string, port: number): Server => ({ host, port, security: 'tls' });
const starttls = (host: string, port: number): Server => ({ host, port, security: 'starttls' });

/** A provider in the usual form: IMAP on 993 and SMTP on 465, both TLS. */
function usual(
  name: string,
  [imap, smtp]: [string, string],
  note: string | null,
  domains: readonly string[],
  exchangers: readonly string[] = [],
): Provider {
  return { name, imap: tls(imap, 993), smtp: tls(smtp, 465), note, domains, exchangers };
}

const appPassword = 'It wants an app password instead of the one you log in with';
const switchOn = 'IMAP must be switched on in its settings first';

export const providers: readonly Provider[] = [
  usual(
    'Gmail and Google Workspace',
    ['imap.gmail.com', 'smtp.gmail.com'],
    `${appPassword}: switch on 2-step verification, then make one at myaccount.google.com/apppasswords.`,
    ['gmail.com', 'googlemail.com'],
    ['google.com', 'googlemail.com'],
  ),
  {
    name: 'Outlook and Microsoft 365',
    imap: tls('outlook.office365.com', 993),
    smtp: starttls('smtp.office365.com', 587),
    note: 'Microsoft accepts no passwords here, only OAuth: register Replywright as docs/mailboxes.md says, once, and give the id of that registration.',
    oauth: 'microsoft',
    domains: ['outlook.com', 'outlook.de', 'outlook.fr', 'hotmail.com', 'live.com', 'msn.com'],
    exchangers: ['outlook.com', 'onmicrosoft.com'],
  },
  {
    name: 'iCloud',
    imap: tls('imap.mail.me.com', 993),
    smtp: starttls('smtp.mail.me.com', 587),
    note: `${appPassword}: make one at account.apple.com. If the whole address is refused as the user name for IMAP, take the part before the @.`,
    domains: ['icloud.com', 'me.com', 'mac.com'],
    exchangers: ['icloud.com'],
  },
  usual(
    'Yahoo',
    ['imap.mail.yahoo.com', 'smtp.mail.yahoo.com'],
    `${appPassword}: Account security, "Generate app password".`,
    ['yahoo.com', 'yahoo.de', 'yahoo.fr', 'yahoo.it', 'yahoo.es', 'yahoo.co.uk', 'ymail.com'],
    ['yahoodns.net'],
  ),
  usual('AOL', ['imap.aol.com', 'smtp.aol.com'], `${appPassword}.`, ['aol.com', 'aol.de']),
  usual(
    'Fastmail',
    ['imap.fastmail.com', 'smtp.fastmail.com'],
    `${appPassword}: Settings, Privacy & Security, "App passwords".`,
    ['fastmail.com', 'fastmail.fm'],
    ['messagingengine.com'],
  ),
  {
    name: 'Proton Mail (through Proton Mail Bridge)',
    imap: starttls('127.0.0.1', 1143),
    smtp: starttls('127.0.0.1', 1025),
    note: 'Proton Mail Bridge must run on this machine. Use the password that Bridge shows, export its certificate, and name that file as `caFile`.',
    domains: ['proton.me', 'protonmail.com', 'pm.me'],
    exchangers: ['protonmail.ch'],
  },
  usual(
    'Zoho Mail (Europe)',
    ['imap.zoho.eu', 'smtp.zoho.eu'],
    `${switchOn}; with two-factor login it wants an app password. Domains of one's own use imappro.zoho.eu and smtppro.zoho.eu.`,
    ['zohomail.eu'],
    ['zoho.eu'],
  ),
  usual(
    'Zoho Mail',
    ['imap.zoho.com', 'smtp.zoho.com'],
    `${switchOn}; with two-factor login it wants an app password. Domains of one's own use imappro.zoho.com and smtppro.zoho.com.`,
    ['zoho.com', 'zohomail.com'],
    ['zoho.com'],
  ),
  usual('GMX', ['imap.gmx.net', 'mail.gmx.net'], `${switchOn} (Settings, POP3/IMAP).`, [
    'gmx.de',
    'gmx.net',
    'gmx.at',
    'gmx.ch',
  ]),
  usual('GMX International', ['imap.gmx.com', 'mail.gmx.com'], `${switchOn}.`, [
    'gmx.com',
    'gmx.us',
    'gmx.co.uk',
    'gmx.fr',
  ]),
  {
    name: 'WEB.DE',
    imap: tls('imap.web.de', 993),
    smtp: starttls('smtp.web.de', 587),
    note: `${switchOn} (Settings, POP3/IMAP).`,
    domains: ['web.de'],
    exchangers: [],
  },
  usual(
    'T-Online',
    ['secureimap.t-online.de', 'securesmtp.t-online.de'],
    'It wants the e-mail password, which is another one than that of the login.',
    ['t-online.de', 'magenta.de'],
  ),
  usual(
    'mailbox.org',
    ['imap.mailbox.org', 'smtp.mailbox.org'],
    'With two-factor login it wants an app password.',
    ['mailbox.org'],
    ['mailbox.org'],
  ),
  usual(
    'Posteo',
    ['posteo.de', 'posteo.de'],
    null,
    ['posteo.de', 'posteo.net', 'posteo.eu'],
    ['posteo.de'],
  ),
  usual(
    'IONOS and 1&1',
    ['imap.ionos.de', 'smtp.ionos.de'],
    null,
    ['online.de', 'onlinehome.de'],
    ['ionos.de', 'kundenserver.de', '1and1.com', 'ionos.com', 'ionos.co.uk', 'ionos.fr'],
  ),
  usual('Strato', ['imap.strato.de', 'smtp.strato.de'], null, [], ['rzone.de', 'strato.de']),
  usual('OVH', ['ssl0.ovh.net', 'ssl0.ovh.net'], null, [], ['mail.ovh.net', 'mail.ovh.com']),
  usual(
    'Infomaniak',
    ['mail.infomaniak.com', 'mail.infomaniak.com'],
    'It wants a device password: Manager, Mail, "Devices".',
    ['ik.me', 'ikmail.com'],
    ['infomaniak.ch', 'infomaniak.com'],
  ),
  usual('Migadu', ['imap.migadu.com', 'smtp.migadu.com'], null, [], ['migadu.com']),
  usual('Gandi', ['mail.gandi.net', 'mail.gandi.net'], null, [], ['gandi.net']),
  usual('Hostinger', ['imap.hostinger.com', 'smtp.hostinger.com'], null, [], ['hostinger.com']),
  usual(
    'Namecheap Private Email',
    ['mail.privateemail.com', 'mail.privateemail.com'],
    null,
    [],
    ['privateemail.com'],
  ),
  usual('Rackspace', ['secure.emailsrvr.com', 'secure.emailsrvr.com'], null, [], ['emailsrvr.com']),
  usual('one.com', ['imap.one.com', 'send.one.com'], null, [], ['one.com']),
  usual(
    'Mailo',
    ['mail.mailo.com', 'mail.mailo.com'],
    null,
    ['mailo.com', 'mailo.eu'],
    ['mailo.com'],
  ),
  usual('Orange', ['imap.orange.fr', 'smtp.orange.fr'], null, ['orange.fr', 'wanadoo.fr']),
  usual('Free', ['imap.free.fr', 'smtp.free.fr'], null, ['free.fr']),
  usual(
    'Libero',
    ['imapmail.libero.it', 'smtp.libero.it'],
    'With strong authentication it wants an app password.',
    ['libero.it', 'iol.it', 'inwind.it'],
  ),
  usual('Aruba', ['imaps.aruba.it', 'smtps.aruba.it'], null, ['aruba.it'], ['aruba.it']),
  usual('WP', ['imap.wp.pl', 'smtp.wp.pl'], `${switchOn}.`, ['wp.pl']),
  usual('o2', ['poczta.o2.pl', 'poczta.o2.pl'], `${switchOn}.`, ['o2.pl', 'tlen.pl']),
  usual(
    'Onet',
    ['imap.poczta.onet.pl', 'smtp.poczta.onet.pl'],
    `${switchOn}; with two-step login it wants an app password.`,
    ['onet.pl', 'op.pl', 'vp.pl', 'onet.eu'],
  ),
  usual('Interia', ['poczta.interia.pl', 'poczta.interia.pl'], `${switchOn}.`, ['interia.pl']),
  usual(
    'Seznam',
    ['imap.seznam.cz', 'smtp.seznam.cz'],
    `${switchOn}.`,
    ['seznam.cz', 'email.cz'],
    ['seznam.cz'],
  ),
  usual(
    'Yandex',
    ['imap.yandex.com', 'smtp.yandex.com'],
    `${appPassword}, and ${switchOn}.`,
    ['yandex.com', 'yandex.ru'],
    ['yandex.net', 'yandex.ru'],
  ),
];

/** The provider that gives out addresses like this one; null when none is known. */
export function providerOfAddress(address: string): Provider | null {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  return providers.find((provider) => provider.domains.includes(domain)) ?? null;
}

/** The provider behind a domain's mail exchangers (RFC 5321, section 5.1); null when none is known. */
export function providerOfExchangers(exchangers: readonly string[]): Provider | null {
  const names = exchangers.map((name) => name.toLowerCase().replace(/\.$/, ''));
  const serves = (end: string) => names.some((name) => name === end || name.endsWith(`.${end}`));
  return providers.find((provider) => provider.exchangers.some(serves)) ?? null;
}
