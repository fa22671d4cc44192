/**
 * What is published, in `build/packages`: the package without native files, and for each platform that has a prebuild a package with
 * that file alone, of which npm installs the one that fits. The tarball of `npm pack`, which has everything in one, is where they come from.
 */
import { copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mustRun, root } from '../setup/run.mjs';

const work = path.join(root, 'build', 'packages');
const addon = 'planesearch.node';

/** Packs a folder into another one, without running scripts of its manifest; the tarball. */
export async function pack(folder, to) {
  const args = ['pack', folder, '--json', '--ignore-scripts', '--silent', '--pack-destination', to];
  const [{ filename }] = JSON.parse(await mustRun(`${folder} could not be packed.`, 'npm', args));
  return path.join(to, filename.replace('@', '').replace('/', '-'));
}

const readManifest = (folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
const writeManifest = (folder, manifest) =>
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

/** The package of a platform, whose addon is taken out of `main`. */
function splitOff(main, target) {
  const { name, version, license, engines, repository } = readManifest(main);
  const [platform, architecture] = target.split('-');
  const folder = path.join(work, `${name}-${target}`);
  mkdirSync(folder);
  renameSync(path.join(main, 'prebuilds', target, addon), path.join(folder, addon));
  rmSync(path.join(main, 'prebuilds', target), { recursive: true });
  for (const file of ['LICENSE', 'THIRD_PARTY_NOTICES.md']) copyFileSync(path.join(main, file), path.join(folder, file));
  const description = `The native file of ${name} for ${platform} on ${architecture}`;
  writeFileSync(path.join(folder, 'README.md'), `# ${name}-${target}\n\n${description}. Install \`${name}\` instead.\n`);
  writeManifest(folder, {
    name: `${name}-${target}`,
    version,
    description: `${description}.`,
    license,
    repository,
    engines,
    os: [platform],
    cpu: [architecture],
    files: [addon, 'THIRD_PARTY_NOTICES.md'],
  });
  return folder;
}

/** The folders of the packages with these prebuilds, those of the platforms first, which is the order to publish them in. */
export async function splitPackages(prebuilds) {
  rmSync(work, { recursive: true, force: true });
  const main = path.join(work, 'planesearch');
  mkdirSync(main, { recursive: true });
  const whole = await pack(root, work);
  await mustRun('The package was not unpacked.', 'tar', ['-xzf', whole, '--strip-components=1', '-C', main]);
  rmSync(whole);
  for (const name of readdirSync(path.join(main, 'prebuilds')).filter((name) => !prebuilds.includes(name)))
    rmSync(path.join(main, 'prebuilds', name), { recursive: true });
  const platforms = prebuilds.filter((target) => target !== 'wasm').map((target) => splitOff(main, target));
  // Nothing is built where the package is installed, and nothing when this folder is packed.
  const { scripts: _, devDependencies: __, ...manifest } = readManifest(main);
  const optionalDependencies = Object.fromEntries(platforms.map((folder) => [path.basename(folder), manifest.version]));
  writeManifest(main, { ...manifest, optionalDependencies });
  return [...platforms, main];
}
