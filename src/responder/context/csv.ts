/** Reads CSV (RFC 4180) a piece at a time: the first line names the columns, each further one is a record. */

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
  #separator: string | null = null;
  #columns: string[] | null = null;
  #row: string[] = [];
  #cell = '';
  /** Outside of quotes, within them, or behind a quote that ends them or stands for itself. */
  #place: 'outside' | 'quoted' | 'quote' = 'outside';
  #beginning = '';

  /** The records that end in this piece. */
  *read(piece: string): Generator<Record<string, string>> {
    let text = piece;
    if (this.#separator === null) {
      this.#beginning += piece;
      const end = this.#beginning.search(/[\r\n]/);
      if (end < 0 && this.#beginning.length < longestCell) return;
      text = this.#beginning.replace(/^\uFEFF/, '');
      this.#separator = separatorOf(text.slice(0, text.search(/[\r\n]|$/)));
      this.#beginning = '';
    }
    for (const sign of text) {
      const record = this.#take(sign);
      if (record !== null) yield record;
    }
  }

  /** The record that the end of the file ends. */
  *end(): Generator<Record<string, string>> {
    // A file of one line names columns and has no record.
    if (this.#separator === null) return;
    this.#place = 'outside';
    const record = this.#take('\n');
    if (record !== null) yield record;
  }

  /** The record that this sign ends; null when it ends none. */
  #take(sign: string): Record<string, string> | null {
    if (this.#place === 'quoted') {
      if (sign === '"') this.#place = 'quote';
      else this.#add(sign);
      return null;
    }
    const wasQuote = this.#place === 'quote';
    this.#place = 'outside';
    if (sign === '"' && (wasQuote || this.#cell === '')) {
      // Two quotes within quotes are one (RFC 4180, section 2, rule 7).
      if (wasQuote) this.#add(sign);
      this.#place = 'quoted';
    } else if (sign === this.#separator) this.#endCell();
    else if (sign === '\n' || sign === '\r') return this.#endRow();
    else this.#add(sign);
    return null;
  }

  #add(sign: string): void {
    if (this.#cell.length < longestCell) this.#cell += sign;
  }

  #endCell(): void {
    if (this.#row.length < mostColumns) this.#row.push(this.#cell);
    this.#cell = '';
  }

  #endRow(): Record<string, string> | null {
    if (this.#row.length === 0 && this.#cell === '') return null;
    this.#endCell();
    const row = this.#row;
    this.#row = [];
    if (this.#columns !== null)
      return Object.fromEntries(this.#columns.map((name, at) => [name, row[at] ?? '']));
    this.#columns = row.map((name) => name.trim());
    return null;
  }
}
