/** The schema of DKIM in a mailbox: under which name its replies are signed, and with which key. */
import * as z from 'zod';
import { text } from './field-kinds.ts';

const labels = /^(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/i;

export const dkimSchema = z.strictObject({
  domain: z
    .string()
    .max(253)
    .regex(labels, 'expected a domain like example.com, in its ASCII form')
    .meta({
      description:
        'The domain that vouches for the replies (`d=`): that of `address`, or one above it.',
      example: 'example.com',
    }),
  selector: z.string().max(63).regex(labels, 'expected a selector like mail2026').meta({
    description:
      'The name of the key (`s=`). Its public half stands in the DNS as TXT record `<selector>._domainkey.<domain>`.',
    example: 'mail2026',
  }),
  keyFile: text.meta({
    description:
      'The file with the private key: RSA, PEM, at least 1024 bits, better 2048. It is read at the start and whenever the settings change; only this user should be able to read it.',
    example: './dkim.pem',
  }),
});
