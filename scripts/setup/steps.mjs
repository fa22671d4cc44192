import { dependencies } from './dependencies.mjs';
import { SetupFailure } from './failure.mjs';
import { withLock } from './lock.mjs';
import { nativeBuild } from './native-build.mjs';
import { systemPackages } from './system-packages.mjs';
import { typescriptBuild } from './typescript-build.mjs';

const skipNative = process.env.PLANESEARCH_SKIP_NATIVE === '1';

const steps = [
  ['system packages', skipNative ? skipped : systemPackages],
  ['npm packages', dependencies],
  ['native build', skipNative ? skipped : nativeBuild],
  ['TypeScript build', typescriptBuild],
];

async function skipped() {
  return 'skipped because PLANESEARCH_SKIP_NATIVE=1';
}

/** Brings the checkout up to date, one printed line per step. */
export async function setUp() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupFailure(`planesearch needs Node 20.19 or newer, but this is Node ${process.versions.node}.`);
  }
  await withLock(async () => {
    for (const [name, step] of steps) {
      const start = performance.now();
      process.stdout.write(`setup: ${name.padEnd(17)}`);
      try {
        const outcome = await step();
        process.stdout.write(`${outcome} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`);
      } catch (error) {
        process.stdout.write('failed\n');
        throw error;
      }
    }
  });
}

/** Runs `main`; an expected failure ends in its one sentence, after the output of the tool that failed. */
export async function runScript(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    if (error.cause !== undefined) console.error(`${error.cause}\n`);
    console.error(error.message);
    process.exitCode = 1;
  }
}
