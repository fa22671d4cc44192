/** Whether a loop over rows looks at the clock after this one: about every thousand numbers, since looking takes as long as a few of them. */
export function endsStretch(row: number, numbers: number): boolean {
  return row % Math.max(1, Math.floor(1024 / numbers)) === 0;
}
