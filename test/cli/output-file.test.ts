import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkOutputs, PartialFile } from '../../lib/cli/output-file.js';
import { workspace } from './support.js';

const work = workspace();

describe('a partial file', () => {
  it('takes its name only when it is kept', async () => {
    const path = work.write('kept.txt', 'old');
    const file = await PartialFile.open('--out', path);
    file.stream.write('new');
    expect(readFileSync(path, 'utf8')).toBe('old');
    await file.keep();
    await file.discard();
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('leaves nothing when it is discarded', async () => {
    const before = readdirSync(work.folder);
    const file = await PartialFile.open('--out', work.path('discarded.txt'));
    file.stream.write('text');
    await file.discard();
    expect(readdirSync(work.folder)).toEqual(before);
  });

  it('fails with one sentence when its folder has gone', async () => {
    mkdirSync(work.path('folder'));
    const file = await PartialFile.open('--trace', work.path('folder/file'));
    rmSync(work.path('folder'), { recursive: true });
    await expect(file.keep()).rejects.toThrow(/^--trace cannot be written to '[^\n]*\.$/);
  });
});

describe('checkOutputs', () => {
  it('sees through links', async () => {
    const data = work.write('data.csv', 'x');
    symlinkSync(data, work.path('link.csv'));
    await expect(checkOutputs({ '--out': work.path('link.csv') }, [data])).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('refuses a device, which a rename would replace', async () => {
    await expect(checkOutputs({ '--out': '/dev/null' }, [])).rejects.toMatchObject({ code: 'UNWRITABLE_FILE' });
    expect(existsSync('/dev/null')).toBe(true);
  });

  it('accepts new files, files to be replaced, and none', async () => {
    const outputs = { '--out': work.path('new'), '--trace': work.write('old', ''), '--other': undefined };
    await checkOutputs(outputs, [work.path('data')]);
  });
});
