/** Tables of people who have not read the manual: what is taken for granted is told, and what is refused says how it would be read. */
import { describe, expect, it } from 'vitest';
import { planesearch, workspace } from './support.js';

const work = workspace();
const rows = (count: number, row: (i: number) => string): string =>
  `${Array.from({ length: count }, (_, i) => row(i)).join('\n')}\n`;

describe('the last column is no target', () => {
  const file = work.write(
    'ships.csv',
    `survived,fare,port\n${rows(20, (i) => `${i % 2},${i}.5,${i === 7 ? '' : 'SCQ'[i % 3]}`)}`,
  );

  it('describe counts its missing cells and says how another one is named', async () => {
    const { code, stdout, stderr } = await planesearch(['describe', file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/port +target, labels +3 +1 \(5\.0 %\)/);
    expect(stderr).toContain("1 row has no value of the target 'port', and train refuses it (--target)");
    expect((await planesearch(['describe', file, '--strict'])).code).toBe(1);
  });

  it('train refuses the cell and names the option; a target that was named needs no such advice', async () => {
    const { code, stderr } = await planesearch(['train', file]);
    expect(code).toBe(1);
    expect(stderr).toContain("Line 9 of '");
    expect(stderr).toContain('--target names another column, if the last one is not the target');
    const named = await planesearch(['train', file, '--target', 'port']);
    expect(named.code).toBe(1);
    expect(named.stderr).not.toContain('--target names another column');
    expect((await planesearch(['train', file, '--target', 'survived', '--impute', 'median', '--quiet'])).code).toBe(0);
  });

  it('a target of percentages is refused with the same advice', async () => {
    const percent = work.write('percent.csv', `a,rate\n${rows(12, (i) => `${i},${i}%`)}`);
    const { code, stderr } = await planesearch(['train', percent]);
    expect(code).toBe(1);
    expect(stderr).toContain('--target names another column');
  });
});

describe('what is learned', () => {
  const file = work.write('flowers.csv', `a,b,species\n${rows(30, (i) => `${i % 7},${(i * i) % 11},${i % 3}`)}`);
  const said = "'flowers.csv': regression, because the targets are numbers, more than two different ones";

  it.each(['describe', 'cross-validate', 'search'])('%s says whether numbers or labels', async (command) => {
    const grid = command === 'search' ? ['--grid', 'l2=0.1,1'] : [];
    const { code, stderr } = await planesearch([command, file, ...grid]);
    expect(code).toBe(0);
    expect(stderr.replaceAll(file, 'flowers.csv')).toContain(said);
    const classes = await planesearch([command, file, '--task', 'classification', ...grid]);
    expect(classes.stderr).toContain('classification into 3 classes, as asked for');
    const { stdout } = await planesearch([command, file, '--json', ...grid]);
    expect((JSON.parse(stdout) as { notices: string[] }).notices.at(-1)!.replaceAll(file, 'flowers.csv')).toContain(said);
  });

  it('compare says it as well', async () => {
    const { stderr } = await planesearch(['compare', file, '--methods', 'gradient:plane', '--iterations', '1']);
    expect(stderr).toContain('regression, because the targets are numbers');
  });

  it('describe tells of a target that has nothing to learn', async () => {
    const one = work.write('one.csv', `a,y\n${rows(12, (i) => `${i},yes`)}`);
    const { code, stderr } = await planesearch(['describe', one]);
    expect(code).toBe(0);
    expect(stderr).toContain("at least two distinct values, but all 12 rows have 'yes'");
  });
});

describe('cells that may mean something else', () => {
  it('categories and labels that differ in case or blanks are told of', async () => {
    const spelled = ['Paris', 'PARIS', 'Lyon', 'lyon '];
    const answers = ['Yes', 'no', 'yes', 'no'];
    const file = work.write(
      'case.csv',
      `town,x,y\n${rows(24, (i) => `${spelled[i % 4]},${i % 5},${answers[(i * 7) % 4]}`)}`,
    );
    const { stderr } = await planesearch(['describe', file]);
    expect(stderr).toContain("column 'town' has categories that differ in case or blanks only, such as 'Paris' and 'PARIS'");
    expect(stderr).toMatch(
      /the target 'y' has labels that differ in case or blanks only, such as '(Yes' and 'yes|yes' and 'Yes)'/,
    );
    const plain = work.write('plain.csv', `town,y\n${rows(24, (i) => `${['Paris', 'Lyon'][i % 2]},${i}`)}`);
    expect((await planesearch(['describe', plain])).stderr).not.toContain('differ in case');
  });

  it('a number of nines far from all others is told of, one among others is not', async () => {
    const file = work.write(
      'nines.csv',
      `a,b,c,y\n${rows(30, (i) => `${i % 10 === 0 ? -999 : i},${i % 2 === 0 ? 99 : 70 + i},${i === 3 ? 9999 : i},${i / 3}`)}`,
    );
    const { stderr } = await planesearch(['describe', file]);
    expect(stderr).toContain(
      "column 'a' has -999 in 3 rows, far from all its other values; if it stands for a missing value, --missing -999",
    );
    expect(stderr).not.toContain("column 'b' has 99");
    // Once only it may be an error of measurement, but it stands for nothing.
    expect(stderr).not.toContain("column 'c' has 9999");
    const told = await planesearch(['describe', file, '--missing', '-999']);
    expect(told.stdout).toMatch(/a +numeric +3 \(10\.0 %\)/);
  });

  it('one row is no rows, and two columns of one name need two', async () => {
    const one = work.write('row.csv', 'a,b,y\n1,2,3\n');
    expect((await planesearch(['describe', one])).stdout).toContain(': 1 row, 2 columns of X');
    expect((await planesearch(['train', one])).stderr).toContain('at least two distinct values, but the only row has 3');
    const twice = work.write('twice.csv', 'a,a,y\n1,2,3\n2,3,4\n');
    const { code, stderr } = await planesearch(['describe', twice]);
    expect(code).toBe(1);
    expect(stderr).toContain("has two columns named 'a'; one of them needs another name.");
  });
});
