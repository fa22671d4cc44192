/** A machine on which the native binary does not load. */
import { expect, it, vi } from 'vitest';
import { csvRows, planesearch, workspace } from './support.js';

vi.mock('../../lib/backends/native.js', async (original) => {
  const { PlanesearchError } = await import('../../lib/core/errors.js');
  const fail = (): never => {
    throw new PlanesearchError('BACKEND_UNAVAILABLE', 'there is no binary for this machine.');
  };
  return { ...(await original<object>()), loadNative: fail, createNativeBackend: fail, nativeInfo: fail };
});

const work = workspace();
const data = work.write('data.csv', csvRows(60, 1));
const model = work.path('model');
const notice = 'planesearch: The javascript backend is used: there is no binary for this machine.\n';

it('train uses the javascript backend and says so once', async () => {
  const { code, stdout, stderr } = await planesearch(['train', data, '--json', '--out', model]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: notice });
  expect(JSON.parse(stdout)).toMatchObject({ backend: 'javascript', threads: 1 });
});

it('predict and evaluate say it too', async () => {
  for (const command of ['predict', 'evaluate']) expect((await planesearch([command, model, data])).stderr).toBe(notice);
});

it('--quiet and an explicit choice need no notice', async () => {
  expect((await planesearch(['train', data, '--quiet'])).stderr).toBe('');
  expect((await planesearch(['train', data, '--backend', 'javascript'])).stderr).not.toContain('backend');
});

it('--backend native is refused', async () => {
  expect(await planesearch(['train', data, '--backend', 'native'])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'planesearch: there is no binary for this machine.\n',
  });
});

it('info tells the reason', async () => {
  const { code, stdout } = await planesearch(['info', '--json']);
  expect(code).toBe(0);
  const native = { available: false, reason: 'there is no binary for this machine.' };
  expect(JSON.parse(stdout)).toMatchObject({ backends: { native } });
});
