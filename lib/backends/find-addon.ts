/**
 * Where the addon lies: a local build first, then a prebuild within the package (a checkout, or a tarball that was packed in one), then
 * the package of this platform, which npm installs beside as an optional dependency.
 *
 * `PREBUILDS_ONLY=1` leaves local builds aside, and `PLANESEARCH_PREBUILD` names another folder to look for them in.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export type FoundAddon = { readonly file: string } | { readonly missing: string };

interface Manifest {
  readonly version: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const ADDON = 'planesearch.node';

/** The addon for this process as the package in `root` has it, or in words why there is none and what to do. */
export function findAddon(
  root: string,
  { platform, arch, env }: Pick<NodeJS.Process, 'platform' | 'arch' | 'env'> = process,
): FoundAddon {
  const target = `${platform}-${arch}`;
  const local = path.join(env['PLANESEARCH_PREBUILD'] ?? root, 'build', 'Release', ADDON);
  if (!env['PREBUILDS_ONLY'] && existsSync(local)) return { file: local };
  const within = path.join(root, 'prebuilds', target, ADDON);
  return existsSync(within) ? { file: within } : inPackage(root, target);
}

function inPackage(root: string, target: string): FoundAddon {
  const name = `planesearch-${target}`;
  const manifest = path.join(root, 'package.json');
  const wanted = read(manifest).optionalDependencies?.[name];
  const makes = "'npx cmake-js build' in an installed package";
  if (wanted === undefined)
    return { missing: `there is no build for ${target}; 'npm run setup' in a checkout, or ${makes}, makes one` };
  const brings = `'npm install ${name}@${wanted}' brings it`;
  const own = installed(manifest, name);
  if (own === null) {
    return {
      missing:
        `there is no build for ${target}, because the package ${name} is not installed; ${brings}, and npm by itself ` +
        'where it does not leave out optional packages',
    };
  }
  const { version } = read(own);
  if (version !== wanted)
    return { missing: `the package ${name} must have the version ${wanted} here, but has ${version}; ${brings}` };
  const file = path.join(path.dirname(own), ADDON);
  return existsSync(file) ? { file } : { missing: `the package ${name} has no ${ADDON}; ${brings} whole` };
}

/** The manifest of a package that `manifest` depends on; null where it is not installed. */
function installed(manifest: string, name: string): string | null {
  try {
    const own = createRequire(manifest).resolve(`${name}/package.json`);
    return existsSync(own) ? own : null;
  } catch {
    return null;
  }
}

function read(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}
