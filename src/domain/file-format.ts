/** The formats of files that come and go with mail: what each is called, and which names end in what. */

/** What can be done with a file of a format, and what has to be feared of it. */
export type FileKind =
  | 'picture'
  | 'other_picture'
  | 'pdf'
  | 'text'
  | 'office'
  | 'archive'
  | 'program'
  | 'script'
  | 'shortcut'
  | 'disk_image'
  | 'web_page'
  | 'mail'
  | 'invitation'
  | 'contact'
  | 'media'
  | 'signature'
  | 'container'
  | 'unknown';

interface FormatFacts {
  kind: FileKind;
  /** With an article, as it stands in "it is ...". */
  words: string;
  /** Endings of names that promise this format, without the dot. */
  endings: readonly string[];
  /** Its media type, of formats that their first bytes prove. */
  type?: string;
}

/** Each format by the name that is stored. */
const formats = {
  png: { kind: 'picture', words: 'a PNG picture', endings: ['png'], type: 'image/png' },
  jpeg: {
    kind: 'picture',
    words: 'a JPEG picture',
    endings: ['jpg', 'jpeg', 'jpe', 'jfif'],
    type: 'image/jpeg',
  },
  gif: { kind: 'picture', words: 'a GIF picture', endings: ['gif'], type: 'image/gif' },
  webp: { kind: 'picture', words: 'a WebP picture', endings: ['webp'], type: 'image/webp' },
  heic: { kind: 'other_picture', words: 'a HEIC picture', endings: ['heic', 'heif', 'avif'] },
  tiff: { kind: 'other_picture', words: 'a TIFF picture', endings: ['tif', 'tiff', 'dng'] },
  bmp: { kind: 'other_picture', words: 'a BMP picture', endings: ['bmp', 'dib'] },
  icon: { kind: 'other_picture', words: 'an icon', endings: ['ico', 'cur'] },
  photoshop: { kind: 'other_picture', words: 'a Photoshop picture', endings: ['psd'] },
  svg: { kind: 'web_page', words: 'an SVG drawing, which can run scripts', endings: ['svg'] },
  html: { kind: 'web_page', words: 'a web page', endings: ['html', 'htm', 'xhtml', 'shtml'] },
  pdf: { kind: 'pdf', words: 'a PDF', endings: ['pdf'], type: 'application/pdf' },
  text: { kind: 'text', words: 'plain text', endings: ['txt', 'text', 'log', 'md', 'asc'] },
  csv: { kind: 'text', words: 'a table as text', endings: ['csv', 'tsv'] },
  json: { kind: 'text', words: 'JSON', endings: ['json'] },
  xml: { kind: 'text', words: 'XML', endings: ['xml', 'gpx', 'kml'] },
  docx: { kind: 'office', words: 'a Word document', endings: ['docx', 'docm', 'dotx', 'dotm'] },
  xlsx: {
    kind: 'office',
    words: 'an Excel table',
    endings: ['xlsx', 'xlsm', 'xltx', 'xltm', 'xlsb', 'xlam'],
  },
  pptx: {
    kind: 'office',
    words: 'a PowerPoint presentation',
    endings: ['pptx', 'pptm', 'ppsx', 'ppsm', 'potx', 'potm'],
  },
  doc: { kind: 'office', words: 'an old Word document', endings: ['doc', 'dot', 'wps'] },
  xls: { kind: 'office', words: 'an old Excel table', endings: ['xls', 'xlt', 'xla'] },
  ppt: { kind: 'office', words: 'an old PowerPoint presentation', endings: ['ppt', 'pps'] },
  ole: { kind: 'office', words: 'an old Office file', endings: ['vsd', 'pub', 'mpp'] },
  opendocument: {
    kind: 'office',
    words: 'an OpenDocument file',
    endings: ['odt', 'ods', 'odp', 'odg', 'ott'],
  },
  rtf: { kind: 'office', words: 'a Rich Text document', endings: ['rtf'] },
  ebook: { kind: 'office', words: 'an e-book', endings: ['epub'] },
  onenote: { kind: 'script', words: 'a OneNote notebook', endings: ['one', 'onepkg'] },
  zip: {
    kind: 'archive',
    words: 'a ZIP archive',
    endings: ['zip', 'pages', 'numbers', 'key', 'kmz', '3mf'],
    type: 'application/zip',
  },
  rar: { kind: 'archive', words: 'a RAR archive', endings: ['rar'] },
  seven_zip: { kind: 'archive', words: 'a 7-Zip archive', endings: ['7z'] },
  gzip: { kind: 'archive', words: 'a gzip archive', endings: ['gz', 'tgz'] },
  tar: { kind: 'archive', words: 'a tar archive', endings: ['tar'] },
  bzip2: { kind: 'archive', words: 'a bzip2 archive', endings: ['bz2', 'tbz'] },
  xz: { kind: 'archive', words: 'an xz archive', endings: ['xz', 'txz'] },
  cabinet: { kind: 'archive', words: 'a Windows cabinet', endings: ['cab'] },
  windows_program: {
    kind: 'program',
    words: 'a Windows program',
    endings: ['exe', 'scr', 'com', 'pif', 'cpl', 'dll', 'xll', 'sys', 'ocx', 'vxd'],
  },
  windows_installer: {
    kind: 'program',
    words: 'a Windows installer',
    endings: [
      ...['msi', 'msp', 'mst', 'msix', 'msixbundle', 'appx', 'appxbundle', 'application'],
      ...['gadget', 'diagcab'],
    ],
  },
  linux_program: {
    kind: 'program',
    words: 'a Linux program',
    endings: ['elf', 'run', 'so', 'deb', 'rpm'],
  },
  apple_program: {
    kind: 'program',
    words: 'an Apple program',
    endings: ['dylib', 'command', 'pkg'],
  },
  java_program: { kind: 'program', words: 'a Java program', endings: ['jar', 'class', 'jnlp'] },
  android_program: { kind: 'program', words: 'an Android program', endings: ['apk', 'aab'] },
  browser_extension: {
    kind: 'program',
    words: 'a browser extension',
    endings: ['xpi', 'crx'],
  },
  script: {
    kind: 'script',
    words: 'a script',
    endings: [
      ...['bat', 'cmd', 'js', 'jse', 'mjs', 'vb', 'vbs', 'vbe', 'wsf', 'wsh', 'wsc', 'hta', 'sct'],
      ...['ps1', 'psm1', 'ps1xml', 'psc1', 'sh', 'bash', 'zsh', 'py', 'pyc', 'pyw', 'pl', 'rb'],
      ...['php', 'reg', 'inf', 'ins', 'isp', 'msc', 'nsh', 'shb', 'shs', 'diagcfg', 'diagpkg'],
      ...['scpt', 'applescript'],
    ],
  },
  access: {
    kind: 'script',
    words: 'an Access program',
    endings: ['ade', 'adp', 'mde', 'accde'],
  },
  windows_help: { kind: 'script', words: 'a Windows help file', endings: ['chm', 'hlp'] },
  shortcut: {
    kind: 'shortcut',
    words: 'a shortcut to something else',
    endings: ['lnk', 'url', 'webloc', 'desktop', 'scf', 'library-ms', 'search-ms'],
  },
  disk_image: {
    kind: 'disk_image',
    words: 'a disk image',
    endings: ['iso', 'img', 'vhd', 'vhdx', 'dmg', 'udf'],
  },
  mail: { kind: 'mail', words: 'a mail', endings: ['eml', 'mht', 'mhtml'] },
  outlook_mail: { kind: 'mail', words: 'an Outlook mail', endings: ['msg', 'oft'] },
  outlook_item: { kind: 'container', words: 'an Outlook item', endings: [] },
  invitation: { kind: 'invitation', words: 'a calendar invitation', endings: ['ics', 'vcs'] },
  contact: { kind: 'contact', words: 'a contact card (vCard)', endings: ['vcf', 'vcard'] },
  sound: {
    kind: 'media',
    words: 'a sound recording',
    endings: ['mp3', 'wav', 'ogg', 'oga', 'opus', 'flac', 'm4a', 'aac', 'amr', 'aif', 'wma'],
  },
  video: {
    kind: 'media',
    words: 'a video',
    endings: ['mp4', 'm4v', 'mov', 'webm', 'mkv', 'avi', 'wmv', 'mpg', 'mpeg', '3gp'],
  },
  signature: {
    kind: 'signature',
    words: 'a digital signature or key',
    endings: ['p7s', 'p7m', 'p7c', 'sig', 'pgp', 'gpg', 'pem', 'crt', 'cer', 'der'],
  },
  winmail: { kind: 'container', words: 'an Outlook container (winmail.dat)', endings: ['tnef'] },
  empty: { kind: 'unknown', words: 'empty', endings: [] },
  unknown: { kind: 'unknown', words: 'a file of unknown kind', endings: [] },
} as const satisfies Record<string, FormatFacts>;

export type FileFormat = keyof typeof formats;

const byEnding: ReadonlyMap<string, FileFormat> = new Map(
  Object.entries(formats).flatMap(([format, { endings }]) =>
    endings.map((ending) => [ending, format as FileFormat] as const),
  ),
);

/** The ending of a file name in lower case, without the dot; empty where there is none. */
export function endingOf(filename: string): string {
  return /\.([\p{L}\p{N}_-]{1,12})[\s.]*$/u.exec(filename)?.[1]?.toLowerCase() ?? '';
}

/** The format that the ending of a name promises; null where it promises none that we know. */
export function promisedFormat(filename: string): FileFormat | null {
  return byEnding.get(endingOf(filename)) ?? null;
}

export function kindOf(format: FileFormat): FileKind {
  return formats[format].kind;
}

/** The media type of a format that the first bytes prove; null of those that only a name tells. */
export function mediaTypeOf(format: FileFormat): string | null {
  const facts: FormatFacts = formats[format];
  return facts.type ?? null;
}

/** What a format is called, with its article: "a JPEG picture". */
export function formatWords(format: FileFormat): string {
  return formats[format].words;
}
