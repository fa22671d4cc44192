/** What is no regular file is neither read nor replaced, and nothing waits for it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Model } from '../../lib/io/model.js';
import { bin, inChild, onLinux, scratch, untilOpen, withBuild, type Ended } from './support.js';

withBuild();
const work = scratch();
const data = work.write(
  'data.csv',
  `a,b,y\n${Array.from({ length: 60 }, (_, k) => `${k},${(k * 7) % 11},${k < 30 ? 'no' : 'yes'}`).join('\n')}\n`,
);
const model = work.path('a.model');
const [fifo, link, socket] = [work.path('fifo'), work.path('link.model'), work.path('socket')];

const command = (...argv: string[]): Promise<Ended> => inChild([bin, ...argv], { time: 20 });

beforeAll(async () => {
  if (!onLinux) return;
  execFileSync('mkfifo', [fifo]);
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  expect((await command('train', data, '--out', model, '--quiet')).code).toBe(0);
}, 60_000);

async function refused(ended: Promise<Ended>, sentence: RegExp): Promise<void> {
  const { code, stderr, stdout, late, seconds } = await ended;
  expect({ code, late, stdout }).toEqual({ code: 1, late: false, stdout: '' });
  expect(stderr).toMatch(/^planesearch: [^\n]+\.\n$/);
  expect(stderr).toMatch(sentence);
  expect(seconds).toBeLessThan(10);
}

describe.skipIf(!onLinux)('input', () => {
  it.each([
    ['a pipe', fifo, /is not a regular file, but a pipe/],
    ['a device without end', '/dev/zero', /is not a regular file, but a device/],
    ['a full device', '/dev/full', /but a device/],
    ['nothing', '/dev/null', /but a device/],
    ['a socket', socket, /but a socket/],
    ['a folder', work.folder, /but a folder/],
    ['its own standard input by another name', '/dev/stdin', /is not a regular file/],
  ])(
    '%s is no model and no data',
    async (_what, name, sentence) => {
      await refused(command('evaluate', name, data), sentence);
      await refused(command('predict', model, name), sentence);
      await refused(command('train', name), sentence);
      await refused(command('train', data, '--test', name), sentence);
    },
    120_000,
  );

  it('through a link is what the link leads to', async () => {
    symlinkSync(data, work.path('linked.csv'));
    symlinkSync(fifo, work.path('linked-fifo.csv'));
    expect((await command('evaluate', model, work.path('linked.csv'))).code).toBe(0);
    await refused(command('train', work.path('linked-fifo.csv')), /but a pipe/);
  });
});

describe.skipIf(!onLinux)('standard input', () => {
  const fed = (shell: string, ...argv: string[]): Promise<Ended> => inChild([bin, ...argv], { time: 20, shell });

  it('is data where - asks for it, from a pipe and from a file, packed or not', async () => {
    const direct = (await command('predict', model, data)).stdout;
    expect(direct).toMatch(/^(yes|no)\n/);
    for (const shell of [`< '${data}'`, `< <(cat '${data}')`, `< <(gzip -c '${data}')`]) {
      const { code, stdout, stderr } = await fed(shell, 'predict', model, '-');
      expect({ code, stderr, stdout }).toEqual({ code: 0, stderr: '', stdout: direct });
    }
    const train = await fed(`< <(cat '${data}')`, 'train', '-', '--json', '--quiet');
    expect(JSON.parse(train.stdout)).toMatchObject({ n: 60, d: 2 });
  }, 60_000);

  it('is refused when it is a device, empty or closed', async () => {
    await refused(fed('< /dev/zero', 'train', '-'), /Standard input cannot be read: it is a device/);
    await refused(fed('< /dev/null', 'train', '-'), /Standard input/);
    await refused(fed('< <(true)', 'train', '-'), /Standard input is empty/);
    await refused(fed('<&-', 'train', '-'), /Standard input/);
  }, 60_000);

  it('that never comes ends with Ctrl-C', async () => {
    let at = 0;
    const { code } = await inChild([bin, 'train', '-'], {
      time: 20,
      shell: '< <(exec sleep 30 2> /dev/null)',
      started: (child) =>
        void untilOpen(child.pid!, path.join(tmpdir(), 'planesearch-')).then(() => {
          at = performance.now();
          child.kill('SIGINT');
        }),
    });
    expect(code).toBe(130);
    expect(performance.now() - at).toBeLessThan(1500);
  });
});

describe.skipIf(!onLinux)('a model is saved', () => {
  const saved = async (): Promise<Model> => Model.load(model);

  it.each([
    ['a device', '/dev/null'],
    ['a pipe', fifo],
    ['a socket', socket],
    ['a folder', work.folder],
  ])(
    'not in the place of %s',
    async (_what, name) => {
      const before = lstatSync(name);
      await expect((await saved()).save(name)).rejects.toMatchObject({ name: 'PlanesearchError', code: 'UNWRITABLE_FILE' });
      expect(lstatSync(name).mode).toBe(before.mode);
      await refused(
        command('train', data, '--out', name),
        /^planesearch: --out cannot be written to .*not a regular file\.$/m,
      );
      await refused(
        command('train', data, '--trace', name),
        /^planesearch: --trace cannot be written to .*not a regular file\.$/m,
      );
    },
    60_000,
  );

  it('behind a symbolic link, which stays', async () => {
    const target = work.write('target.model', 'old');
    symlinkSync(target, link);
    await (await saved()).save(link);
    expect(readlinkSync(link)).toBe(target);
    expect(readFileSync(target).equals(readFileSync(model))).toBe(true);
  });

  it('but not behind one that leads nowhere', async () => {
    symlinkSync(work.path('nowhere'), work.path('broken'));
    await expect((await saved()).save(work.path('broken'))).rejects.toMatchObject({
      code: 'UNWRITABLE_FILE',
      message: expect.stringContaining('leads nowhere'),
    });
    expect(existsSync(work.path('nowhere'))).toBe(false);
  });

  it.each([0o600, 0o640, 0o444 | 0o200, 0o777])('with the mode that the file had: %o', async (mode) => {
    const file = work.write('mode.model', 'old');
    chmodSync(file, mode);
    await (await saved()).save(file);
    expect(statSync(file).mode & 0o7777).toBe(mode);
    await command('predict', model, data, '--out', file);
    expect(statSync(file).mode & 0o7777).toBe(mode);
  });

  it.each(['folder/', '/proc/new', 'no/such/folder/out'])('or refused before the training: %s', async (name) => {
    const path = name.startsWith('/') ? name : work.path(name);
    for (const option of ['--out', '--trace']) {
      const { code, stdout, stderr } = await command('train', data, option, path);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^planesearch: ${option} cannot be written to '[^\\n]+'\\.\\n$`));
    }
  });

  it('and told when the room for it, or for its trace, ends meanwhile', async () => {
    const argv = ['train', data, '--json', '--quiet', '--trace', work.path('full.jsonl'), '--out', work.path('full.model')];
    const none = await inChild([bin, ...argv], { time: 20, fileSize: 0 });
    expect(none).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^planesearch: [^\n]+ EFBIG[^\n]+\.\n$/),
    });
    expect(readdirSync(work.folder).filter((name) => /^full\.model|\.part$/.test(name))).toEqual([]);
    // Long enough for a trace that is larger than the model, which keeps some of the same records: 110 KiB and 28.
    const long = ['--network', 'mlp', '--hidden', '3', '--max-iterations', '300', '--tolerance', '0'];
    const some = await inChild([bin, ...argv, ...long], { time: 20, fileSize: 60 });
    expect(some).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^planesearch: [^\n]*trace[^\n]* EFBIG[^\n]+\.\n$/),
    });
    expect(readdirSync(work.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('under the longest name that there can be', async () => {
    for (const name of ['n'.repeat(255), 'ä'.repeat(127)]) {
      expect((await command('train', data, '--out', work.path(name))).code).toBe(0);
      expect((await Model.load(work.path(name))).inputs).toBe(2);
    }
  });

  it('not where it cannot be, with a code', async () => {
    await expect((await saved()).save(work.path('no/such/folder'))).rejects.toMatchObject({ code: 'UNWRITABLE_FILE' });
    await expect((await saved()).save('')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect((await saved()).save(work.path('x'.repeat(300)))).rejects.toMatchObject({ code: 'UNWRITABLE_FILE' });
  });
});

describe.skipIf(!onLinux)('standard output that takes nothing', () => {
  it.each<[string, string[]]>([
    ['train', ['train', data]],
    ['train --json', ['train', data, '--json']],
    ['predict', ['predict', model, data]],
    ['evaluate', ['evaluate', model, data]],
    ['info', ['info']],
    ['--help', ['--help']],
  ])('is told, and no success: %s', async (_what, argv) => {
    const { code, stderr, late } = await inChild([bin, ...argv, ...(argv[0] === 'train' ? ['--quiet'] : [])], {
      time: 20,
      shell: '> /dev/full',
    });
    expect({ code, late }).toEqual({ code: 1, late: false });
    expect(stderr).toMatch(/^planesearch: Standard output cannot be written: ENOSPC[^\n]+\.\n$/);
  });

  it('because nobody reads it any more is none of our business', async () => {
    const { code, stderr } = await inChild([bin, 'predict', model, data], { time: 20, shell: '> >(exec true)' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
