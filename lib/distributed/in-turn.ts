/** Parts of one rank, one after the other, each on all threads of the rank: its jobs come to an end in the order in which they were asked for. */
export async function inTurn<Item, T>(items: Iterable<Item>, work: (item: Item) => T | Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (const item of items) answers.push(await work(item));
  return answers;
}
