/** Packages of Debian, of any suite and architecture, unpacked into a folder beside the system and not into it. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mustRun } from '../setup/run.mjs';

/** Unpacks the packages that `names` names, without what they depend on, into `folder`; once. */
export async function unpackDebian(folder, suite, architecture, names) {
  const downloads = `${folder}-packages`;
  const done = path.join(downloads, 'done');
  if (existsSync(done)) return;
  for (const part of ['lists', 'archives']) mkdirSync(path.join(downloads, part, 'partial'), { recursive: true });
  // The mirror that this machine uses.
  const told = await mustRun('apt names no mirror.', 'apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
  ]);
  writeFileSync(path.join(downloads, 'sources.list'), `deb ${told.split('\n')[0]} ${suite} main\n`);
  const settings = {
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'Dir::Etc::sourcelist': path.join(downloads, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::Lists': path.join(downloads, 'lists'),
    'Dir::State::status': path.join(downloads, 'status'),
    'Dir::Cache': downloads,
  };
  // What is installed here is no candidate.
  writeFileSync(settings['Dir::State::status'], '');
  const apt = (...args) => [...Object.entries(settings).map(([name, value]) => `-o${name}=${value}`), ...args];
  await mustRun(`The package lists of ${suite} were not found.`, 'apt-get', apt('update'));
  await mustRun(`The packages of ${suite} were not found.`, 'apt-get', apt('download', ...names), { cwd: downloads });
  for (const name of readdirSync(downloads).filter((file) => file.endsWith('.deb')))
    await mustRun(`${name} was not unpacked.`, 'dpkg-deb', ['-x', path.join(downloads, name), folder]);
  writeFileSync(done, names.join('\n'));
}
