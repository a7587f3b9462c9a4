/** Reads CSV (RFC 4180) a piece at a time: the first line names the columns, each further one is a row. */

/** Longer than any cell of an order; the rest of it is left out. */
const longestCell = 10_000;
const mostColumns = 500;

/** The sign between columns: of comma, semicolon and tab the one that the first line has most of. */
function separatorOf(firstLine: string): string {
  const count = (sign: string) => firstLine.split(sign).length;
  return [',', ';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

/** Rows of cells out of pieces of text. */
export class CsvReader {
  #beginning: string | null = '';
  #separator = ',';
  #row: string[] = [];
  #cell = '';
  /** Outside of quotes, within them, or behind a quote that ends them or stands for itself. */
  #place: 'outside' | 'quoted' | 'quote' = 'outside';

  /** The rows that end in this piece, that of the columns' names among them. */
  *read(piece: string): Generator<string[]> {
    let text = piece;
    if (this.#beginning !== null) {
      text = (this.#beginning + piece).replace(/^\uFEFF/, '');
      this.#beginning = text;
      const end = text.search(/[\r\n]/);
      if (end < 0 && text.length < longestCell) return;
      this.#separator = separatorOf(end < 0 ? text : text.slice(0, end));
      this.#beginning = null;
    }
    for (let at = 0; at < text.length; ) {
      const end = this.#runEnd(text, at);
      if (end > at) {
        this.#add(text.slice(at, end));
        at = end;
        continue;
      }
      const row = this.#sign(text.charAt(at));
      if (row !== null) yield row;
      at += 1;
    }
  }

  /** The row that the end of the file ends. */
  *end(): Generator<string[]> {
    // A quote that never ends, ends here.
    if (this.#place === 'quoted') this.#place = 'outside';
    yield* this.read('\n');
  }

  /** Where the run of signs that are nothing but themselves ends. */
  #runEnd(text: string, from: number): number {
    if (this.#place === 'quote') return from;
    if (this.#place === 'quoted') {
      const quote = text.indexOf('"', from);
      return quote < 0 ? text.length : quote;
    }
    let at = from;
    while (at < text.length) {
      const sign = text.charAt(at);
      if (sign === this.#separator || sign === '\n' || sign === '\r' || sign === '"') break;
      at += 1;
    }
    return at;
  }

  /** Takes a sign that may mean something; the row that it ends, or null. */
  #sign(sign: string): string[] | null {
    const place = this.#place;
    if (place === 'quoted') {
      this.#place = 'quote';
      return null;
    }
    this.#place = 'outside';
    if (sign === '"' && (place === 'quote' || this.#cell === '')) {
      // Two quotes within quotes are one (RFC 4180, section 2, rule 7).
      if (place === 'quote') this.#add(sign);
      this.#place = 'quoted';
    } else if (sign === this.#separator) this.#endCell();
    else if (sign === '\n' || sign === '\r') return this.#endRow();
    else this.#add(sign);
    return null;
  }

  #add(text: string): void {
    if (this.#cell.length < longestCell) this.#cell += text.slice(0, longestCell);
  }

  #endCell(): void {
    if (this.#row.length < mostColumns) this.#row.push(this.#cell);
    this.#cell = '';
  }

  #endRow(): string[] | null {
    if (this.#row.length === 0 && this.#cell === '') return null;
    this.#endCell();
    const row = this.#row;
    this.#row = [];
    return row;
  }
}
