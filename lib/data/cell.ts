/** One cell of a table: a text of a file, or a value of a language or of a typed file. */
export type Cell = string | number | bigint | boolean | Date | null | undefined;

/** Of this realm or of another, where `instanceof` fails. */
export function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]';
}

/** The text that says the same; null for what is no cell at all. What is missing is the empty text. */
export function textOfCell(cell: unknown, decimal: '.' | ','): string | null {
  switch (typeof cell) {
    case 'string':
      return cell;
    case 'number':
      return Number.isNaN(cell) ? '' : String(cell).replace('.', decimal);
    case 'bigint':
    case 'boolean':
      return String(cell);
    case 'undefined':
      return '';
    default:
      if (cell === null) return '';
      if (!isDate(cell)) return null;
      return Number.isNaN(cell.getTime()) ? '' : cell.toISOString();
  }
}
