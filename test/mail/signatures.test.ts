/** Signatures and closings: what is left out below the last words of a mail, and what is not. */

import { describe, expect, it } from 'vitest';
import { extractNewText, withClosing } from '../../src/mail/quoted-text.ts';

const fresh = 'It has not come.';
const history = 'On 3 May 2026, Shop <a@b.example> wrote:\n> Dear Ann';

describe('signatures', () => {
  it.each([
    'Sent from my iPhone',
    'Sent from my iPad',
    'Sent from my Samsung Galaxy smartphone.',
    'Sent from my Verizon Wireless 4G LTE DROID',
    'Sent from Yahoo Mail on Android',
    'Sent from Yahoo Mail for iPhone',
    'Sent from Mail for Windows 10',
    'Sent from Outlook',
    'Sent from Outlook for Android<https://aka.ms/x>',
    'Get Outlook for iOS<https://aka.ms/o0ukef>',
    'Get Outlook for Android',
    'Sent from [ProtonMail](https://proton.me) mobile',
    'Sent with Proton Mail secure email.',
    'Sent with [Proton Mail](https://proton.me/) secure email.',
    'Sent via the Samsung Galaxy S10, an AT&T 5G smartphone',
    'Sent from my BlackBerry 10 smartphone.',
    'Sent from my Windows Phone',
    'Sent on the go',
    'Sent using Zoho Mail',
    'Sent from Gmail Mobile',
    'Sent from AOL Mobile Mail',
    'Sent from my Xperia™ smartphone',
    'Sent from my T-Mobile 4G LTE Device',
    '*Sent from my iPhone*',
    '(sent from my phone)',
    'Sent by mobile; excuse typos',
    'Sent from my iPhone, please excuse typos',
    'Von meinem iPhone gesendet',
    'Von meinem iPad gesendet',
    'Von meinem Samsung Galaxy Smartphone gesendet.',
    'Gesendet von meinem iPhone',
    'Gesendet von Outlook für Android<https://aka.ms/x>',
    'Gesendet von Mail für Windows 10',
    'Gesendet mit der mobilen Mail App',
    'Gesendet mit der GMX Mail App',
    'Gesendet von Yahoo Mail auf Android',
    'Diese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.',
    'Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.',
    'Holen Sie sich Outlook für iOS',
    'Outlook für iOS herunterladen',
    'Von unterwegs gesendet',
    'Hol dir Outlook für Android',
    'Envoyé de mon iPhone',
    'Envoyé depuis mon iPhone',
    'Envoyé depuis mon appareil Samsung',
    'Envoyé à partir de mon smartphone Samsung Galaxy.',
    'Envoyé à partir de Outlook pour Android',
    'Envoyé depuis Yahoo Mail pour iPhone',
    'Télécharger Outlook pour Android',
    'Obtenez Outlook pour iOS',
    'Provenance : Courrier pour Windows 10',
    'Envoyé de mon téléphone',
    'Enviado desde mi iPhone',
    'Enviado desde mi Samsung Mobile de Claro',
    'Enviado desde Yahoo Mail para Android',
    'Enviado desde Outlook para iOS',
    'Obtener Outlook para Android',
    'Enviado desde Correo para Windows 10',
    'Enviado do meu iPhone',
    'Enviado via iPhone',
    'Enviado do Outlook para Android',
    'Enviada do meu iPhone',
    'Obter o Outlook para Android',
    'Obtenha o Outlook para iOS',
    'Inviato da iPhone',
    'Inviato dal mio iPhone',
    'Inviato dal mio Galaxy',
    'Inviato da Outlook per Android',
    'Inviato da Yahoo Mail su Android',
    'Inviato da Libero Mail per Android',
    'Ottieni Outlook per Android',
    'Scarica Outlook per iOS',
    'Inviato da Posta per Windows',
    'Verstuurd vanaf mijn iPhone',
    'Verzonden vanaf mijn Galaxy',
    'Verzonden vanuit Outlook voor Android',
    'Outlook voor Android downloaden',
    'Verzonden met de Mail-app',
    'Download Outlook voor iOS',
    'Verstuurd vanuit Mail voor Windows',
    "Wysłane z iPhone'a",
    "Wysłano z iPhone'a",
    'Wysłane z mojego Samsung',
    'Wysłane z aplikacji Poczta',
    'Pobierz aplikację Outlook dla systemu Android',
    'Wysłane z Yahoo Mail na Androidzie',
    'Wysłano z Outlook dla systemu iOS',
    'Skickat från min iPhone',
    'Skickat från Outlook för Android',
    'Hämta Outlook för iOS',
    'Skickas från min Samsung',
    'Sendt fra min iPhone',
    'Sendt fra Outlook for Android',
    'Få Outlook til Android',
    'Hent Outlook til iOS',
    'Sendt fra min Samsung Galaxy-smartphone.',
    'Lähetetty iPhonesta',
    'Lähetetty Samsung-laitteesta',
    'Hanki Outlook Androidille',
    'Hae Outlook for Android',
    'Odesláno z iPhonu',
    'Odesláno z mého iPhonu',
    'Odesláno z aplikace Outlook',
    'Odoslané z iPhonu',
    'Elküldve az iPhone-omról',
    'iPhone-ról küldve',
    'Az Outlook Android beszerzése',
    'Trimis de pe iPhone-ul meu',
    'Trimis de pe iPhone',
    'Poslano z mojega iPhonea',
    'Poslano s mog iPhonea',
    'Poslato sa iPhone uređaja',
    'Отправлено с iPhone',
    'Отправлено с моего iPhone',
    'Отправлено из мобильной Почты Mail.ru',
    'Отправлено из Почты Mail.ru для Android',
    'Отправлено с Samsung Mobile',
    'Скачать Outlook для Android',
    'Надіслано з iPhone',
    'Надіслано з мого iPhone',
    'Изпратено от моя iPhone',
    'Στάλθηκε από το iPhone μου',
    'Αποστολή από το iPhone',
    "iPhone'umdan gönderildi",
    "Android için Outlook'tan gönderildi",
    'iPhoneから送信',
    'Outlook for Androidから送信',
    '发自我的 iPhone',
    '发自我的iPhone',
    '從我的 iPhone 傳送',
    '自分の iPhone から送信',
    '나의 iPhone에서 보냄',
    'iPhone에서 보냄',
    'נשלח מה-iPhone שלי',
    'أرسلت من iPhone',
    'تم الإرسال من iPhone',
    'Đã gửi từ iPhone của tôi',
    'Dikirim dari iPhone saya',
    'ส่งจาก iPhone ของฉัน',
    'Enviat des del meu iPhone',
    'Saadetud minu iPhone’ist',
    'Nosūtīts no mana iPhone',
    'Išsiųsta iš mano iPhone',
    '获取 Outlook for Android',
    '下载 Outlook for iOS',
    'Geschickt von meinem Handy',
    'Versendet mit meinem Mobiltelefon',
  ])('end at %j', (signature) => {
    expect(extractNewText(`${fresh}\n\n${signature}\n`)).toBe(fresh);
    expect(extractNewText(`${fresh}\n\n${signature}\n\n${history}`)).toBe(fresh);
  });

  it.each(['-- ', '--', '__', '—'])('are below %j', (separator) => {
    expect(extractNewText(`${fresh}\n${separator}\nAnn Example\nMain street 1`)).toBe(fresh);
    expect(extractNewText(`${fresh}\n${separator}\nAnn\n\n${history}\n\nSize M.`)).toBe(
      `${fresh}\n\nSize M.`,
    );
  });

  it('are a name behind two dashes, where nothing follows', () => {
    expect(extractNewText(`${fresh}\n\n--Ann\n\n${history}`)).toBe(fresh);
    const list = `${fresh}\n--Lamp\n--Chair`;
    expect(extractNewText(list)).toBe(list);
  });

  it('are an address card below a drawn line', () => {
    expect(extractNewText(`${fresh}\n\n_____\nAnn\nann@example.org`)).toBe(fresh);
    const address = `${fresh}\nMy address:\n-----\nAnn\nann@example.org\nMain street 1`;
    expect(extractNewText(address)).toBe(address);
  });

  it('are not a long text below a separator', () => {
    const text = `${fresh}\n--\n${Array.from({ length: 40 }, (_, at) => `Line ${at}.`).join('\n')}`;
    expect(extractNewText(text)).toBe(text);
  });

  it.each([
    'Sent from Hamburg on Monday, it should have arrived long ago, but it did not.',
    'Sent by post last week\nbut nothing came',
    'Gesendet habe ich das Paket am Montag.',
    'Send it back by DHL\nor by UPS?',
  ])('are not talk of sending: %j', (talk) => {
    const text = `Hello,\n${talk}`;
    expect(extractNewText(text)).toBe(text);
  });
});

describe('closings', () => {
  it.each([
    'Regards,\nAnn',
    'Best regards\nAnn Example',
    'Kind regards,\n\nAnn Example\nExample Ltd',
    'Yours sincerely,\nAnn',
    'Mit freundlichen Grüßen\nAnn Beispiel',
    'Viele Grüße\nAnn',
    'Viele Grüße, Ann',
    'Liebe Grüße aus Hamburg\nAnn',
    'Herzliche Grüße',
    'MfG\nAnn',
    'Cordialement,\nAnn',
    'Bien cordialement',
    'Saludos,\nAna',
    'Un saludo,\nAna',
    'Atentamente,\nAna',
    'Cordiali saluti\nAnna',
    'Distinti saluti,\nAnna',
    'Atenciosamente,\nAna',
    'Com os melhores cumprimentos,\nAna',
    'Met vriendelijke groet,\nAnna',
    'Groetjes\nAnna',
    'Pozdrawiam\nAnna',
    'Pozdrawiam serdecznie,\nAnna',
    'Z poważaniem\nAnna',
    'Med vänlig hälsning\nAnna',
    'Vänliga hälsningar,\nAnna',
    'Mvh\nAnna',
    'Mvh Anna',
    'Med venlig hilsen\nAnna',
    'Vennlig hilsen Anna',
    'Ystävällisin terveisin\nAnna',
    'S pozdravem\nAnna',
    'Üdvözlettel,\nAnna',
    'Cu stimă,\nAna',
    'С уважением,\nАнна',
    'З повагою,\nАнна',
    'Με εκτίμηση,\nΆννα',
    'Saygılarımla,\nAyşe',
    'Thanks and regards,\nAnn',
    'Herzlichst\nAnn',
    'Bien amicalement,\nAnne',
    'Z pozdrowieniami\nAnna',
    'De bedste hilsner\nAnna',
    'Vänligen\nAnna',
    'よろしくお願いします。\n山田',
  ])('are left out with the name below: %j', (closing) => {
    expect(extractNewText(`${fresh}\n\n${closing}\n`)).toBe(fresh);
    expect(extractNewText(`${fresh}\n\n${closing}\n\n${history}`)).toBe(fresh);
    expect(extractNewText(`${fresh}\n\n${closing}\n\nSent from my iPhone\n`)).toBe(fresh);
    expect(extractNewText(`${fresh}\n\n${closing}\n-- \nExample Ltd\n`)).toBe(fresh);
  });

  it.each([
    'Hello\nBest regards\nAnn\n\nPS: my customer number is 4711.',
    'Please look.\nKind regards\nAnn Example\nOrder 4711',
    'Please look.\nRegards the order: it has not come.',
    'Hello\nBest regards to your team! One more question\nwhen does it come?',
    'Mit freundlichen Grüßen\nAnn',
    'Hello\nLG TV is broken, what now?',
    'It broke.\nThanks,\nAnn',
  ])('stay where there is more than a name, or nothing else: %j', (text) => {
    expect(extractNewText(text)).toBe(text);
  });

  it('are given back to whoever has to know the name', () => {
    const text = `${fresh}\n\nKind regards\nAnn\n\n${history}`;
    const whole = `${fresh}\n\nKind regards\nAnn`;
    expect(withClosing(extractNewText(text), text)).toBe(whole);
    expect(withClosing(whole, whole)).toBe(whole);
    expect(withClosing(fresh, fresh)).toBe(fresh);
  });
});
