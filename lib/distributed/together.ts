/** Parts of one rank, a few of them at a time: each on one thread, where a rank has more parts than threads. */

/** Answers in the order of the items. When one fails the others come to their end before that is told. */
export async function together<Item, T>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => T | Promise<T>,
): Promise<T[]> {
  const list = [...items];
  const answers: T[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < list.length) {
      const at = next++;
      answers[at] = await work(list[at]!);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, list.length) }, one));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  return answers;
}
