/** The C++ sources under clang-format and clang-tidy, where these are installed (Debian: packages of the same names). */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { attempt, commandPath, root } from '../setup/run.mjs';
import { filesUnder } from '../setup/stamp.mjs';

export const nativeFiles = () => filesUnder('native').filter((file) => /\.(h|cc)$/.test(file));

/** Every version of clang-format formats a little differently; the sources are as Debian 12's wants them. */
const FORMATTER_VERSION = '14';

const missing = (name) => ({ skipped: `${name} is not installed (apt-get install ${name} brings it)` });

/** Why clang-format cannot be used here; null when it can. */
export async function formatterAbsence() {
  if (commandPath('clang-format') === null) return missing('clang-format').skipped;
  const { output } = await attempt('clang-format', ['--version']);
  const version = /version (\d+)/.exec(output)?.[1];
  if (version === FORMATTER_VERSION) return null;
  return `this is clang-format ${version}, and the sources are formatted by version ${FORMATTER_VERSION}`;
}

export async function clangFormat() {
  const absence = await formatterAbsence();
  if (absence !== null) return { skipped: absence };
  const { code, output } = await attempt('clang-format', ['--dry-run', '-Werror', ...nativeFiles()]);
  return code === 0
    ? {}
    : {
        complaint: output
          .split('\n')
          .filter((line) => line.includes('error:'))
          .slice(0, 40)
          .join('\n'),
      };
}

export async function clangTidy() {
  if (commandPath('clang-tidy') === null) return missing('clang-tidy');
  if (!existsSync(path.join(root, 'build', 'compile_commands.json')))
    return { skipped: 'the addon has not been built here' };
  // Sources that the development build does not compile (benches, tests) have no flags to be read with.
  const files = nativeFiles().filter((file) => file.endsWith('.cc') && !/^native\/(bench|test)\//.test(file));
  const complaints = [];
  const workers = Array.from({ length: availableParallelism() }, async () => {
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      const { code, output } = await attempt('clang-tidy', ['-p', 'build', '--quiet', file]);
      if (code !== 0) complaints.push(output.trim());
    }
  });
  await Promise.all(workers);
  return complaints.length === 0 ? {} : { complaint: complaints.join('\n') };
}
