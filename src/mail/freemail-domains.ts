/** Domains on which anybody can have an address: two addresses there need not be one customer. */

/** Services that go by the same name under many top-level domains, such as `yahoo.co.uk`. */
const anywhere: ReadonlySet<string> = new Set(
  'aol gmx googlemail hotmail live msn outlook yahoo yandex ymail'.split(' '),
);

const domains: ReadonlySet<string> = new Set(
  [
    'gmail.com icloud.com mac.com mail.com mail.ru me.com rocketmail.com zoho.com zohomail.com',
    'fastmail.com fastmail.fm hushmail.com inbox.com pm.me proton.me protonmail.ch protonmail.com',
    'tuta.com tuta.io tutamail.com tutanota.com tutanota.de posteo.de posteo.net mailbox.org',
    'arcor.de email.de freenet.de magenta.de online.de t-online.de vodafone.de web.de',
    'bluewin.ch hispeed.ch sunrise.ch chello.at a1.net aon.at',
    'bbox.fr free.fr laposte.net neuf.fr numericable.fr orange.fr sfr.fr wanadoo.fr',
    'alice.it inwind.it iol.it libero.it tim.it tin.it tiscali.it virgilio.it',
    'home.nl hetnet.nl kpnmail.nl planet.nl ziggo.nl xs4all.nl skynet.be telenet.be',
    'btinternet.com blueyonder.co.uk ntlworld.com sky.com talktalk.net virginmedia.com',
    'interia.eu interia.pl o2.pl onet.eu onet.pl op.pl poczta.fm poczta.onet.pl tlen.pl wp.pl',
    'seznam.cz centrum.cz email.cz centrum.sk azet.sk freemail.hu citromail.hu abv.bg ukr.net',
    'sapo.pt telefonica.net terra.es telia.com bredband.net online.no luukku.com',
    'att.net bellsouth.net charter.net comcast.net cox.net rogers.com sbcglobal.net shaw.ca',
    'verizon.net sympatico.ca bigpond.com optusnet.com.au xtra.co.nz bol.com.br terra.com.br',
    'uol.com.br rediffmail.com 126.com 163.com qq.com sina.com naver.com daum.net hanmail.net',
  ].flatMap((line) => line.split(' ')),
);

/**
 * True for a domain of a public mail service.
 *
 * @param domain in ASCII and lower case.
 */
export function isFreemail(domain: string): boolean {
  if (domains.has(domain)) return true;
  // `yahoo.fr` and `yahoo.co.uk`, but not `yahoo.shop.example`.
  const [, name = ''] = /^([a-z]+)\.(?:[a-z]{2,3}|com?\.[a-z]{2})$/.exec(domain) ?? [];
  return anywhere.has(name);
}
