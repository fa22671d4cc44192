/** Turns the cells of one CSV column into numbers: values, or codes of categories. */
import { describe, type PlanesearchError } from '../core/errors.js';
import { dataError } from './data-error.js';
import { isInfinite, isMissing, parseCell } from './number-cell.js';

export interface CsvColumnSpec {
  readonly path: string;
  readonly name: string;
  /** Field of the row. */
  readonly at: number;
  readonly kind: 'numeric' | 'categorical';
  /** Known categories; null to learn them. */
  readonly categories: readonly string[] | null;
  /** Whether text in a numeric column is an error rather than a discovery. */
  readonly fixed: boolean;
}

export class CsvColumn {
  /** Text came in a column believed numeric. */
  surprised = false;
  readonly #codes = new Map<string, number>();
  readonly #found: string[] = [];

  constructor(readonly spec: CsvColumnSpec) {
    spec.categories?.forEach((category, code) => this.#codes.set(category, code));
  }

  /** The number in the cell, or the code of its category: -1 for one that is not known. */
  read(cell: string, line: number): number {
    if (this.spec.kind === 'categorical') return this.#codes.get(cell) ?? this.#newCategory(cell, line);
    const value = parseCell(cell);
    return Number.isFinite(value) ? value : this.#unusual(cell, line);
  }

  /** The learned categories in ascending order, and the place there of every code. */
  sorted(): { categories: string[]; places: Int32Array } {
    if (this.spec.categories !== null) {
      return { categories: [...this.spec.categories], places: Int32Array.from(this.spec.categories, (_, code) => code) };
    }
    const categories = [...this.#found].sort();
    const places = new Map(categories.map((category, place) => [category, place]));
    return { categories, places: Int32Array.from(this.#found, (category) => places.get(category)!) };
  }

  #newCategory(cell: string, line: number): number {
    const text = this.#present(cell, line);
    let code = this.#codes.get(text);
    if (code === undefined) {
      if (this.spec.categories !== null) return -1;
      code = this.#found.push(text) - 1;
      this.#codes.set(text, code);
    }
    this.#codes.set(cell, code);
    return code;
  }

  #unusual(cell: string, line: number): number {
    const text = this.#present(cell, line);
    const value = parseCell(text);
    if (!Number.isNaN(value)) return value;
    if (this.spec.fixed) throw this.#error(line, 'a number', cell);
    this.surprised = true;
    return 0;
  }

  /** The cell without the blanks a quoted field may have around. */
  #present(cell: string, line: number): string {
    const text = cell.trim();
    if (isMissing(text)) throw this.#error(line, 'a value (missing values are not supported)', text);
    if (isInfinite(text)) throw this.#error(line, 'a finite value', text);
    return text;
  }

  #error(line: number, expected: string, cell: string): PlanesearchError {
    const { path, name } = this.spec;
    const received = cell === '' ? 'an empty cell' : describe(cell);
    const column = /^column \d+$/.test(name) ? name : `column ${describe(name)}`;
    const place = `Line ${line} of ${describe(path)}, ${column},`;
    return dataError(`${place} must hold ${expected}, but holds ${received}.`, expected, received);
  }
}
