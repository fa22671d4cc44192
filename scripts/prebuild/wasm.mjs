#!/usr/bin/env node
/**
 * `npm run prebuild:wasm`: `prebuilds/wasm/planesearch.wasm`, built and tried: its objectives are compared with those of the JavaScript
 * backend. With `--if-possible` (`npm pack`) a machine without Emscripten leaves it out, in words.
 */
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { SetupFailure } from '../setup/failure.mjs';
import { mustRun, root } from '../setup/run.mjs';
import { runScript, setUp } from '../setup/steps.mjs';
import { wasmBuild, wasmModule, whyNoWasm } from '../setup/wasm-build.mjs';
import { recordPrebuild } from './freshness.mjs';
import { madeUp } from './made-up.mjs';

const sample = `
  import { train } from ${JSON.stringify(path.join(root, 'dist', 'index.js'))};${madeUp(300, 7)}
  for (const network of ['linear', 'mlp']) {
    const [ours, theirs] = await Promise.all(['wasm', 'javascript'].map(async (backend) =>
      (await train({ x, y }, { backend, network, ...(network === 'mlp' && { hidden: [9] }), maxIterations: 20, tolerance: 1e-12 })).objective));
    if (!(Math.abs(ours / theirs - 1) < 1e-6)) throw new Error(\`\${network}: \${ours} in WebAssembly, \${theirs} in JavaScript.\`);
  }`;

await runScript(async () => {
  const reason = whyNoWasm();
  if (reason !== null) {
    if (!process.argv.includes('--if-possible'))
      throw new SetupFailure(`The WebAssembly module cannot be built: ${reason}.`);
    console.log(`prebuild: no WebAssembly module, because ${reason}`);
    return;
  }
  await setUp();
  const outcome = await wasmBuild();
  try {
    await mustRun('The WebAssembly module was built but does not train.', process.execPath, [
      '--input-type=module',
      '--eval',
      sample,
    ]);
  } catch (error) {
    rmSync(wasmModule);
    throw error;
  }
  recordPrebuild('wasm');
  console.log(
    `prebuild: ${path.relative(root, wasmModule)}, ${Math.round(statSync(wasmModule).size / 1024)} KiB, ${outcome}`,
  );
});
