/** The completion scripts, in the shells that this machine has. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { planesearch } from './support.js';

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;
const scriptFor = async (shell: string): Promise<string> => (await planesearch(['completion', shell])).stdout;

describe('bash', () => {
  /** What Tab offers behind these words. */
  async function offered(...words: string[]): Promise<string[]> {
    const array = words.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(planesearch ${array}); COMP_CWORD=${words.length}; _planesearch; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', `${await scriptFor('bash')}\n${ask}`], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((word) => word !== '');
  }

  it('completes commands, options of the command, and names', async () => {
    expect(await offered('e')).toEqual(['evaluate', 'export']);
    expect(await offered('train', 'data.csv', '--early')).toEqual(['--early-stopping']);
    expect(await offered('predict', '--early')).toEqual([]);
    expect(await offered('train', '--network', 'l')).toEqual(['linear', 'linearly-gated']);
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('leaves files to the shell', async () => {
    expect(await offered('train', 'da')).toEqual([]);
    expect(await offered('train', '--out', '--')).toEqual([]);
  });
});

it.each(['zsh', 'fish'])('%s reads its script', async (shell) => {
  const script = await scriptFor(shell);
  expect(script).toContain('early-stopping');
  expect(script).toContain('linear mlp');
  if (!has(shell)) return;
  const { status, stderr } = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

it('another shell is refused', async () => {
  const { code, stderr } = await planesearch(['completion', 'csh']);
  expect(code).toBe(2);
  expect(stderr).toContain('bash, zsh, fish');
});
