/** A machine on which neither the native binary nor the WebAssembly module loads, and one on which the latter does. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { csvRows, planesearch, workspace } from './support.js';

vi.mock('../../lib/backends/native.js', async (original) => {
  const { PlanesearchError } = await import('../../lib/core/errors.js');
  const fail = (): never => {
    throw new PlanesearchError('BACKEND_UNAVAILABLE', 'there is no binary for this machine.');
  };
  return { ...(await original<object>()), loadNative: fail, createNativeBackend: fail, nativeInfo: fail };
});

/** Whether the module loads on this machine as it does on others. */
const wasm = vi.hoisted(() => ({ loads: false }));
vi.mock('../../lib/backends/wasm/wasm.js', async (original) => {
  const { PlanesearchError } = await import('../../lib/core/errors.js');
  const module = await original<typeof import('../../lib/backends/wasm/wasm.js')>();
  const unless =
    <T>(real: () => T) =>
    (): T => {
      if (wasm.loads) return real();
      throw new PlanesearchError('BACKEND_UNAVAILABLE', 'there is no module either.');
    };
  return { ...module, loadWasm: unless(module.loadWasm), wasmInfo: unless(module.wasmInfo) };
});

const built = existsSync(path.resolve(import.meta.dirname, '../../prebuilds/wasm/planesearch.wasm'));
const work = workspace();
const data = work.write('data.csv', csvRows(60, 1));
const model = work.path('model');
const notice =
  'planesearch: The javascript backend is used: there is no binary for this machine. there is no module either.\n';

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
  const wasm = { available: false, reason: 'there is no module either.' };
  expect(JSON.parse(stdout)).toMatchObject({ backends: { native, wasm }, backend: 'javascript' });
});

it.skipIf(!built)('the wasm backend goes before the javascript one', async () => {
  wasm.loads = true;
  const { code, stdout, stderr } = await planesearch(['train', data, '--json']);
  wasm.loads = false;
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'planesearch: The wasm backend is used: there is no binary for this machine.\n',
  });
  expect(JSON.parse(stdout)).toMatchObject({ backend: 'wasm', threads: 1 });
});
