import { afterEach, describe, expect, it } from 'vitest';
import { backendInfo } from '../../lib/backends/backend-info.js';
import { selectBackend } from '../../lib/backends/index.js';
import { packageVersion } from '../../lib/io/package-version.js';
import { nativeAbsence } from '../support/backends.js';
import { wasmAbsence } from '../support/compiled.js';

describe('which backend runs', () => {
  afterEach(() => {
    delete process.env['PLANESEARCH_BACKEND'];
  });

  it('is told with its version, threads and reason', () => {
    const info = backendInfo();
    expect(info.version).toBe(packageVersion());
    const loads = { native: nativeAbsence === null, wasm: wasmAbsence === null };
    expect({ native: info.native !== null, wasm: info.wasm !== null }).toEqual(loads);
    expect(info.backend).toBe(loads.native ? 'native' : loads.wasm ? 'wasm' : 'javascript');
    expect(info.backend).toBe(selectBackend().backend.name);
    expect(info.reason === null).toBe(nativeAbsence === null);
    if (info.backend === 'native') expect(info.threads.threads).toBe(selectBackend().backend.threads);
  });

  it('is the one that PLANESEARCH_BACKEND names, unless code names another', () => {
    process.env['PLANESEARCH_BACKEND'] = 'javascript';
    expect(backendInfo()).toMatchObject({ backend: 'javascript', reason: 'PLANESEARCH_BACKEND asks for it.' });
    expect(selectBackend().backend.name).toBe('javascript');
    if (nativeAbsence === null) expect(selectBackend('native').backend.name).toBe('native');
  });

  it('may be wasm', () => {
    process.env['PLANESEARCH_BACKEND'] = 'wasm';
    if (wasmAbsence === null) {
      expect(backendInfo()).toMatchObject({ backend: 'wasm', reason: 'PLANESEARCH_BACKEND asks for it.' });
      expect(selectBackend()).toMatchObject({ backend: { name: 'wasm', threads: 1 }, notice: null });
    } else {
      expect(backendInfo()).toMatchObject({ backend: null, reason: wasmAbsence });
      expect(() => selectBackend()).toThrow(expect.objectContaining({ code: 'BACKEND_UNAVAILABLE' }));
    }
  });

  it('is not guessed from a name that is none', () => {
    process.env['PLANESEARCH_BACKEND'] = 'gpu';
    for (const ask of [backendInfo, selectBackend]) {
      expect(() => ask()).toThrow(
        expect.objectContaining({
          code: 'INVALID_OPTION',
          message: "The variable PLANESEARCH_BACKEND must be one of auto, native, wasm, javascript, but is 'gpu'.",
        }),
      );
    }
  });
});
