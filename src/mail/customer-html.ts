/** A customer's HTML, made safe to show in a sandboxed frame of the desk. */

import sanitizeHtml from 'sanitize-html';

/** Longest HTML that is shown, in UTF-16 units; longer mail is read as text. */
const maxHtml = 1_000_000;

/** Deeper elements are dropped with what they hold (sanitize-html `nestingLimit`). */
const maxNesting = 200;

const blocks =
  'p div br hr h1 h2 h3 h4 h5 h6 blockquote pre ul ol li dl dt dd table caption thead tbody tfoot tr td th center address';
const spans =
  'span b strong i em u s strike del ins sub sup small big font code kbd samp var tt a img abbr cite q mark wbr';

/** Declarations that only change how words look; nothing that loads, moves or hides. */
const color = [/^#[0-9a-f]{3,8}$/i, /^rgba?\([\d\s.,%]{1,40}\)$/i, /^[a-z]{3,20}$/i];
const styles: sanitizeHtml.IOptions['allowedStyles'] = {
  '*': {
    color,
    'background-color': color,
    'font-weight': [/^(?:normal|bold|bolder|lighter|[1-9]00)$/],
    'font-style': [/^(?:normal|italic|oblique)$/],
    'text-decoration': [/^(?:none|underline|line-through)$/],
    'text-align': [/^(?:left|right|center|justify)$/],
  },
};

/** RFC 2392: `cid:` names a part of the same mail. */
function partOf(src: string): string | null {
  const name = /^\s*cid:(\S{1,250})\s*$/i.exec(src)?.[1];
  return name === undefined || /["'<>]/.test(name) ? null : name;
}

function isRemote(src: string): boolean {
  return /^\s*https?:\/\/[^\s]+$/i.test(src);
}

function image(remoteImages: boolean): sanitizeHtml.Transformer {
  return (_tag, attributes) => {
    const { src = '', alt = '', width = '', height = '' } = attributes;
    const size = {
      ...(/^\d{1,4}$/.test(width) ? { width } : {}),
      ...(/^\d{1,4}$/.test(height) ? { height } : {}),
    };
    const part = partOf(src);
    // The desk fills these in from the attachments; the frame itself loads nothing.
    if (part !== null) return { tagName: 'img', attribs: { ...size, alt, 'data-cid': part } };
    if (isRemote(src) && remoteImages)
      return {
        tagName: 'img',
        attribs: { ...size, alt, src: src.trim(), referrerpolicy: 'no-referrer', loading: 'lazy' },
      };
    const label = alt.trim() === '' ? 'image' : `image: ${alt.trim().slice(0, 100)}`;
    return {
      tagName: 'span',
      attribs: isRemote(src) ? { 'data-blocked': 'remote' } : {},
      text: `[${label}]`,
    };
  };
}

/**
 * Reduces HTML from a mail to formatting, links and images: no scripts, styles sheets, forms,
 * frames, SVG or MathML; no relative addresses, which would point into the desk; no loads from
 * elsewhere unless `remoteImages`. Images of the mail itself come back as
 * `<img data-cid="...">`, left-out ones as their alternative text in brackets.
 *
 * Never throws. What it returns still belongs into a frame with `sandbox` and a strict CSP: one
 * layer of several.
 */
export function sanitizeCustomerHtml(html: string, options: { remoteImages: boolean }): string {
  return sanitizeHtml(html.slice(0, maxHtml).replaceAll('\u0000', ''), {
    allowedTags: `${blocks} ${spans}`.split(' '),
    // Dropped with their text: it was never meant to be read.
    nonTextTags: 'script style textarea option noscript title xmp noembed iframe object'.split(' '),
    disallowedTagsMode: 'discard',
    allowedAttributes: {
      '*': ['style', 'dir', 'lang', 'align', 'valign'],
      a: ['href', 'title', 'rel', 'target'],
      img: ['src', 'alt', 'width', 'height', 'data-cid', 'referrerpolicy', 'loading'],
      span: ['data-blocked'],
      font: ['color', 'size'],
      ol: ['start', 'type'],
      table: ['border', 'cellpadding', 'cellspacing', 'width'],
      td: ['colspan', 'rowspan', 'width'],
      th: ['colspan', 'rowspan', 'width'],
    },
    allowedStyles: styles,
    allowedSchemes: ['https', 'http', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['https', 'http'] },
    allowProtocolRelative: false,
    nestingLimit: maxNesting,
    transformTags: {
      img: image(options.remoteImages),
      a: (_tag, { href = '', title = '' }) => ({
        tagName: 'a',
        // A relative link in a mail points nowhere; in the desk it would point at us.
        attribs: /^\s*(?:https?:\/\/|mailto:|tel:)/i.test(href)
          ? {
              href: href.trim(),
              ...(title === '' ? {} : { title }),
              rel: 'noopener noreferrer nofollow',
              target: '_blank',
            }
          : {},
      }),
    },
  });
}
