#!/usr/bin/env node
/**
 * `node scripts/package/publish.mjs FOLDER`: publishes the tarballs that `npm run packages` has made and that lie in the folder, the package itself last,
 * because it names those of the platforms. What the registry has in this version already is skipped, so that a run which failed half-way can be
 * started again. Further arguments go to `npm publish`.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SetupFailure } from '../setup/failure.mjs';
import { attempt, mustRun, root } from '../setup/run.mjs';
import { runScript } from '../setup/steps.mjs';

const [folder, ...options] = process.argv.slice(2);

async function manifestOf(tarball) {
  const text = await mustRun(`${tarball} is no package.`, 'tar', ['-xzOf', tarball, 'package/package.json']);
  return JSON.parse(text);
}

/** Tarballs in the order to publish them in: those that the manifest of the package names, then its own. */
async function tarballs() {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const fileOf = (name) => path.resolve(folder, `${name}-${version}.tgz`);
  const main = fileOf('planesearch');
  const { optionalDependencies = {} } = await manifestOf(main);
  return [...Object.keys(optionalDependencies).map(fileOf), main];
}

/** @throws SetupFailure where the registry does not answer: nothing is published then, because nothing is known */
async function isPublished({ name, version }) {
  const { code, output } = await attempt('npm', ['view', `${name}@${version}`, 'version', '--json']);
  if (code === 0) return output.includes(JSON.stringify(version));
  // A package of this name, or this version of it, has never been published.
  if (/\bE404\b/.test(output)) return false;
  throw new SetupFailure(`The registry does not say whether it has ${name} ${version}.`, { cause: output.trim() });
}

async function publish(file, label) {
  const { code, output } = await attempt('npm', ['publish', file, ...options]);
  if (code === 0) return 'published';
  // What has just been published may take a minute until everybody is told of it.
  if (/EPUBLISHCONFLICT|cannot publish over/i.test(output)) return 'is there already';
  throw new SetupFailure(`${label} was not published; start this again, and what has been is skipped.`, {
    cause: output.trim(),
  });
}

await runScript(async () => {
  if (folder === undefined)
    throw new SetupFailure('Which folder has the tarballs? build/packages, where npm run packages makes them.');
  const files = await tarballs();
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new SetupFailure(`Nothing is published, because ${missing.join(', ')} is not there.`);
  for (const file of files) {
    const manifest = await manifestOf(file);
    const label = `${manifest.name}@${manifest.version}`;
    const outcome = (await isPublished(manifest)) ? 'is there already' : await publish(file, label);
    console.log(`publish: ${label} ${outcome}`);
  }
});
