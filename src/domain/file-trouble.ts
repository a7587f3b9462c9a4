/** Why a file or folder cannot be used, in words: the system's own codes mean nothing to a shop. */

/** The codes of POSIX (errno.h) that a wrong path, missing rights or a wrong disk lead to. */
const words: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'it is not a folder',
  EEXIST: 'it is not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
};

/** The end of a sentence like "The mail X cannot be read: ...", for what the file system threw. */
export function fileTrouble(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' ? (words[code] ?? code) : null;
  return known ?? String(message ?? error);
}
